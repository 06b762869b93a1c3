package main

import (
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Somebody whose login is ten minutes old logs in again on the way to the page, once.
func TestRecentLogin(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = time.Now().Add(-10 * time.Minute).Unix() })
	a.get("/profile").want(t, 200, "/profile", "10 min ago")
	a.tenant.EditIDToken(nil)
	for range 2 {
		a.get("/recent").want(t, 200, "/recent", `data-testid="recent-login"`, "less than a minute ago")
	}
	if got := a.tenant.Requests("/authorize"); got != 2 {
		t.Errorf("%d logins, want two", got)
	}
}

// The tenant brings the second factor that the page asks for.
func TestSecondFactor(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.get("/profile").want(t, 200, "/profile", "the tenant does not say how")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["amr"] = []string{"pwd", "mfa"} })
	a.get("/second-factor").want(t, 200, "/second-factor", `data-testid="second-factor-login"`, "<b>pwd</b>, <b>mfa</b>")
	a.get("/profile").want(t, 200, "/profile", `<span class="tag">mfa</span>`)
}

// Without one the login is refused, and the session from before goes on.
func TestSecondFactorThatNobodyHas(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.get("/").want(t, 200, "/")
	a.get("/profile").want(t, 200, "/profile")
	a.get("/").want(t, 200, "/", "The people of the development tenant have none")
	a.get("/second-factor").want(t, 401, "/auth/callback", "invalid_id_token")
	a.get("/profile").want(t, 200, "/profile", "Ada Lovelace")
}
