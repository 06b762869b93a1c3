package auth0test_test

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// logoutClaims are the claims of a logout token that go-oidc accepts for the client.
func logoutClaims(t *testing.T, tenant *auth0test.Tenant, client, token string) map[string]any {
	t.Helper()
	verified, err := provider(t, tenant).Verifier(&oidc.Config{ClientID: client}).VerifyLogout(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := verified.Claims(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLogoutTokenDefaults(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	tenant := auth0test.Start(t, auth0test.Config{Now: func() time.Time { return now }})
	token := tenant.LogoutToken(nil)
	if typ := headerOf(t, token)["typ"]; typ != "JWT" {
		t.Errorf("typ %v, want that of Auth0", typ)
	}
	all := logoutClaims(t, tenant, auth0test.DefaultClientID, token)
	for name, want := range map[string]any{
		"iss": tenant.Issuer(), "aud": auth0test.DefaultClientID, "sub": "auth0|ada",
		"iat": float64(now.Unix()), "exp": float64(now.Add(2 * time.Minute).Unix()),
	} {
		if all[name] != want {
			t.Errorf("%s is %v, want %v", name, all[name], want)
		}
	}
	text(t, all, "sid")
	if text(t, all, "jti") == logoutClaims(t, tenant, auth0test.DefaultClientID, tenant.LogoutToken(nil))["jti"] {
		t.Error("two tokens have one jti")
	}
	if len(all) != 8 {
		t.Errorf("claims %v, want eight", all)
	}
}

func TestLogoutTokenTakesChanges(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	all := logoutClaims(t, tenant, "other", tenant.LogoutToken(auth0test.Claims{"aud": "other", "sid": nil, "trace_id": "x"}))
	if _, there := all["sid"]; there || all["trace_id"] != "x" || all["sub"] != "auth0|ada" {
		t.Errorf("claims %v", all)
	}
}

// Every wrong token begins with the claims of a right one.
func TestLogoutClaimsMakeWrongTokens(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	claims := tenant.LogoutClaims(auth0test.Claims{"nonce": json.RawMessage("null"), "sub": nil})
	token := tenant.Sign(map[string]any{"typ": "logout+jwt"}, claims)
	if typ := headerOf(t, token)["typ"]; typ != "logout+jwt" || !verifies(t, tenant, token) {
		t.Errorf("typ %v", typ)
	}
	if _, err := provider(t, tenant).Verifier(&oidc.Config{ClientID: auth0test.DefaultClientID}).VerifyLogout(t.Context(), token); err == nil {
		t.Error("a token with a nonce is accepted")
	}
	maps.DeleteFunc(claims, func(string, any) bool { return true })
	if len(tenant.LogoutClaims(nil)) != 8 {
		t.Error("two sets of claims share their memory")
	}
}
