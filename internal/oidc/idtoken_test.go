package oidc_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

var loginTime = time.Unix(1_700_000_000, 0)

// idToken signs claims with the key k1, on top of those of a sound token.
// A nil value removes a claim.
func idToken(t *testing.T, edit map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": issuer, "aud": "client", "sub": "auth0|1", "nonce": "the nonce", "sid": "s1",
		"iat": loginTime.Unix(), "exp": loginTime.Unix() + 3600,
	}
	maps.Copy(claims, edit)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, string(payload), nil)
}

func signed(t *testing.T, payload string, header map[jose.HeaderKey]any) string {
	t.Helper()
	return signedBy(t, payload, "k1", header)
}

// signedBy signs with the published key, whatever it is called.
func signedBy(t *testing.T, payload, kid string, header map[jose.HeaderKey]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: signingKey(), KeyID: kid},
	}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func rules(edit ...func(*oidc.IDTokenRules)) oidc.IDTokenRules {
	r := oidc.IDTokenRules{
		ClientID: "client", Algorithms: []string{"ES256"}, Leeway: time.Minute, Now: loginTime,
		Nonce: "the nonce", AccessToken: "the access token", Code: "the code", AskedAt: loginTime,
	}
	for _, e := range edit {
		e(&r)
	}
	return r
}

func TestVerifyIDTokenAccepts(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	at := loginTime.Unix()
	for name, claims := range map[string]map[string]any{
		"a sound token":                     {},
		"audience in an array":              {"aud": []string{"client"}},
		"several audiences with azp":        {"aud": []string{"client", "other"}, "azp": "client"},
		"exp past inside the leeway":        {"exp": at - 59},
		"iat ahead inside the leeway":       {"iat": at + 60},
		"nbf ahead inside the leeway":       {"nbf": at + 60},
		"fractions":                         {"iat": float64(at) + 0.5, "exp": float64(at) + 10.25},
		"no sid":                            {"sid": nil},
		"a claim of the application's":      {"https://app.example/roles": []any{"a", map[string]any{"b": 1}}},
		"a session_expiry that is no count": {"session_expiry": "soon"},
		// The example of OpenID Connect Core appendix A.3 is for another token;
		// these are computed with the standard library.
		"at_hash and c_hash": {"at_hash": leftHalf("the access token"), "c_hash": leftHalf("the code")},
	} {
		token, err := p.VerifyIDToken(t.Context(), idToken(t, claims), rules())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if token.Subject != "auth0|1" || token.Issuer != issuer || !token.SessionExpiry.IsZero() {
			t.Errorf("%s: %+v", name, token)
		}
	}
}

func leftHalf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func TestVerifyIDTokenRefuses(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	at := loginTime.Unix()
	for name, claims := range map[string]map[string]any{
		"another issuer":                {"iss": "https://evil.example/"},
		"issuer without the slash":      {"iss": "https://t.example"},
		"no issuer":                     {"iss": nil},
		"another audience":              {"aud": "other"},
		"no audience":                   {"aud": nil},
		"no audience in an array":       {"aud": []string{}},
		"audience with a number":        {"aud": []any{"client", 1}},
		"several audiences without azp": {"aud": []string{"client", "other"}},
		"foreign azp":                   {"azp": "other"},
		"azp a number":                  {"azp": 1},
		"no sub":                        {"sub": nil},
		"sub empty":                     {"sub": ""},
		"sub a number":                  {"sub": 1},
		"sub too long":                  {"sub": strings.Repeat("s", 256)},
		"sid empty":                     {"sid": ""},
		"sid a number":                  {"sid": 1},
		"exp missing":                   {"exp": nil},
		"exp a string":                  {"exp": "9999999999"},
		"exp past":                      {"exp": at - 60},
		"iat missing":                   {"iat": nil},
		"iat a string":                  {"iat": "1"},
		"iat ahead":                     {"iat": at + 61},
		"nbf ahead":                     {"nbf": at + 61},
		"nbf a string":                  {"nbf": "1"},
		"nonce of another login":        {"nonce": "other"},
		"nonce missing":                 {"nonce": nil},
		"nonce a number":                {"nonce": 1},
		"at_hash of another token":      {"at_hash": leftHalf("another")},
		"at_hash a number":              {"at_hash": 1},
		"c_hash of another code":        {"c_hash": leftHalf("another")},
		"auth_time in the future":       {"auth_time": at + 61},
		"auth_time a string":            {"auth_time": "1"},
	} {
		if _, err := p.VerifyIDToken(t.Context(), idToken(t, claims), rules()); !errors.Is(err, oidc.ErrIDToken) {
			t.Errorf("%s: %v, want ErrIDToken", name, err)
		}
	}
}

