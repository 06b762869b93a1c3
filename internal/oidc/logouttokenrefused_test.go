package oidc_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// What is refused without a key makes no request: a stranger must not be able
// to make us ask, and a tenant that is down must not hide a bad token.
func TestVerifyLogoutTokenRefusesClaims(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "https://t.example/", n)
	at := logoutTime.Unix()
	event := func(value any) map[string]any { return map[string]any{"events": map[string]any{logoutEvent: value}} }
	null := json.RawMessage("null")
	for name, test := range map[string]struct {
		claims map[string]any
		rule   string // what the text names
	}{
		"another issuer":                 {map[string]any{"iss": "https://evil.example/"}, "iss"},
		"another issuer beginning alike": {map[string]any{"iss": "https://t.example.evil.example/"}, "iss"},
		"issuer with two slashes":        {map[string]any{"iss": "https://t.example//"}, "iss"},
		"issuer over http":               {map[string]any{"iss": "http://t.example/"}, "iss"},
		"issuer in an array":             {map[string]any{"iss": []string{issuer}}, "iss"},
		"no issuer":                      {map[string]any{"iss": nil}, "iss"},
		"another audience":               {map[string]any{"aud": "other"}, "aud"},
		"no audience":                    {map[string]any{"aud": nil}, "aud"},
		"no audience in an array":        {map[string]any{"aud": []string{}}, "aud"},
		"audience with a number":         {map[string]any{"aud": []any{"client", 1}}, "aud"},
		"several audiences without azp":  {map[string]any{"aud": []string{"client", "other"}}, "azp"},
		"foreign azp":                    {map[string]any{"azp": "other"}, "azp"},
		"neither sub nor sid":            {map[string]any{"sub": nil, "sid": nil}, "neither sub nor sid"},
		"sub empty":                      {map[string]any{"sub": ""}, "sub"},
		"sub empty, without sid":         {map[string]any{"sub": "", "sid": nil}, "sub"},
		"sub a number":                   {map[string]any{"sub": 1}, "sub"},
		"sub null":                       {map[string]any{"sub": null}, "sub"},
		"sid empty":                      {map[string]any{"sid": ""}, "sid"},
		"sid empty, without sub":         {map[string]any{"sub": nil, "sid": ""}, "sid"},
		"sid a number":                   {map[string]any{"sid": 1}, "sid"},
		"sid null":                       {map[string]any{"sid": null}, "sid"},
		"sid in an array":                {map[string]any{"sid": []string{"s1"}}, "sid"},
		"jti missing":                    {map[string]any{"jti": nil}, "jti"},
		"jti empty":                      {map[string]any{"jti": ""}, "jti"},
		"jti a number":                   {map[string]any{"jti": 1}, "jti"},
		"jti null":                       {map[string]any{"jti": null}, "jti"},
		"jti too long":                   {map[string]any{"jti": strings.Repeat("j", 256)}, "jti"},
		"nonce":                          {map[string]any{"nonce": "n"}, "nonce"},
		"nonce empty":                    {map[string]any{"nonce": ""}, "nonce"},
		"nonce null":                     {map[string]any{"nonce": null}, "nonce"},
		"events missing":                 {map[string]any{"events": nil}, "events"},
		"events null":                    {map[string]any{"events": null}, "events"},
		"events a string":                {map[string]any{"events": logoutEvent}, "events"},
		"events a number":                {map[string]any{"events": 1}, "events"},
		"events an array":                {map[string]any{"events": []string{logoutEvent}}, "events"},
		"events empty":                   {map[string]any{"events": map[string]any{}}, "events"},
		"another event":                  {map[string]any{"events": map[string]any{"urn:other": map[string]any{}}}, "events"},
		"event in another case":          {map[string]any{"events": map[string]any{strings.ToUpper(logoutEvent): map[string]any{}}}, "events"},
		"events in another case":         {map[string]any{"events": nil, "Events": map[string]any{logoutEvent: map[string]any{}}}, "events"},
		"event null":                     {event(null), "events"},
		"event an array":                 {event([]any{}), "events"},
		"event a string":                 {event(""), "events"},
		"event a number":                 {event(0), "events"},
		"event true":                     {event(true), "events"},
		"exp missing":                    {map[string]any{"exp": nil}, "exp"},
		"exp a string":                   {map[string]any{"exp": strconv.FormatInt(at+120, 10)}, "exp"},
		"exp null":                       {map[string]any{"exp": null}, "exp"},
		"exp past":                       {map[string]any{"exp": at - 60}, "exp"},
		"exp no date":                    {map[string]any{"exp": 1e300}, "exp"},
		"iat missing":                    {map[string]any{"iat": nil}, "iat"},
		"iat a string":                   {map[string]any{"iat": strconv.FormatInt(at, 10)}, "iat"},
		"iat ahead":                      {map[string]any{"iat": at + 61}, "iat"},
		"iat too old":                    {map[string]any{"iat": at - 361}, "too old"},
		"iat too old, exp far":           {map[string]any{"iat": at - 361, "exp": at + 86400}, "too old"},
		"nbf ahead":                      {map[string]any{"nbf": at + 61}, "nbf"},
		"nbf a string":                   {map[string]any{"nbf": "1"}, "nbf"},
	} {
		_, err := p.VerifyLogoutToken(t.Context(), logoutToken(t, test.claims), logoutRules())
		if !errors.Is(err, oidc.ErrLogoutToken) || err.Error() != "oidc: logout token refused: "+test.rule {
			t.Errorf("%s: %v, want ErrLogoutToken: %s", name, err, test.rule)
		}
	}
	if n.total() != 0 {
		t.Errorf("%d requests, want none", n.total())
	}
}

