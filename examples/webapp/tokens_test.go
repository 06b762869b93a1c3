package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// What the profile says of tokens is everything but the tokens.
func TestProfileDescribesTokens(t *testing.T) {
	for scheme, dpop := range map[string]bool{"Bearer": false, "DPoP": true} {
		t.Run(scheme, func(t *testing.T) {
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.DPoP = dpop })
			r := a.get("/profile")
			r.want(t, 200, "/profile", `<span class="tag">`+scheme+`</span>`, "for https://api.example.test", `<span class="tag">read:messages</span>`,
				", in 60 min", "Refresh token", "ID token", "in sealed cookies", "in 24 h", "the tenant does not say how", `data-testid="organization">none<`)
			if strings.Contains(r.body, "eyJ") || strings.Contains(r.body, "bound to a key") != dpop {
				t.Errorf("a token, or the wrong words about it, in\n%s", r.body)
			}
		})
	}
}

// The API gets another token after the button, for which the tenant was asked once.
func TestRenewToken(t *testing.T) {
	var tokens []string
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", withAPI(t, func(_ http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization"))
	}))
	a.get("/messages")
	a.get("/messages")
	r := a.submit("/tokens/renew", nil, "Sec-Fetch-Site", "same-origin")
	r.want(t, 200, "/profile", `data-testid="note">The access token is a new one.`, `data-testid="renew"`)
	a.get("/messages")
	if len(tokens) != 3 || tokens[0] != tokens[1] || tokens[2] == tokens[1] {
		t.Errorf("%d calls; the button must bring a token, and nothing else", len(tokens))
	}
	if got := a.tenant.Requests("/oauth/token"); got != 2 {
		t.Errorf("%d requests for tokens, want one of the login and one of the button", got)
	}
}

func TestRevokeToken(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "/app")
	a.get("/app/profile").want(t, 200, "/app/profile", `action="/app/tokens/revoke"`)
	r := a.submit("/tokens/revoke", nil)
	r.want(t, 200, "/app/profile", "The tenant has taken the refresh token back.", "Ada Lovelace", "Access token", "There is no refresh token.")
	if strings.Contains(r.body, "<h3>Refresh token") || strings.Contains(r.body, "<form") {
		t.Errorf("there is something to renew in\n%s", r.body)
	}
	if got := a.tenant.Requests("/oauth/revoke"); got != 1 {
		t.Errorf("the tenant was asked %d times", got)
	}
	a.submit("/tokens/renew", nil).want(t, 200, "/app/profile", didNotWork) // of a page that another tab still shows
	a.submit("/tokens/revoke", nil).want(t, 200, "/app/profile", didNotWork)
}

// Another site must not change anything of somebody who is signed in here, and there is nothing to change of nobody.
func TestTokenFormsFromAnotherSite(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	for _, path := range []string{"/tokens/renew", "/tokens/revoke", "/phone"} {
		a.submit(path, nil).want(t, 401, path, "unauthorized")
	}
	a.get("/profile").want(t, 200, "/profile")
	for _, path := range []string{"/tokens/renew", "/tokens/revoke", "/phone"} {
		a.submit(path, nil, "Sec-Fetch-Site", "cross-site").want(t, 403, path, "cross_site_request")
	}
	if asked := a.tenant.Requests("/oauth/token") + a.tenant.Requests("/oauth/revoke") + a.tenant.Requests("/bc-authorize"); asked != 1 {
		t.Errorf("the tenant was asked %d times, want once, for the login", asked)
	}
}

// The profile says what its own forms have done, and repeats nothing of an address.
func TestNotesAreOurs(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	r := a.get("/profile?note=You+have+won")
	r.want(t, 200, "/profile")
	if strings.Contains(r.body, "have won") || strings.Contains(r.body, `data-testid="note"`) {
		t.Errorf("the page says what a link wants:\n%s", r.body)
	}
}
