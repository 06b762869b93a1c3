package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func refreshableLogin(t *testing.T, tenant *auth0test.Tenant) map[string]any {
	t.Helper()
	code := newBrowser(t, tenant).login(url.Values{
		"scope": {"openid profile offline_access read:messages"}, "audience": {auth0test.DefaultAudience},
	})
	return granted(t, tenant, codeForm(code, nil))
}

func TestRefreshRotates(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	first := refreshableLogin(t, tenant)
	clock.advance(time.Minute)
	second := granted(t, tenant, refreshForm(text(t, first, "refresh_token"), nil))
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] {
		t.Error("a token is the old one")
	}
	if second["scope"] != first["scope"] {
		t.Errorf("scope %v, want %v", second["scope"], first["scope"])
	}
	// go-oidc judges expiry by the machine's clock, a minute behind the tenant's: good enough for both.
	before := claims(t, tenant, auth0test.DefaultClientID, text(t, first, "id_token"))
	after := claims(t, tenant, auth0test.DefaultClientID, text(t, second, "id_token"))
	for _, name := range []string{"sub", "sid", "auth_time", "name"} {
		if before[name] != after[name] || after[name] == nil {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
	// OpenID Connect Core section 12.2.
	if after["nonce"] != nil || after["iat"] == before["iat"] {
		t.Errorf("nonce %v, iat %v and %v", after["nonce"], before["iat"], after["iat"])
	}
	granted(t, tenant, refreshForm(text(t, second, "refresh_token"), nil))
}

func TestStolenRefreshTokenRevokesTheFamily(t *testing.T) {
	tenant := auth0test.Start(t)
	first := refreshableLogin(t, tenant)
	second := granted(t, tenant, refreshForm(text(t, first, "refresh_token"), nil))
	other := refreshableLogin(t, tenant)
	wantRefusal(t, token(t, tenant, refreshForm(text(t, first, "refresh_token"), nil)), http.StatusBadRequest, "invalid_grant")
	wantRefusal(t, token(t, tenant, refreshForm(text(t, second, "refresh_token"), nil)), http.StatusBadRequest, "invalid_grant")
	if got := userinfo(t, tenant, "Bearer "+text(t, second, "access_token")); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo says %d to an access token of the family, want 401", got.status)
	}
	granted(t, tenant, refreshForm(text(t, other, "refresh_token"), nil)) // another login is no family
}

func TestRefreshIsRefused(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{
		Now: clock.Now, RefreshTokenLifetime: time.Hour,
		Clients: []auth0test.Client{
			{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
			{ID: "other", Secret: "s"},
		},
	})
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	tests := []struct {
		name    string
		changes url.Values
		status  int
		error   string
	}{
		{"missing", url.Values{"refresh_token": {""}}, http.StatusBadRequest, "invalid_request"},
		{"unknown", url.Values{"refresh_token": {"guessed"}}, http.StatusBadRequest, "invalid_grant"},
		{"of another client", url.Values{"client_id": {"other"}, "client_secret": {"s"}}, http.StatusBadRequest, "invalid_grant"},
		{"scope that the login was not given", url.Values{"scope": {"openid write:messages"}}, http.StatusBadRequest, "invalid_scope"},
		{"unknown audience", url.Values{"audience": {"https://other.example.test"}}, http.StatusForbidden, "access_denied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, refreshForm(refresh, test.changes)), test.status, test.error)
		})
	}
	next := text(t, granted(t, tenant, refreshForm(refresh, nil)), "refresh_token") // none of these has spent it
	clock.advance(time.Hour + time.Second)
	wantRefusal(t, token(t, tenant, refreshForm(next, nil)), http.StatusBadRequest, "invalid_grant")
}

func TestRefreshNarrowsOnce(t *testing.T) {
	tenant := auth0test.Start(t)
	first := refreshableLogin(t, tenant)
	narrow := granted(t, tenant, refreshForm(text(t, first, "refresh_token"), url.Values{"scope": {"read:messages"}}))
	if narrow["scope"] != "read:messages" || narrow["id_token"] != nil {
		t.Errorf("scope %v, ID token %t", narrow["scope"], narrow["id_token"] != nil)
	}
	// RFC 6749 section 6: the new refresh token has the scope of the old one.
	if whole := granted(t, tenant, refreshForm(text(t, narrow, "refresh_token"), nil)); whole["scope"] != first["scope"] {
		t.Errorf("scope %v, want %v", whole["scope"], first["scope"])
	}
}

func TestRefreshForAnotherAPI(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{APIs: []auth0test.API{
		{Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages"}},
		{Audience: "https://second.example.test", Scopes: []string{"read:files"}},
	}})
	first := refreshableLogin(t, tenant)
	second := granted(t, tenant, refreshForm(text(t, first, "refresh_token"), url.Values{"audience": {"https://second.example.test"}}))
	all := claims(t, tenant, "https://second.example.test", text(t, second, "access_token"))
	if all["scope"] != "openid profile offline_access read:files" {
		t.Errorf("scope %v", all["scope"])
	}
	back := granted(t, tenant, refreshForm(text(t, second, "refresh_token"), nil))
	claims(t, tenant, auth0test.DefaultAudience, text(t, back, "access_token"))
}
