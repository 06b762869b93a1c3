package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// wantNoDomain checks the answer to a request for which no domain is known.
func wantNoDomain(t testing.TB, what string, r answer) {
	t.Helper()
	if r.status != http.StatusInternalServerError || !strings.Contains(r.body, "configuration_error") || r.header.Get("Location") != "" {
		t.Errorf("%s: %d %s, Location %q", what, r.status, r.body, r.header.Get("Location"))
	}
	wantNoCookie(t, what, r)
}

// No redirect, no cookie, and pages that need nobody go on.
func TestResolverThatFails(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	signedIn := s.visitor(t)
	signedIn.login("/auth/login")
	stranger := s.visitor(t)
	for name, resolver := range brokenResolvers {
		s.resolve(resolver)
		for _, b := range []*browser{signedIn, stranger} {
			for _, accept := range []string{"Accept: text/html", asJSON} {
				wantNoDomain(t, name+": login", b.get("/auth/login", accept))
			}
			wantNoDomain(t, name+": guarded page", b.get("/profile"))
			wantNoCookie(t, name+": public page", b.wantPage("hello stranger"))
		}
		wantNoDomain(t, name+": guarded JSON", signedIn.get("/profile", asJSON))
		// Whoever has no session is nobody at every domain.
		wantError(t, stranger.get("/profile", asJSON), http.StatusUnauthorized, "unauthorized")
		s.resolve(s.byHost)
		signedIn.wantPage("hello Ada Lovelace")
	}
	if s.b.Requests("*") != 0 {
		t.Error("the tenant of the other domain was asked")
	}
	wantCounts(t, s.auth, 1, 0, 0)
}

// What a resolver says of its failure is for the log.
func TestFailureOfTheResolverStaysInside(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.resolve(failing)
	b := s.visitor(t)
	for _, accept := range []string{"Accept: text/html", asJSON} {
		if r := b.get("/auth/login", accept); strings.Contains(r.body, "list of tenants") {
			t.Errorf("it is shown: %s", r.body)
		}
	}
	if !strings.Contains(s.log.String(), "the list of tenants is gone") {
		t.Error("it is not in the log")
	}
}

// A panic is for the application's own recovery; the request goes nowhere then.
func TestResolverThatPanicked(t *testing.T) {
	t.Parallel()
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/login", func(c *gin.Context) {
				defer func() {
					if recover() == nil {
						t.Error("the panic did not pass")
					}
					auth.Fail(c, auth.Login(c, ginauth0.LoginOptions{}))
				}()
				_ = auth.Login(c, ginauth0.LoginOptions{})
			})
		}
	})
	s.resolve(func(*http.Request) (string, error) { panic("a resolver") })
	wantNoDomain(t, "after the panic", s.visitor(t).get("/login", asJSON))
	wantCounts(t, s.auth, 0, 0, 0)
}

func TestResolverIsAskedOncePerRequest(t *testing.T) {
	t.Parallel()
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			guard := router.Group("/", auth.Session(), auth.RequireSession(), auth.RequireSession())
			guard.GET("/login", func(c *gin.Context) { auth.Fail(c, auth.Login(c, ginauth0.LoginOptions{})) })
			guard.GET("/logout", func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
			router.GET("/leave", auth.Session(), func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
			router.GET("/open", func(c *gin.Context) { c.Status(http.StatusOK) })
		}
	})
	b := s.visitor(t)
	callback := b.toCallback("/auth/login")
	for _, test := range []struct {
		target string
		asked  int32
		status int
	}{
		{"/open", 0, 200},
		{"/", 0, 200}, // there is no session to judge
		{"/profile", 1, 302},
		{"/auth/login", 1, 302},
		{callback, 0, 302},
		{"/", 1, 200},
		{"/profile", 1, 200},
		{"/login", 1, 302},
		{"/logout", 1, 302},
		{"/logout", 1, 302},      // to the login
		{"/leave", 1, 302},       // without a session
		{"/auth/logout", 1, 302}, // likewise
	} {
		before := s.asked.Load()
		r := b.get(test.target)
		if asked := s.asked.Load() - before; asked != test.asked || r.status != test.status {
			t.Errorf("%s: %d, asked %d times; want %d and %d", test.target, r.status, asked, test.status, test.asked)
		}
	}
}
