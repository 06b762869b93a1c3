package ginauth0api_test

import (
	"encoding/json"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// raw is a claim exactly as it stands in the token.
func raw(text string) json.RawMessage { return json.RawMessage(text) }

// One of each kind; how values compare in detail is tested where it is implemented.
func TestClaimEquals(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	type object = map[string]any
	type array = []any
	for name, test := range map[string]struct {
		want  any
		claim any // nil: the token has none
		code  string
	}{
		"string":                          {"acme", "acme", ""},
		"string with escapes":             {"a\u00e9\"/", raw(`"\u0061é\u0022\/"`), ""},
		"string that JSON for HTML hides": {"<&>", "<&>", ""},
		"another case":                    {"acme", "Acme", "claim_refused"},
		"empty string, missing":           {"", nil, "claim_refused"},
		"nil is null":                     {nil, raw(`null`), ""},
		"nil is not missing":              {nil, nil, "claim_refused"},
		"true":                            {true, true, ""},
		"true as text":                    {true, "true", "claim_refused"},
		"number written otherwise":        {7000, raw(`0.7E+4`), ""},
		"number as text":                  {7, "7", "claim_refused"},
		"rounds to the same float64":      {int64(1 << 53), raw(`9007199254740993`), "claim_refused"},
		"array":                           {array{1, "b", nil}, array{raw(`1.0`), "b", nil}, ""},
		"array in another order":          {array{1, 2}, array{2, 1}, "claim_refused"},
		"array for its element":           {"a", array{"a"}, "claim_refused"},
		"object":                          {object{"id": 1, "tags": array{"x"}}, raw(`{ "tags" : ["x"] , "\u0069d" : 1.0 }`), ""},
		"object of a struct": {struct {
			ID int `json:"id"`
		}{1}, object{"id": 1}, ""},
		"object with a member more": {object{"id": 1}, object{"id": 1, "admin": true}, "claim_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claim := "https://example.test/claim"
			got := protect(t, guard.RequireClaims(ginauth0api.ClaimEquals(claim, test.want))).bearer(i.token(claims{claim: test.claim}))
			if test.code == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, test.code, "")
		})
	}
}

// The claim is found by its exact name, also among those that the Guard reads,
// and no other is taken for it.
func TestClaimNamesAreExact(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	equals := ginauth0api.ClaimEquals
	wantOK(t, protect(t, guard.RequireClaims(equals("iss", i.name()), equals("aud", "api"), equals("scope", "openid read:a write:b"), equals("exp", 4e9))).
		bearer(i.token(claims{"exp": 4_000_000_000})))
	for _, other := range []string{"Org", "org ", "org\u0000", "oorg"} {
		wantRefused(t, protect(t, guard.RequireClaims(equals("org", "acme"))).bearer(i.token(claims{other: "acme"})), "claim_refused", "")
	}
	nested := claims{"profile": claims{"org": "acme"}}
	wantRefused(t, protect(t, guard.RequireClaims(equals("profile.org", "acme"))).bearer(i.token(nested)), "claim_refused", "")
	wantRefused(t, protect(t, guard.RequireClaims(equals("org", "acme"))).bearer(i.token(nested)), "claim_refused", "")
}
