package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// signedIn tells whether the tenant would let the browser in without asking.
func (b *browser) signedIn() bool {
	b.t.Helper()
	return b.get(authorizeURL(b.tenant, url.Values{"prompt": {"none"}})).location(b.t).Get("code") != ""
}

func TestLogout(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	expired := tenant.IDToken(nil)
	clock.advance(11 * time.Hour)
	const home = "http://localhost:3000"
	tests := []struct {
		name, path string
		query      url.Values
		target     string // "" for a page of the tenant
	}{
		{"with nothing", "/oidc/logout", nil, ""},
		{"with client_id", "/oidc/logout", url.Values{
			"client_id": {auth0test.DefaultClientID}, "post_logout_redirect_uri": {home}, "state": {"a b"},
		}, home + "?state=a+b"},
		{"with an expired hint", "/oidc/logout", url.Values{
			"id_token_hint": {expired}, "post_logout_redirect_uri": {home + "/?a=b"},
		}, home + "/?a=b"},
		{"with hint and client_id", "/oidc/logout", url.Values{
			"id_token_hint": {expired}, "client_id": {auth0test.DefaultClientID}, "logout_hint": {"sid"},
			"post_logout_redirect_uri": {home}, "federated": {""},
		}, home},
		{"v2 with nothing", "/v2/logout", nil, ""},
		{"v2", "/v2/logout", url.Values{"client_id": {auth0test.DefaultClientID}, "returnTo": {home}, "federated": {""}}, home},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, tenant)
			b.login(nil)
			if !b.signedIn() {
				t.Fatal("not signed in before")
			}
			got := b.get(tenant.URL() + test.path + "?" + test.query.Encode())
			if target := got.header.Get("Location"); target != test.target {
				t.Errorf("Location %q, want %q", target, test.target)
			}
			if test.target == "" && (got.status != http.StatusOK || !strings.Contains(got.body, "Signed out")) {
				t.Errorf("status %d, want a page", got.status)
			}
			if b.signedIn() {
				t.Error("still signed in")
			}
		})
	}
}

// A cookie that somebody has copied must be worth nothing once its owner has signed out.
func TestStolenSessionCookieEndsWithTheSession(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	b.login(nil)
	at, err := url.Parse(tenant.URL())
	if err != nil {
		t.Fatal(err)
	}
	stolen := b.http.Jar.Cookies(at)
	b.get(tenant.URL() + "/v2/logout")
	tenant.SetAutoApprove("")
	thief := newBrowser(t, tenant)
	thief.http.Jar.SetCookies(at, stolen)
	if len(stolen) == 0 || thief.signedIn() {
		t.Errorf("%d cookies, and the session goes on", len(stolen))
	}
}

func TestLogoutByPost(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	b.login(nil)
	got := b.post(tenant.URL()+"/oidc/logout", url.Values{
		"client_id": {auth0test.DefaultClientID}, "post_logout_redirect_uri": {callback},
	})
	if got.status != http.StatusSeeOther || b.signedIn() {
		t.Errorf("status %d, want 303 and nobody signed in", got.status)
	}
}

// An open redirector at the provider would lend its name to any page; a logout that is refused ends nothing.
func TestLogoutIsRefused(t *testing.T) {
	tenant, other := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: "dev-client", Secret: "s", AllowLoopback: true},
		{ID: "web", Secret: "s", LogoutURIs: []string{"https://app.example.test"}},
	}}), auth0test.Start(t)
	hint := tenant.IDToken(nil)
	forged := other.Sign(map[string]any{"kid": tenant.KeyID()}, auth0test.Claims{"iss": tenant.Issuer(), "aud": "dev-client"})
	tests := []struct {
		name, path string
		query      url.Values
	}{
		{"address without a client", "/oidc/logout", url.Values{"post_logout_redirect_uri": {"http://localhost:3000"}}},
		{"unknown client", "/oidc/logout", url.Values{"client_id": {"nobody"}}},
		{"address of somebody else", "/oidc/logout", url.Values{"client_id": {"web"}, "post_logout_redirect_uri": {"https://evil.example.test"}}},
		{"address that goes on", "/oidc/logout", url.Values{"client_id": {"web"}, "post_logout_redirect_uri": {"https://app.example.test.evil.example.test"}}},
		{"loopback of another client", "/oidc/logout", url.Values{"client_id": {"web"}, "post_logout_redirect_uri": {"http://localhost:3000"}}},
		{"address twice", "/oidc/logout", url.Values{"client_id": {"web"}, "post_logout_redirect_uri": {"https://app.example.test", "https://evil.example.test"}}},
		{"hint of another client", "/oidc/logout", url.Values{"client_id": {"web"}, "id_token_hint": {hint}}},
		{"hint by another tenant", "/oidc/logout", url.Values{"id_token_hint": {other.IDToken(nil)}}},
		{"forged hint", "/oidc/logout", url.Values{"id_token_hint": {forged}}},
		{"garbage for a hint", "/oidc/logout", url.Values{"id_token_hint": {"a.b.c"}}},
		{"v2 without a client", "/v2/logout", url.Values{"returnTo": {"http://localhost:3000"}}},
		{"v2 to somebody else", "/v2/logout", url.Values{"client_id": {"web"}, "returnTo": {"https://evil.example.test"}}},
		{"v2 twice", "/v2/logout", url.Values{"client_id": {"web"}, "returnTo": {"https://app.example.test", "https://evil.example.test"}}},
	}
	b := newBrowser(t, tenant)
	b.tenant.SetAutoApprove("ada")
	b.get(authorizeURL(tenant, nil)).location(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.t = t
			got := b.get(tenant.URL() + test.path + "?" + test.query.Encode())
			if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Errorf("status %d, Location %q; want a page with 400", got.status, got.header.Get("Location"))
			}
			if !b.signedIn() {
				t.Error("the session was ended")
			}
		})
	}
}
