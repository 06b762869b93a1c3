package ginauth0_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestLogoutRevokesTheRefreshToken(t *testing.T) {
	t.Parallel()
	auth0 := func(d map[string]any) {
		delete(d, "revocation_endpoint")
		d["mfa_challenge_endpoint"] = d["issuer"].(string) + "mfa/challenge" //nolint:forcetypeassert // ours
	}
	for name, test := range map[string]struct {
		off      bool
		scopes   []string
		strategy ginauth0.LogoutStrategy
		edit     func(map[string]any)
		fault    auth0test.Fault
		revoked  bool
		logged   bool
	}{
		"at the announced address":           {revoked: true},
		"at Auth0's own":                     {edit: auth0, revoked: true},
		"with a logout that is local":        {strategy: ginauth0.LogoutLocal, revoked: true},
		"not unless it is asked for":         {off: true},
		"not without a refresh token":        {scopes: []string{"openid", "profile"}},
		"nowhere at a tenant without":        {edit: func(d map[string]any) { delete(d, "revocation_endpoint") }, logged: true},
		"nowhere without TLS":                {edit: func(d map[string]any) { d["revocation_endpoint"] = "http://tenant.example/revoke" }, logged: true},
		"in vain, the logout goes on":        {fault: auth0test.Down, logged: true},
		"in vain, to a page of HTML, as 200": {fault: auth0test.Garbage},
	} {
		var failed atomic.Pointer[error]
		a := newApp(t, withRefreshTokens(&failed), config(func(c *ginauth0.Config) {
			c.Logout.Revoke, c.Logout.Strategy = !test.off, test.strategy
			if test.scopes != nil {
				c.Scopes = test.scopes
			}
		}))
		a.tenant.EditDiscovery(test.edit)
		sent, token := revocations(a), refreshTokens(a)
		if test.fault != nil {
			a.tenant.Break("/oauth/revoke", test.fault)
		}
		b := a.browser(t)
		b.login("/auth/login")
		r := b.get("/auth/logout")
		wantPath := "/oidc/logout"
		if test.strategy == ginauth0.LogoutLocal {
			wantPath = ""
		}
		if r.status != http.StatusFound || r.location(t).Path != wantPath || b.signedIn() {
			t.Errorf("%s: %d to %s", name, r.status, r.header.Get("Location"))
		}
		if test.revoked {
			wantRevoked(t, sent(), token())
		} else if len(sent()) != 0 {
			t.Errorf("%s: sent %v", name, sent())
		}
		if logged := strings.Contains(a.log.String(), "could not be revoked"); logged != test.logged {
			t.Errorf("%s: log %s", name, a.log)
		}
		if token() != "" && strings.Contains(a.log.String(), token()) {
			t.Errorf("%s: the log holds the token", name)
		}
	}
}

// The logout of a stranger asks the tenant nothing.
func TestLogoutOfAStrangerRevokesNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Logout.Revoke = true }))
	a.browser(t).get("/auth/logout")
	if got := a.tenant.Requests("/oauth/revoke"); got != 0 {
		t.Errorf("%d calls", got)
	}
}