func TestVerifyLogoutTokenRefusesForms(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	sound := logoutToken(t, nil)
	parts := strings.Split(sound, ".")
	header := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	flipped := []byte(parts[2])
	flipped[0] ^= 1
	hs := header(`{"alg":"HS256","kid":"k1","typ":"logout+jwt"}`) + "." + parts[1]
	mac := hmac.New(sha256.New, []byte("client secret"))
	mac.Write([]byte(hs))
	claims := strings.TrimSuffix(logoutClaims(t, nil), "}")
	for name, raw := range map[string]string{
		"empty":                    "",
		"garbage":                  "garbage",
		"two segments":             parts[0] + "." + parts[1],
		"five segments":            sound + ".a.b",
		"JWS JSON serialisation":   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"white space":              " " + sound,
		"a line break":             sound[:20] + "\n" + sound[20:],
		"above 64 KiB":             logoutToken(t, map[string]any{"padding": strings.Repeat("p", 64<<10)}),
		"signature flipped":        parts[0] + "." + parts[1] + "." + string(flipped),
		"signature of an ID token": parts[0] + "." + parts[1] + "." + strings.Split(idToken(t, nil), ".")[2],
		"no signature":             parts[0] + "." + parts[1] + ".",
		"algorithm none":           header(`{"alg":"none","typ":"logout+jwt"}`) + "." + parts[1] + ".AA",
		"HS256":                    hs + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"a key nobody publishes":   header(`{"alg":"ES256","kid":"k9","typ":"logout+jwt"}`) + "." + parts[1] + "." + parts[2],
		"crit":                     signed(t, claims+"}", map[jose.HeaderKey]any{"crit": []string{"b64"}, "b64": true}),
		"a member repeated":        signed(t, claims+`,"sub":"auth0|1"}`, nil),
		"a member repeated inside": signed(t, strings.Replace(claims, `{}`, `{"a":1,"a":1}`, 1)+"}", nil),
		"Exp in place of exp":      signed(t, strings.Replace(claims, `"exp"`, `"Exp"`, 1)+"}", nil),
		"Sub that go-oidc reads":   signed(t, claims+`,"Sub":1}`, nil),
		"claims are no object":     signed(t, `[]`, nil),
		"an ID token":              idToken(t, map[string]any{"iat": logoutTime.Unix()}),
		"an ID token of no nonce":  idToken(t, map[string]any{"iat": logoutTime.Unix(), "nonce": nil, "jti": "j1"}),
	} {
		_, err := p.VerifyLogoutToken(t.Context(), raw, logoutRules())
		if !errors.Is(err, oidc.ErrLogoutToken) {
			t.Errorf("%s: %v, want ErrLogoutToken", name, err)
		}
	}
	r := logoutRules()
	r.Algorithms = []string{"RS256"}
	if _, err := p.VerifyLogoutToken(t.Context(), sound, r); !errors.Is(err, oidc.ErrLogoutToken) {
		t.Errorf("an algorithm that is not accepted: %v", err)
	}
}

// Until discovery has answered one trailing slash may differ; what counts in
// the end is the exact issuer.
func TestVerifyLogoutTokenWantsTheExactIssuer(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "https://t.example", n)
	if _, err := p.VerifyLogoutToken(t.Context(), logoutToken(t, nil), logoutRules()); err != nil {
		t.Errorf("the issuer with the slash of its document: %v", err)
	}
	p = newProvider(t, "https://t.example", n)
	raw := logoutToken(t, map[string]any{"iss": "https://t.example"})
	for range 2 { // before and after discovery
		if _, err := p.VerifyLogoutToken(t.Context(), raw, logoutRules()); !errors.Is(err, oidc.ErrLogoutToken) {
			t.Errorf("the issuer without the slash of its document: %v", err)
		}
	}
}

func TestVerifyLogoutTokenDuringAnOutageIsUnavailable(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(keysURL, status(http.StatusServiceUnavailable))
	var unavailable *oidc.UnavailableError
	if _, err := newProvider(t, "t.example", n).VerifyLogoutToken(t.Context(), logoutToken(t, nil), logoutRules()); !errors.As(err, &unavailable) {
		t.Errorf("keys away: %v", err)
	}
	n.answer(discoveryURL, status(http.StatusServiceUnavailable))
	if _, err := newProvider(t, "t.example", n).VerifyLogoutToken(t.Context(), logoutToken(t, nil), logoutRules()); !errors.As(err, &unavailable) {
		t.Errorf("discovery away: %v", err)
	}
}
