package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"

	"github.com/gin-gonic/gin"
)

func TestPageRequest(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/html": true, "application/xhtml+xml": true, "text/html,*/*;q=0.8": true, "TEXT/HTML; q=0.1": true, "a/b, text/html": true,
		"": false, "*/*": false, "text/*": false, "text/html;q=0": false, "text/html;q=0.0": false, "text/html;q=x": false, "application/json": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := ginauth0.PageRequest(r); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

func TestSpeculativeRequestsEndAndBeginNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/in", func(c *gin.Context) { auth.Fail(c, auth.Login(c, ginauth0.LoginOptions{})) })
			router.GET("/out", auth.Session(), func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := b.sessionCookies()[0].Value
	for _, path := range []string{"/in", "/out", "/auth/login", "/auth/login?max_age=x&max_age=y", "/auth/logout", "/auth/logout?returnTo=a&returnTo=b"} {
		for _, header := range speculations {
			r := b.get(path, header)
			if r.status != http.StatusNoContent || r.body != "" || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s with %s: %d %v", path, header, r.status, r.header)
			}
		}
	}
	if b.sessionCookies()[0].Value != before || !b.signedIn() {
		t.Error("the session changed")
	}
}

var speculations = []string{
	"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Sec-Purpose: prefetch;anonymous-client-ip",
	"Purpose: prefetch", "Purpose: preview", "X-Purpose: preview", "X-Moz: prefetch",
}
