package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// An application can give each customer a host: middleware in front of the login route
// says for whom a login there is.
func TestAnOrganizationForEachHost(t *testing.T) {
	t.Parallel()
	organizations := map[string]string{}
	a := newApp(t, withOrganizations(nil), func(s *setup) {
		first := strings.TrimPrefix(s.config.BaseURL, "http://")
		second := strings.Replace(first, "127.0.0.1", "localhost", 1)
		organizations[first], organizations[second] = "org_1", "org_2"
		s.config.ExtraBaseURLs = []string{"http://" + second}
		s.mount = func(router *gin.Engine) gin.IRouter {
			router.Use(func(c *gin.Context) {
				if c.Request.URL.Path == "/auth/login" {
					query := c.Request.URL.Query()
					query.Set("organization", organizations[c.Request.Host])
					c.Request.URL.RawQuery = query.Encode()
				}
			})
			return router
		}
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/ours", auth.RequireSession(), func(c *gin.Context) {
				if user, _ := ginauth0.UserFrom(c); user.OrganizationID != organizations[c.Request.Host] {
					auth.Fail(c, ginauth0.ErrOrganization)
					return
				}
				c.String(http.StatusOK, "yours")
			})
		}
	})
	other := "Host: " + strings.Replace(strings.TrimPrefix(a.url, "http://"), "127.0.0.1", "localhost", 1)
	b := a.browser(t)
	if at := b.get("/auth/login", other).location(t); at.Query().Get("organization") != "org_2" {
		t.Errorf("at the other host a login is for %s", at.Query().Get("organization"))
	}
	b.login("/auth/login?organization=org_2&returnTo=/ours") // a link does not choose
	if got := b.get("/organization").body; got != "org_1 acme" {
		t.Errorf("signed in for %q", got)
	}
	if got := b.get("/ours").body; got != "yours" {
		t.Errorf("ours: %s", got)
	}
	// A cookie belongs to a host only as long as the person does not carry it elsewhere.
	session := b.sessionCookies()[0]
	carried := "Cookie: " + session.Name + "=" + session.Value
	if got := b.get("/organization", other, carried).body; got != "org_1 acme" {
		t.Errorf("carried to the other host: %q", got)
	}
	wantError(t, b.get("/ours", other, carried, asJSON), http.StatusForbidden, "organization_mismatch")
}
