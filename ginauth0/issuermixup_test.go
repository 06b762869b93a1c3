package ginauth0_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// payloadOf reads the claims of a token that the tenant under test has made.
func payloadOf(t testing.TB, token string) map[string]any {
	t.Helper()
	claims := map[string]any{}
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// An authorization response of tenant b at a login that was sent to tenant a
// (RFC 9207 section 1): the code of b must go nowhere.
func TestCodeOfAnotherIssuerIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		iss       func(s *sites) string // "": none
		announced bool                  // that a sends iss
		status    int
		code      string
		spent     int // requests to the token endpoint of a
	}{
		"with the issuer of b":               {func(s *sites) string { return s.b.Issuer() }, true, 400, "invalid_callback", 0},
		"with the issuer of b, unannounced":  {func(s *sites) string { return s.b.Issuer() }, false, 400, "invalid_callback", 0},
		"without an issuer":                  {func(*sites) string { return "" }, true, 400, "invalid_callback", 0},
		"under the name of a":                {func(s *sites) string { return s.a.Issuer() }, true, 400, "login_failed", 1},
		"without an issuer and unannounced":  {func(*sites) string { return "" }, false, 400, "login_failed", 1},
		"with the issuer of a without slash": {func(s *sites) string { return s.a.URL() }, true, 400, "invalid_callback", 0},
	} {
		s := newSites(t)
		if !test.announced {
			s.a.EditDiscovery(func(d map[string]any) { delete(d, "authorization_response_iss_parameter_supported") })
		}
		b := s.visitor(t)
		mine, err := url.Parse(b.toCallback("/auth/login"))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := url.Parse(s.visitor(t).at(hostB).toCallback("/auth/login"))
		if err != nil {
			t.Fatal(err)
		}
		query := url.Values{"state": {mine.Query().Get("state")}, "code": {theirs.Query().Get("code")}}
		if iss := test.iss(s); iss != "" {
			query.Set("iss", iss)
		}
		wantError(t, b.get("/auth/callback?"+query.Encode(), asJSON), test.status, test.code)
		if len(b.sessionCookies()) != 0 {
			t.Errorf("%s: there is a session", name)
		}
		if s.a.Requests("/oauth/token") != test.spent || s.b.Requests("/oauth/token") != 0 {
			t.Errorf("%s: %d requests to the token endpoint of a, %d to that of b", name, s.a.Requests("/oauth/token"), s.b.Requests("/oauth/token"))
		}
		wantCounts(t, s.auth, 0, 2, 0) // nobody has signed in
	}
}

// Both tenants publish a key under the same id, and both key sets are held.
func TestKeysOfTwoIssuersNeverCross(t *testing.T) {
	t.Parallel()
	const kid = "the same"
	s := newSites(t)
	for _, tenant := range []*auth0test.Tenant{s.a, s.b} {
		tenant.EditJWKS(func(document map[string]any) {
			document["keys"].([]any)[0].(map[string]any)["kid"] = kid
		})
		tenant.EditIDToken(func(header, _ map[string]any) { header["kid"] = kid })
	}
	for range 2 {
		for host, greeting := range map[string]string{hostA: "hello Ada Lovelace", hostB: "hello Grace Hopper"} {
			b := s.visitor(t).at(host)
			b.login("/auth/login")
			b.wantPage(greeting)
		}
	}
	for name, forge := range map[string]func(claims auth0test.Claims) string{
		"signed by b in the name of a": func(claims auth0test.Claims) string {
			return s.b.Sign(map[string]any{"kid": kid}, claims)
		},
		"of b": func(claims auth0test.Claims) string {
			claims["iss"] = s.b.Issuer()
			return s.b.Sign(map[string]any{"kid": kid}, claims)
		},
		"signed by a in the name of b": func(claims auth0test.Claims) string {
			claims["iss"] = s.b.Issuer()
			return s.a.Sign(map[string]any{"kid": kid}, claims)
		},
	} {
		b := s.visitor(t)
		s.a.EditTokenResponse(func(response map[string]any) {
			response["id_token"] = forge(payloadOf(t, response["id_token"].(string)))
		})
		wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusUnauthorized, "invalid_id_token")
		if len(b.sessionCookies()) != 0 {
			t.Errorf("%s: there is a session", name)
		}
		s.a.EditTokenResponse(func(response map[string]any) {
			// The same way round with a's own signature: it is the signature that was refused.
			response["id_token"] = s.a.Sign(map[string]any{"kid": kid}, payloadOf(t, response["id_token"].(string)))
		})
		b.login("/auth/login")
		s.a.EditTokenResponse(nil)
	}
	if n := s.a.Requests("/.well-known/jwks.json"); n != 1 {
		t.Errorf("the keys of a were fetched %d times", n)
	}
}

// A tenant can end the sessions of its own people only, also when it speaks of somebody
// else's by their subject.
func TestLogoutTokenCountsForItsIssuerOnly(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	b := s.visitor(t)
	b.login("/auth/login")
	ada := auth0test.Claims{"sub": "auth0|ada", "sid": nil}
	for _, test := range []struct {
		what     string
		host     string
		token    string
		status   int
		greeting string
	}{
		{"of b at a", hostA, s.b.LogoutToken(ada), 400, "hello Ada Lovelace"},
		{"of a at b", hostB, s.a.LogoutToken(ada), 400, "hello Ada Lovelace"},
		{"of b in the name of a, at a", hostA, s.b.LogoutToken(auth0test.Claims{"iss": s.a.Issuer(), "sub": "auth0|ada", "sid": nil}), 400, "hello Ada Lovelace"},
		{"of b at b", hostB, s.b.LogoutToken(ada), 204, "hello Ada Lovelace"},
		{"of a at a", hostA, s.a.LogoutToken(ada), 204, "hello stranger"},
	} {
		form := strings.NewReader(url.Values{"logout_token": {test.token}}.Encode())
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/auth/backchannel-logout", form)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = test.host
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: %d, want %d", test.what, response.StatusCode, test.status)
		}
		b.wantPage(test.greeting)
	}
}
