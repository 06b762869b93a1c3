package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// copyOf gives another browser the cookies of this one, as a thief would.
func (b *browser) copyOf(t testing.TB) *browser {
	t.Helper()
	thief := b.app.browser(t)
	thief.setCookies(b.jarCookies()...)
	return thief
}

func TestACopiedCookieIsWorthlessAfterTheLogout(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "a store"} {
		a := newApp(t, config(func(c *ginauth0.Config) {
			if kind == "a store" {
				c.Session.Store = newBrittleStore(t)
			}
		}))
		b, other := a.browser(t), a.browser(t)
		b.login("/auth/login")
		other.login("/auth/login") // the same person elsewhere
		thief := b.copyOf(t)
		if !thief.signedIn() {
			t.Fatalf("%s: the copy does not work at all", kind)
		}
		b.get("/auth/logout")
		r := thief.get("/")
		if r.body != "hello stranger" || len(thief.sessionCookies()) != 0 {
			t.Errorf("%s: the copy answers %q", kind, r.body)
		}
		if !other.signedIn() {
			t.Errorf("%s: another session of the person ended too", kind)
		}
		b.login("/auth/login")
		if !b.signedIn() {
			t.Errorf("%s: nobody can sign in again", kind)
		}
	}
}

// An answer that was on its way when the session ended brings a fresh cookie of the
// old session, after the deletion.
func TestAnAnswerInFlightDoesNotReviveTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	inFlight := b.copyOf(t)
	rolled := inFlight.get("/").cookies("_a0_session")
	if len(rolled) != 1 || rolled[0].MaxAge <= 0 {
		t.Fatalf("the session did not roll: %v", rolled)
	}
	b.get("/auth/logout")
	b.setCookies(rolled[0])
	if b.signedIn() {
		t.Error("the session is alive again")
	}
	if len(b.sessionCookies()) != 0 {
		t.Error("the cookie is not cleared")
	}
}

func TestALogoutWithoutTheSessionStoreClearsTheCookies(t *testing.T) {
	t.Parallel()
	store := newBrittleStore(t)
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Store = store }))
	b := a.browser(t)
	b.login("/auth/login")
	b.toCallback("/auth/login")
	store.noReading.Store(true)
	store.noWriting.Store(true)
	r := b.get("/auth/logout?returnTo=/bye")
	query := r.location(t).Query()
	if r.status != http.StatusFound || r.location(t).Path != "/oidc/logout" || query.Get("post_logout_redirect_uri") != a.url+"/bye" || query.Has("id_token_hint") {
		t.Errorf("%d to %s", r.status, r.location(t))
	}
	if len(b.sessionCookies())+len(b.attemptCookies()) != 0 {
		t.Errorf("cookies %v", b.jarCookies())
	}
	if !strings.Contains(a.log.String(), "level=ERROR") {
		t.Errorf("log %s", a.log)
	}
}

// brittleMarks is a logout store that fails when told to, or when its caller gave up.
type brittleMarks struct {
	marked atomic.Int64
	down   atomic.Bool
}

func (m *brittleMarks) Mark(ctx context.Context, _ string, _ time.Time, _ time.Duration) error {
	if m.down.Load() {
		return errBrittle
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.marked.Add(1)
	return nil
}

func (m *brittleMarks) Marked(_ context.Context, keys ...string) ([]time.Time, error) {
	return make([]time.Time, len(keys)), nil
}

func (m *brittleMarks) Remember(context.Context, string, time.Duration) (bool, error) {
	return true, nil
}

func TestALogoutThatCannotBeMarkedIsLogged(t *testing.T) {
	t.Parallel()
	marks := &brittleMarks{}
	a := newApp(t, config(func(c *ginauth0.Config) { c.LogoutStore = marks }))
	b := a.browser(t)
	b.login("/auth/login")
	marks.down.Store(true)
	if r := b.get("/auth/logout"); r.status != http.StatusFound || b.signedIn() {
		t.Errorf("%d", r.status)
	}
	if !strings.Contains(a.log.String(), "could not be marked") {
		t.Errorf("log %s", a.log)
	}
}

// Somebody clicks and closes the window: the session ends all the same, and its
// refresh token too.
func TestALogoutOfABrowserThatHasLeft(t *testing.T) {
	t.Parallel()
	marks := &brittleMarks{}
	a := newApp(t, func(s *setup) {
		s.config.LogoutStore, s.config.Logout.Revoke = marks, true
		s.config.Scopes = []string{"openid", "offline_access"}
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) {
				if strings.HasSuffix(c.FullPath(), "/logout") {
					ctx, cancel := context.WithCancel(c.Request.Context())
					cancel()
					c.Request = c.Request.WithContext(ctx)
				}
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	b.get("/auth/logout")
	if marks.marked.Load() != 1 || a.tenant.Requests("/oauth/revoke") != 1 {
		t.Errorf("%d marks, %d revocations", marks.marked.Load(), a.tenant.Requests("/oauth/revoke"))
	}
}

// Once the answer has begun the browser cannot be told, but the session is ended.
func TestALogoutAfterTheAnswerHasBegun(t *testing.T) {
	t.Parallel()
	var failed atomic.Value
	a := newApp(t, func(s *setup) {
		s.config.Logout.Revoke = true
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/late", auth.Session(), func(c *gin.Context) {
				c.String(http.StatusOK, "begun")
				failed.Store(auth.Logout(c, ginauth0.LogoutOptions{}))
				if _, ok := ginauth0.SessionFrom(c); ok {
					t.Error("the request has its session still")
				}
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	if r := b.get("/late"); r.body != "begun" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	if err, _ := failed.Load().(error); !errors.Is(err, ginauth0.ErrResponseStarted) {
		t.Errorf("error %v", err)
	}
	if b.signedIn() {
		t.Error("the session is not ended")
	}
	if got := a.tenant.Requests("/oauth/revoke"); got != 0 {
		t.Errorf("%d revocations", got)
	}
}

func TestALogoutBeforeMountEndsTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	cold, err := ginauth0.NewAt(t.Context(), ginauth0.Config{
		Domain: a.tenant.Issuer(), ClientID: "c", ClientSecret: "s", Secrets: []ginauth0.Secret{secret1}, BaseURL: a.url,
	}, a.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer cold.Close()
	unmounted := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, _ *ginauth0.Auth) {
			router.GET("/bye", func(c *gin.Context) { cold.Fail(c, cold.Logout(c, ginauth0.LogoutOptions{})) })
		}
	})
	ub := unmounted.browser(t)
	ub.setCookies(b.sessionCookies()...)
	wantError(t, ub.get("/bye", asJSON), http.StatusInternalServerError, `"error":"server_error"`)
	if len(ub.sessionCookies()) != 0 {
		t.Error("the cookies are not cleared")
	}
}

// An endpoint that hangs for ever keeps nobody from leaving.
func TestALogoutWaitsForTheTenantThreeSecondsInAll(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Logout.Revoke, c.Scopes = true, []string{"openid", "offline_access"}
		c.HTTPTimeout = time.Hour
	}))
	b := a.browser(t)
	b.login("/auth/login")
	a.tenant.Break("/oauth/revoke", auth0test.Hang)
	r := b.get("/auth/logout") // ends at all
	if r.status != http.StatusFound || r.location(t).Path != "/oidc/logout" || len(b.sessionCookies()) != 0 {
		t.Errorf("%d to %s", r.status, r.header.Get("Location"))
	}
	if !strings.Contains(a.log.String(), "could not be revoked") {
		t.Errorf("log %s", a.log)
	}
}
