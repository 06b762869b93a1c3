//go:build !race

package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A token that the session has costs little beside the loading of the session.
func TestAllocationsOfATokenThatIsThere(t *testing.T) {
	var auth *ginauth0.Auth
	a := newApp(t, refreshing, func(s *setup) {
		s.routes = func(router *gin.Engine, a *ginauth0.Auth) {
			auth = a
			router.GET("/bare", a.Session())
			router.GET("/token", a.Session(), func(c *gin.Context) {
				if _, err := auth.AccessToken(c, ginauth0.TokenOptions{}); err != nil {
					t.Error(err)
				}
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := a.tenant.Requests("*")
	count := func(target string) float64 {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		for _, c := range b.sessionCookies() {
			r.AddCookie(c)
		}
		return testing.AllocsPerRun(200, func() {
			copied := *r
			a.server.Config.Handler.ServeHTTP(discard{http.Header{}}, &copied)
		})
	}
	const limit = 15
	if more := count("/token") - count("/bare"); more > limit {
		t.Errorf("%v allocations, want at most %d", more, limit)
	} else {
		t.Logf("%v allocations", more)
	}
	if got := a.tenant.Requests("*") - before; got != 0 {
		t.Errorf("%d requests to the tenant", got)
	}
}

// Once the session is loaded there is next to nothing left to do.
func TestAllocationsOfCachedTokensBeyondLoading(t *testing.T) {
	tokens := newCachedTokens(t)
	before := tokens.app.tenant.Requests("*")
	const limit = 10
	for name, call := range map[string]func(int){"access": tokens.access, "connection": tokens.connection} {
		if allocations := testing.AllocsPerRun(200, func() { call(0) }); allocations > limit {
			t.Errorf("%s: %v allocations, want at most %d", name, allocations, limit)
		} else {
			t.Logf("%s: %v allocations", name, allocations)
		}
	}
	tokens.noRequest(t, before)
}
