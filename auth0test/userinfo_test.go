package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestUserinfoOfMintedToken(t *testing.T) {
	tenant := auth0test.Start(t)
	here := []string{auth0test.DefaultAudience, tenant.URL() + "/userinfo"}
	got := userinfo(t, tenant, "bearer "+tenant.AccessToken(auth0test.Claims{"aud": here, "scope": "openid profile", "sub": "auth0|alan"}))
	if answer := got.json(t); got.status != http.StatusOK || answer["sub"] != "auth0|alan" || answer["name"] != "Alan Turing" || answer["email"] != nil {
		t.Errorf("status %d: %v", got.status, answer)
	}
	got = userinfo(t, tenant, "Bearer "+tenant.AccessToken(auth0test.Claims{"aud": here, "scope": "openid", "sub": "x|y"}))
	if answer := got.json(t); answer["sub"] != "x|y" || len(answer) != 1 {
		t.Errorf("somebody unknown: %v", answer)
	}
}

func TestUserinfoIsRefused(t *testing.T) {
	clock := newClock()
	tenant, other := auth0test.Start(t, auth0test.Config{Now: clock.Now}), auth0test.Start(t)
	here := []string{auth0test.DefaultAudience, tenant.URL() + "/userinfo"}
	code := newBrowser(t, tenant).login(url.Values{"audience": {auth0test.DefaultAudience}})
	login := granted(t, tenant, codeForm(code, nil))
	jti := text(t, claims(t, tenant, auth0test.DefaultAudience, text(t, login, "access_token")), "jti")
	minted := func(changes auth0test.Claims) string {
		all := auth0test.Claims{"aud": here, "scope": "openid"}
		for name, value := range changes {
			all[name] = value
		}
		return "Bearer " + tenant.AccessToken(all)
	}
	tests := []struct {
		name          string
		authorization []string
		status        int
		error         string
	}{
		{"no token", nil, 401, ""},
		{"other scheme", []string{"Basic eDp5"}, 401, ""},
		{"two headers", []string{"Bearer x", "Bearer x"}, 400, "invalid_request"},
		{"empty token", []string{"Bearer "}, 401, "invalid_token"},
		{"guessed", []string{"Bearer guessed"}, 401, "invalid_token"},
		{"jti in the place of its token", []string{"Bearer " + jti}, 401, "invalid_token"},
		{"ID token", []string{"Bearer " + text(t, login, "id_token")}, 401, "invalid_token"},
		{"token for an API alone", []string{minted(auth0test.Claims{"aud": auth0test.DefaultAudience})}, 401, "invalid_token"},
		{"expired", []string{minted(auth0test.Claims{"exp": clock.Now()})}, 401, "invalid_token"},
		{"no expiry", []string{minted(auth0test.Claims{"exp": nil})}, 401, "invalid_token"},
		{"other issuer", []string{minted(auth0test.Claims{"iss": other.Issuer()})}, 401, "invalid_token"},
		{"key of another tenant", []string{"Bearer " + other.Sign(map[string]any{"kid": tenant.KeyID()}, auth0test.Claims{
			"iss": tenant.Issuer(), "aud": here, "scope": "openid", "sub": "auth0|ada", "exp": clock.Now().Add(time.Hour),
		})}, 401, "invalid_token"},
		{"alg none", []string{"Bearer " + tenant.Sign(map[string]any{"alg": "none"}, auth0test.Claims{
			"iss": tenant.Issuer(), "aud": here, "scope": "openid", "sub": "auth0|ada", "exp": clock.Now().Add(time.Hour),
		})}, 401, "invalid_token"},
		{"without openid", []string{minted(auth0test.Claims{"scope": "profile"})}, 403, "insufficient_scope"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := userinfo(t, tenant, test.authorization...)
			challenge := got.header.Get("WWW-Authenticate")
			if got.status != test.status || !strings.HasPrefix(challenge, `Bearer realm="auth0test"`) {
				t.Fatalf("status %d, challenge %q; want %d", got.status, challenge, test.status)
			}
			if test.error == "" && strings.Contains(challenge, "error") ||
				test.error != "" && !strings.Contains(challenge, `error="`+test.error+`"`) {
				t.Errorf("challenge %q, want error %q", challenge, test.error)
			}
		})
	}
	t.Run("after the lifetime", func(t *testing.T) {
		opaque := granted(t, tenant, codeForm(newBrowser(t, tenant).login(nil), nil))
		clock.advance(time.Hour)
		for _, answer := range []map[string]any{opaque, login} {
			if got := userinfo(t, tenant, "Bearer "+text(t, answer, "access_token")); got.status != http.StatusUnauthorized {
				t.Errorf("status %d, want 401", got.status)
			}
		}
	})
}