func TestVerifyIDTokenRefusesForms(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	sound := idToken(t, nil)
	parts := strings.Split(sound, ".")
	header := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	flipped := []byte(parts[2])
	flipped[0] ^= 1
	// HS256 with the published key as the secret.
	public := signed(t, `{}`, nil)
	mac := hmac.New(sha256.New, []byte(public))
	hs := header(`{"alg":"HS256","kid":"k1"}`) + "." + parts[1]
	mac.Write([]byte(hs))
	claims := `"iss":"` + issuer + `","aud":"client","sub":"auth0|1","nonce":"the nonce","iat":1700000000`
	for name, raw := range map[string]string{
		"empty":                   "",
		"garbage":                 "garbage",
		"five segments":           sound + ".a.b",
		"JWS JSON serialisation":  `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"above 64 KiB":            idToken(t, map[string]any{"padding": strings.Repeat("p", 64<<10)}),
		"signature flipped":       parts[0] + "." + parts[1] + "." + string(flipped),
		"no signature":            parts[0] + "." + parts[1] + ".",
		"algorithm none":          header(`{"alg":"none"}`) + "." + parts[1] + ".AA",
		"HS256 by the public key": hs + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"typ at+jwt":              signed(t, `{`+claims+`,"exp":1700003600}`, map[jose.HeaderKey]any{"typ": "at+jwt"}),
		"typ logout+jwt":          signed(t, `{`+claims+`,"exp":1700003600}`, map[jose.HeaderKey]any{"typ": "logout+jwt"}),
		"crit":                    signed(t, `{`+claims+`,"exp":1700003600}`, map[jose.HeaderKey]any{"crit": []string{"b64"}, "b64": true}),
		"a member repeated":       signed(t, `{`+claims+`,"exp":1700003600,"sub":"auth0|1"}`, nil),
		"Exp in place of exp":     signed(t, `{`+claims+`,"Exp":1700003600}`, nil),
		"claims are no object":    signed(t, `[]`, nil),
	} {
		if _, err := p.VerifyIDToken(t.Context(), raw, rules()); !errors.Is(err, oidc.ErrIDToken) {
			t.Errorf("%s: %v, want ErrIDToken", name, err)
		}
	}
	if _, err := p.VerifyIDToken(t.Context(), sound, rules(func(r *oidc.IDTokenRules) { r.Algorithms = []string{"RS256"} })); !errors.Is(err, oidc.ErrIDToken) {
		t.Errorf("an algorithm that is not accepted: %v", err)
	}
}

func TestVerifyIDTokenChecksWhatWasAsked(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	at := loginTime.Unix()
	maxAge := func(d time.Duration) func(*oidc.IDTokenRules) {
		return func(r *oidc.IDTokenRules) { r.MaxAge = &d }
	}
	acr := func(values ...string) func(*oidc.IDTokenRules) {
		return func(r *oidc.IDTokenRules) { r.ACRValues = values }
	}
	organization := func(name string) func(*oidc.IDTokenRules) {
		return func(r *oidc.IDTokenRules) { r.Organization = name }
	}
	for name, test := range map[string]struct {
		ask    func(*oidc.IDTokenRules)
		claims map[string]any
		want   error
	}{
		"max_age kept":                    {maxAge(time.Hour), map[string]any{"auth_time": at - 3660}, nil},
		"max_age exceeded":                {maxAge(time.Hour), map[string]any{"auth_time": at - 3662}, oidc.ErrIDToken},
		"max_age 0 kept":                  {maxAge(0), map[string]any{"auth_time": at}, nil},
		"max_age 0 exceeded":              {maxAge(0), map[string]any{"auth_time": at - 120}, oidc.ErrIDToken},
		"max_age without auth_time":       {maxAge(time.Hour), nil, oidc.ErrIDToken},
		"acr equal":                       {acr("silver", "gold"), map[string]any{"acr": "gold"}, nil},
		"acr other":                       {acr("gold"), map[string]any{"acr": "silver"}, oidc.ErrIDToken},
		"acr missing":                     {acr("gold"), nil, oidc.ErrIDToken},
		"acr a number":                    {acr("1"), map[string]any{"acr": 1}, oidc.ErrIDToken},
		"second factor by amr":            {acr(oidc.MultiFactorACR), map[string]any{"amr": []string{"pwd", "mfa"}}, nil},
		"second factor missing":           {acr(oidc.MultiFactorACR), map[string]any{"amr": []string{"pwd"}}, oidc.ErrIDToken},
		"amr helps nothing else":          {acr("gold"), map[string]any{"amr": []string{"mfa"}}, oidc.ErrIDToken},
		"organization id":                 {organization("org_1"), map[string]any{"org_id": "org_1"}, nil},
		"organization id, other":          {organization("org_1"), map[string]any{"org_id": "org_2"}, oidc.ErrOrganization},
		"organization id in another case": {organization("org_1"), map[string]any{"org_id": "ORG_1"}, oidc.ErrOrganization},
		"organization id missing":         {organization("org_1"), map[string]any{"org_name": "org_1"}, oidc.ErrOrganization},
		"organization id null":            {organization("org_1"), map[string]any{"org_id": json.RawMessage("null")}, oidc.ErrOrganization},
		"organization id a number":        {organization("org_1"), map[string]any{"org_id": 1}, oidc.ErrOrganization},
		"organization id an array":        {organization("org_1"), map[string]any{"org_id": []string{"org_1"}}, oidc.ErrOrganization},
		"organization name, another case": {organization("Acme"), map[string]any{"org_name": "acme"}, nil},
		"organization name, other":        {organization("acme"), map[string]any{"org_name": "evil"}, oidc.ErrOrganization},
		"organization name missing":       {organization("acme"), map[string]any{"org_id": "acme"}, oidc.ErrOrganization},
	} {
		if _, err := p.VerifyIDToken(t.Context(), idToken(t, test.claims), rules(test.ask)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestVerifyIDTokenReadsSessionExpiry(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	for name, test := range map[string]struct {
		value any
		want  int64
	}{
		"seconds": {1_700_009_999, 1_700_009_999}, "fraction": {1_700_009_999.5, 0}, "milliseconds": {1_700_009_999_000, 0},
		"string": {"1700009999", 0}, "zero": {0, 0}, "negative": {-5, 0}, "boolean": {true, 0},
	} {
		token, err := p.VerifyIDToken(t.Context(), idToken(t, map[string]any{"session_expiry": test.value}), rules())
		if err != nil {
			t.Fatal(err)
		}
		if got := token.SessionExpiry; test.want == 0 && !got.IsZero() || test.want != 0 && got.Unix() != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An outage is no statement about the token.
func TestVerifyIDTokenDuringAnOutageIsUnavailable(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(keysURL, status(http.StatusServiceUnavailable))
	var unavailable *oidc.UnavailableError
	if _, err := newProvider(t, "t.example", n).VerifyIDToken(t.Context(), idToken(t, nil), rules()); !errors.As(err, &unavailable) {
		t.Errorf("keys away: %v", err)
	}
	n.answer(discoveryURL, status(http.StatusServiceUnavailable))
	if _, err := newProvider(t, "t.example", n).VerifyIDToken(t.Context(), idToken(t, nil), rules()); !errors.As(err, &unavailable) {
		t.Errorf("discovery away: %v", err)
	}
}

// The token of a login that was asked for one person is about that person.
func TestVerifyIDTokenOfAnotherSubject(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	for subject, good := range map[string]bool{"auth0|1": true, "": true, "auth0|2": false, "auth0|": false, "auth0|12": false, "AUTH0|1": false} {
		_, err := p.VerifyIDToken(t.Context(), idToken(t, nil), rules(func(r *oidc.IDTokenRules) { r.Subject = subject }))
		if (err == nil) != good || err != nil && !errors.Is(err, oidc.ErrIDToken) {
			t.Errorf("%q: %v", subject, err)
		}
	}
}
