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

// The tenant brings the second factor that the page asks for, once.
func TestSecondFactor(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada", SecondFactor: true}, "")
	a.get("/profile").want(t, 200, "/profile", "the tenant does not say how")
	for range 2 {
		a.get("/second-factor").want(t, 200, "/second-factor", `data-testid="second-factor-login"`, "amr is <b>mfa</b>, acr is <b>http://schemas.openid.net/pape/policies/2007/06/multi-factor</b>.")
	}
	a.get("/profile").want(t, 200, "/profile", `<span class="tag">mfa</span>`)
	if got := a.tenant.Requests("/authorize"); got != 2 {
		t.Errorf("%d logins, want two", got)
	}
}

// Whoever changes their mind at the page of the tenant is told so, and the session from before goes on.
func TestSecondFactorAfterAChangeOfMind(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada", SecondFactor: true}, "")
	a.get("/profile").want(t, 200, "/profile")
	a.tenant.SetAutoApprove("") // the page is shown
	asked := a.get("/second-factor")
	asked.want(t, 200, "/u/second-factor", "Ada Lovelace")
	a.press(asked, "cancel").want(t, 403, "/auth/callback", "access_denied")
	a.get("/profile").want(t, 200, "/profile", "the tenant does not say how")
	a.press(a.get("/second-factor"), "confirm").want(t, 200, "/second-factor", `data-testid="second-factor-login"`)
}

// If the tenant does not care, the login is refused, and the session from before goes on.
func TestSecondFactorThatNobodyHas(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.get("/profile").want(t, 200, "/profile")
	a.get("/second-factor").want(t, 401, "/auth/callback", "invalid_id_token")
	a.get("/profile").want(t, 200, "/profile", "Ada Lovelace")
}
