package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// mountedBehind mounts the routes behind middleware, of which the test decides when the
// application is there.
func mountedBehind(t *testing.T, middleware func(*ginauth0.Auth) gin.HandlerFunc, edits ...func(*setup)) *app {
	t.Helper()
	var behind gin.HandlerFunc
	a := newApp(t, append(edits, func(s *setup) {
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) { behind(c) })
		}
	})...)
	behind = middleware(a.auth)
	return a
}

// A guard that a login has to pass sends the browser to the login, where it meets the
// same guard, and so on, with an address that grows.
func TestAGuardInFrontOfTheLoginDoesNotSendItToItselfForEver(t *testing.T) {
	t.Parallel()
	a := mountedBehind(t, func(auth *ginauth0.Auth) gin.HandlerFunc { return auth.RequireSession() }, config(func(c *ginauth0.Config) {
		c.Routes.EnableProfile, c.Routes.EnableAccessToken, c.Routes.EnableLinking = true, true, true
	}))
	for _, path := range []string{
		"/auth/login", "/auth/callback", "/auth/logout", "/auth/profile", "/auth/access-token",
		"/auth/connect", "/auth/connect/callback", "/auth/unconnect", "/auth/unconnect/callback",
	} {
		b := a.browser(t)
		page := b.get(path)
		if page.status != http.StatusInternalServerError || !strings.Contains(page.body, "configuration_error") || page.header.Get("Location") != "" ||
			!strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d to %s: %s", path, page.status, page.header.Get("Location"), page.body)
		}
		wantError(t, b.get(path, asJSON), http.StatusInternalServerError, `"error":"configuration_error"`)
	}
	if r := a.browser(t).do(http.MethodPost, "/auth/backchannel-logout"); r.status != http.StatusInternalServerError || !strings.Contains(r.body, "configuration_error") {
		t.Errorf("back-channel logout: %d %s", r.status, r.body)
	}
	if log := a.log.String(); !strings.Contains(log, "call Mount before router.Use(auth.RequireSession()), or guard a group") || !strings.Contains(log, "level=ERROR") {
		t.Errorf("log %s", log)
	}
	if r := a.browser(t).get("/profile"); r.status != http.StatusFound {
		t.Errorf("a page of the program: %d", r.status)
	}
}

// Sent to the tenant for a second factor, the browser would come back to a callback that
// lets nobody pass without one.
func TestAGuardInFrontOfTheCallbackDoesNotAskForMoreForEver(t *testing.T) {
	t.Parallel()
	strict := false
	a := mountedBehind(t, func(auth *ginauth0.Auth) gin.HandlerFunc {
		guard := auth.RequireSession(ginauth0.RequireMFA())
		return func(c *gin.Context) {
			if strict {
				guard(c)
			}
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	strict = true
	if r := b.get("/auth/callback"); r.status != http.StatusInternalServerError || !strings.Contains(r.body, "configuration_error") {
		t.Errorf("%d to %s", r.status, r.header.Get("Location"))
	}
}

func TestSessionMayStandInFrontOfTheLogin(t *testing.T) {
	t.Parallel()
	a := mountedBehind(t, (*ginauth0.Auth).Session)
	b := a.browser(t)
	b.login("/auth/login")
	if !b.signedIn() {
		t.Error("nobody is signed in")
	}
	if r := b.get("/auth/logout"); r.status != http.StatusFound || b.signedIn() {
		t.Errorf("logout: %d", r.status)
	}
}
