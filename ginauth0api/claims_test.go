package ginauth0api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestIssuerRefusedWithoutAnyRequest(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	other := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	for name, iss := range map[string]any{
		"missing":             nil,
		"empty":               "",
		"a number":            7,
		"an array":            []string{i.name()},
		"another tenant":      other.name(),
		"in upper case":       strings.ToUpper(i.name()),
		"with a path":         i.name() + "x",
		"with two slashes":    i.name() + "/",
		"with a query":        i.name() + "?",
		"with user info":      strings.Replace(i.name(), "http://", "http://evil@", 1),
		"https instead":       strings.Replace(i.name(), "http://", "https://", 1),
		"with a space behind": i.name() + " ",
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, a.bearer(i.token(claims{"iss": iss})), "invalid_issuer", "")
		})
	}
	if n := i.asked("") + other.asked(""); n != 0 {
		t.Errorf("%d requests, want 0", n)
	}
}

// Discovery decides between the two spellings that a URL permits.
func TestIssuerSpellingIsThatOfDiscovery(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Domain = i.URL })
	a := protect(t, guard.RequireAuth())
	wantRefused(t, a.bearer(i.token(claims{"iss": i.URL})), "invalid_issuer", "")
	wantOK(t, a.bearer(i.token(nil)))
	wantRefused(t, a.bearer(i.token(claims{"iss": i.URL})), "invalid_issuer", "")
}

func TestAudience(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Audience = []string{"other-api", audience} })
	a := protect(t, guard.RequireAuth())
	for name, aud := range map[string]any{
		"a string":         audience,
		"the other one":    "other-api",
		"array of one":     []string{audience},
		"array of several": []string{"https://t.example/userinfo", audience},
		"repeated":         []string{audience, audience},
	} {
		t.Run(name, func(t *testing.T) { wantOK(t, a.bearer(i.token(claims{"aud": aud}))) })
	}
	for name, aud := range map[string]any{
		"missing":               nil,
		"another":               "elsewhere",
		"in upper case":         strings.ToUpper(audience),
		"longer":                audience + "/",
		"words":                 "x " + audience,
		"empty":                 "",
		"empty array":           []string{},
		"others":                []string{"a", "b"},
		"array with a number":   []any{audience, 1},
		"array in an array":     []any{[]string{audience}},
		"array with null":       []any{nil, audience},
		"a number":              1,
		"an object":             map[string]string{"aud": audience},
		"client of an ID token": "client",
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, a.bearer(i.token(claims{"aud": aud})), "invalid_audience", "")
		})
	}
}

func TestIDTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	wantRefused(t, a.bearer(tenant.IDToken(nil)), "invalid_audience", "")
}

func TestClaimsInEscapesCountAsTheirText(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth("read:a"))
	payload, err := json.Marshal(i.claims(claims{"aud": nil, "scope": nil}))
	if err != nil {
		t.Fatal(err)
	}
	escaped := strings.TrimSuffix(string(payload), "}") + `,"\u0061ud":["\u0061p\u0069"],"scope":"x r\u0065ad:a"}`
	wantOK(t, a.bearer(sign(issuerKey(), plainHeader, escaped)))
}

func TestClaimTypesRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	future := time.Now().Unix() + 3600
	for name, edits := range map[string]claims{
		"exp missing":              {"exp": nil},
		"exp text":                 {"exp": "9999999999"},
		"exp array":                {"exp": []int64{future}},
		"exp huge":                 {"exp": json.Number("1e300")},
		"exp beyond float64":       {"exp": json.Number("1e999")},
		"exp above 2^53":           {"exp": json.Number("9007199254740993")},
		"exp far below zero":       {"exp": json.Number("-9007199254740993")},
		"nbf text":                 {"nbf": "1"},
		"nbf true":                 {"nbf": true},
		"nbf huge":                 {"nbf": json.Number("-1e17")},
		"iat text":                 {"iat": "1"},
		"iat object":               {"iat": struct{}{}},
		"sub a number":             {"sub": 1},
		"jti a number":             {"jti": 1},
		"azp an array":             {"azp": []string{"client"}},
		"client_id an object":      {"client_id": struct{}{}},
		"org_id true":              {"org_id": true},
		"acr a number":             {"acr": 1},
		"auth_time text":           {"auth_time": "1"},
		"auth_time beyond float64": {"auth_time": json.Number("1e999")},
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, a.bearer(i.token(edits)), "invalid_claims", "") })
	}
	for _, name := range []string{"sub", "jti", "azp", "client_id", "org_id", "acr", "auth_time", "exp", "nbf", "iat"} {
		t.Run(name+" null", func(t *testing.T) {
			wantRefused(t, a.bearer(i.token(claims{name: json.RawMessage("null")})), "invalid_claims", "")
		})
	}
	wantOK(t, a.bearer(i.token(claims{"exp": json.Number("9007199254740992"), "iat": nil, "nbf": 0, "auth_time": 1.5, "acr": "x", "org_id": "o"})))
}

func TestTimes(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	strict, lenient := newGuard(t, i, nil), newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Leeway = time.Minute })
	ginauth0api.SetClock(strict, func() time.Time { return now })
	ginauth0api.SetClock(lenient, func() time.Time { return now })
	for name, test := range map[string]struct {
		guard *ginauth0api.Guard
		edits map[string]float64 // seconds from now
		code  string
	}{
		"expires in a second":            {strict, map[string]float64{"exp": 1}, ""},
		"expires in half a second":       {strict, map[string]float64{"exp": 0.5}, ""},
		"expires now":                    {strict, map[string]float64{"exp": 0}, "token_expired"},
		"expired":                        {strict, map[string]float64{"exp": -1}, "token_expired"},
		"expired long ago":               {strict, map[string]float64{"exp": -1e9}, "token_expired"},
		"expired within the leeway":      {lenient, map[string]float64{"exp": -59}, ""},
		"expired as long as the leeway":  {lenient, map[string]float64{"exp": -60}, "token_expired"},
		"valid 29 s from now":            {strict, map[string]float64{"nbf": 29}, ""},
		"valid 30 s from now":            {strict, map[string]float64{"nbf": 30}, ""},
		"valid 30.5 s from now":          {strict, map[string]float64{"nbf": 30.5}, "token_not_yet_valid"},
		"valid 31 s from now":            {strict, map[string]float64{"nbf": 31}, "token_not_yet_valid"},
		"valid 60 s from now, leeway":    {lenient, map[string]float64{"nbf": 60}, ""},
		"valid 61 s from now, leeway":    {lenient, map[string]float64{"nbf": 61}, "token_not_yet_valid"},
		"issued 29 s from now":           {strict, map[string]float64{"iat": 29}, ""},
		"issued a minute from now":       {strict, map[string]float64{"iat": 60}, "token_not_yet_valid"},
		"issued 60 s from now, leeway":   {lenient, map[string]float64{"iat": 60}, ""},
		"valid and issued long ago":      {strict, map[string]float64{"nbf": -1e9, "iat": -1e9}, ""},
		"expired and of another API":     {strict, map[string]float64{"exp": -1, "aud": 1}, "invalid_audience"},
		"expired and not yet valid":      {strict, map[string]float64{"exp": -1, "nbf": 90}, "token_expired"},
		"valid from the end of counting": {strict, map[string]float64{"nbf": 1<<53 - float64(now.Unix())}, "token_not_yet_valid"},
	} {
		t.Run(name, func(t *testing.T) {
			edits := claims{"iat": nil, "exp": float64(now.Unix() + 3600)}
			for claim, seconds := range test.edits {
				edits[claim] = float64(now.Unix()) + seconds
			}
			got := protect(t, test.guard.RequireAuth()).bearer(i.token(edits))
			if test.code == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, test.code, "")
		})
	}
}
