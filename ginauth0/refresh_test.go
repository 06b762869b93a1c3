package ginauth0_test

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestAValidTokenCostsNoNetwork(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	before := a.tenant.Requests("*")
	first := b.token("")
	a.clock.advance(59*time.Minute + 29*time.Second) // 31 s left
	if second := b.token(""); second.Token != first.Token {
		t.Error("another token")
	}
	if got := a.tenant.Requests("*") - before; got != 0 {
		t.Errorf("%d requests to the tenant", got)
	}
	want := []string{"openid", "profile", "email", "offline_access", "read:messages"}
	if first.Type != "Bearer" || first.Audience != auth0test.DefaultAudience || !slices.Equal(first.Scopes, want) || first.Token == "" {
		t.Errorf("%+v", first)
	}
	if left := first.ExpiresAt.Sub(a.clock.Now()); left < 29*time.Second || left > 31*time.Second {
		t.Errorf("expires in %v", left)
	}
}

func TestATokenIsRenewedInsideItsLast30Seconds(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	first := b.token("")
	a.clock.advance(59*time.Minute + 31*time.Second)
	second := b.token("")
	if second.Token == first.Token {
		t.Error("the old token")
	}
	a.wantUses(t, 1, 1)
	// It is in the session, with the refresh token that came along.
	if third := b.token(""); third.Token != second.Token {
		t.Error("not kept")
	}
	for range 3 {
		a.clock.advance(time.Hour)
		b.token("")
	}
	a.wantUses(t, 1, 4)
}

func TestWithoutARefreshToken(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.Scopes = []string{"openid"} }))
	first := b.token("")
	if page := b.tokenPage("?force"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
		t.Errorf("forced: %+v", page)
	}
	if page := b.tokenPage("?audience=" + secondAudience); page.Error != ginauth0.ErrNoRefreshToken.Error() {
		t.Errorf("another audience: %+v", page)
	}
	a.clock.advance(time.Hour - time.Second) // inside the buffer
	if second := b.token(""); second.Token != first.Token {
		t.Error("another token")
	}
	a.clock.advance(2 * time.Second)
	if page := b.tokenPage(""); page.Error != ginauth0.ErrNoRefreshToken.Error() || !page.SignedIn {
		t.Errorf("expired: %+v", page)
	}
	a.wantUses(t, 1, 0)
}

func TestNoSessionNoToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing)
	if page := a.browser(t).tokenPage(""); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("%+v", page)
	}
}

func TestTheCeilingEndsTokensToo(t *testing.T) {
	t.Parallel()
	var passes func()
	a := newApp(t, refreshing, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/token", auth.Session(), func(c *gin.Context) {
				if c.Query("later") != "" {
					passes()
				}
				showToken(c, auth)
			})
		}
	})
	passes = func() { a.clock.advance(11 * time.Minute) }
	end := a.clock.Now().Add(10 * time.Minute).Unix()
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = end })
	b := a.browser(t)
	b.login("/auth/login")
	if page := b.tokenPage("?force&later=1"); page.Error != ginauth0.ErrSessionExpired.Error() {
		t.Errorf("passed during the request: %+v", page)
	}
	// From then on the cookie does not open.
	if page := b.tokenPage(""); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("the request after that: %+v", page)
	}
	// A session that is over for another reason is none.
	a.tenant.EditIDToken(nil)
	b.login("/auth/login")
	passes = func() { a.clock.advance(25 * time.Hour) }
	if page := b.tokenPage("?later=1"); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("inactive for a day: %+v", page)
	}
	a.wantUses(t, 2, 0)
}

func TestTwoCallsInOneRequest(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessions.Store{"cookies": nil, "rows": newRowStore(), "somebody else's rows": newStub()} {
		a, b := signedInRefreshing(t, storedIn(store), func(s *setup) {
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				router.GET("/token", func(c *gin.Context) {
					first, err := auth.AccessToken(c, ginauth0.TokenOptions{})
					second, err2 := auth.AccessToken(c, ginauth0.TokenOptions{Audience: secondAudience, Scopes: []string{"read:files"}})
					session, _ := ginauth0.SessionFrom(c)
					if tokens := session.Tokens(); len(tokens) != 2 {
						t.Errorf("%s: the session has %+v", name, tokens)
					}
					third, err3 := auth.AccessToken(c, ginauth0.TokenOptions{})
					if err := errors.Join(err, err2, err3); err != nil || first.Token != third.Token || second.Token == third.Token {
						t.Errorf("%s: error %v, the same %v", name, err, first.Token == third.Token)
					}
					seen := map[string]bool{}
					for _, line := range (&http.Response{Header: c.Writer.Header()}).Cookies() {
						if seen[line.Name] {
							t.Errorf("%s: two lines for %s", name, line.Name)
						}
						seen[line.Name] = true
					}
					c.JSON(http.StatusOK, tokenPage{})
				})
			}
		})
		a.clock.advance(2 * time.Hour)
		b.token("")
		a.wantUses(t, 1, 2)
	}
}

func TestAfterTheResponseStartedTheTenantIsNotAsked(t *testing.T) {
	t.Parallel()
	var failure error
	a, b := signedInRefreshing(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/late", auth.Session(), func(c *gin.Context) {
				c.Writer.WriteHeaderNow()
				_, failure = auth.AccessToken(c, ginauth0.TokenOptions{})
				_, _ = c.Writer.WriteString("done")
			})
		}
	})
	if b.get("/late"); failure != nil {
		t.Errorf("a token that is there: %v", failure)
	}
	a.clock.advance(time.Hour)
	if b.get("/late"); !errors.Is(failure, ginauth0.ErrResponseStarted) {
		t.Errorf("error %v", failure)
	}
	a.wantUses(t, 1, 0)
}

// Those who want the same at the same moment share one use.
func TestFiftyAtOnceUseTheRefreshTokenOnce(t *testing.T) {
	t.Parallel()
	var counted counted
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.OnEvent = counted.count }))
	a.clock.advance(time.Hour)
	a.tenant.Break(tokenPath, auth0test.Hang)
	tokens := make([]string, 50)
	var group sync.WaitGroup
	for i := range tokens {
		tab := b.twin()
		group.Go(func() { tokens[i] = tab.tokenPage("").Token })
	}
	for a.auth.WaitingForRefresh() < len(tokens) {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	for _, token := range tokens {
		if token == "" || token != tokens[0] {
			t.Fatalf("another token: %v", token != tokens[0])
		}
	}
	a.wantUses(t, 1, 1)
	refreshes, shared := 0, 0
	for _, e := range counted.take() {
		switch e {
		case ginauth0.Event{Name: "refresh", Issuer: a.tenant.Issuer()}:
			refreshes++
		case ginauth0.Event{Name: "refresh_shared", Issuer: a.tenant.Issuer()}:
			shared++
		}
	}
	if refreshes != 1 || shared != 49 {
		t.Errorf("%d refreshes, %d shared", refreshes, shared)
	}
}
