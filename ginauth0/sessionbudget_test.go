package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// claimsOf gives the person a claim of so many bytes.
func claimsOf(a *app, size int) {
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["https://app.example/blob"] = strings.Repeat("x", size) })
}

func TestTheBudgetOfASession(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims   int
		maxBytes int
		status   int
		idToken  bool
	}{
		"a small one keeps everything":       {10, 0, 302, true},
		"4 KB drop the ID token":             {4 << 10, 0, 302, false},
		"9 KB are too much by default":       {9 << 10, 0, 500, false},
		"9 KB fit into a larger budget":      {9 << 10, 40960, 302, true},
		"20 KB are refused by default":       {20 << 10, 0, 500, false},
		"30 KB are refused by any budget":    {30 << 10, 40960, 500, false},
		"20 KB fit into the largest, barely": {20 << 10, 40960, 302, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(s *setup) {
				s.config.Session.MaxBytes = test.maxBytes
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					router.GET("/idtoken", auth.Session(), func(c *gin.Context) {
						s, _ := ginauth0.SessionFrom(c)
						blob, _ := s.User().Claim("https://app.example/blob")
						c.JSON(http.StatusOK, []any{s.HasIDToken(), len(s.Tokens()), len(blob.(string))})
					})
				}
			})
			claimsOf(a, test.claims)
			b := a.browser(t)
			r := b.get(b.toCallback("/auth/login"), asJSON)
			if r.status != test.status {
				t.Fatalf("%d %s", r.status, r.body)
			}
			if test.status != 302 {
				if !strings.Contains(r.body, `"error":"session_too_large"`) || len(b.sessionCookies()) != 0 || !strings.Contains(a.log.String(), "(user ") {
					t.Errorf("%s, %v, log %s", r.body, b.jarCookies(), a.log)
				}
				return
			}
			want := "[false,1,"
			if test.idToken {
				want = "[true,1,"
			}
			if got := b.get("/idtoken"); !strings.HasPrefix(got.body, want) {
				t.Errorf("session %s, want %s", got.body, want)
			}
			sum := 0
			for _, c := range b.sessionCookies() {
				sum += len(c.Value)
			}
			if limit := max(test.maxBytes, 8192); sum > limit {
				t.Errorf("%d bytes", sum)
			}
		})
	}
}
