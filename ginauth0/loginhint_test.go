package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The tenant's login page knows who is expected, through whichever door the hint came.
func TestLoginHintsReachTheLoginPage(t *testing.T) {
	t.Parallel()
	for _, par := range []bool{false, true} {
		a := newApp(t, func(s *setup) {
			s.tenant.AutoApprove = ""
			s.config.PAR = par
			s.config.AuthorizationParams = map[string]string{"login_hint": "from the configuration"}
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				router.GET("/custom", func(c *gin.Context) {
					if err := auth.Login(c, ginauth0.LoginOptions{Params: map[string]string{"login_hint": "from the program"}}); err != nil {
						auth.Fail(c, err)
					}
				})
			}
		})
		pushed := a.record(parPath)
		for target, want := range map[string]string{
			"/auth/login": "from the configuration", "/auth/login?login_hint=from+the+query": "from the query", "/custom": "from the program", "/custom?login_hint=evil": "from the program",
		} {
			b := a.browser(t)
			r := b.get(target)
			for range 5 {
				if r.status != http.StatusFound {
					break
				}
				r = b.get(r.url.ResolveReference(r.location(t)).String())
			}
			if r.status != http.StatusOK || !strings.Contains(r.body, `value="`+want+`"`) {
				t.Errorf("PAR %v, %s: %d %s", par, target, r.status, r.body)
			}
		}
		if got := len(pushed.all()); got != map[bool]int{false: 0, true: 4}[par] {
			t.Errorf("PAR %v: %d pushed requests", par, got)
		}
	}
}
