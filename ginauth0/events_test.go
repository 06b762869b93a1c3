package ginauth0_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// counted keeps what OnEvent is told.
type counted struct {
	mu     sync.Mutex
	events []ginauth0.Event
}

func (c *counted) count(ctx context.Context, e ginauth0.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx != nil {
		c.events = append(c.events, e)
	}
}

func (c *counted) take() []ginauth0.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.events
	c.events = nil
	return events
}

func TestEventsOfLoginAndLogout(t *testing.T) {
	t.Parallel()
	var counted counted
	store := newBrittleStore(t)
	a := newApp(t, func(s *setup) {
		s.config.OnEvent, s.config.Session.Store, s.config.Session.OmitIDToken = counted.count, store, true
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/revoke", func(c *gin.Context) { auth.Fail(c, auth.RevokeRefreshToken(c)) })
		}
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
	})
	issuer := a.tenant.Issuer()
	b := a.browser(t)
	want := func(what string, events ...ginauth0.Event) {
		t.Helper()
		if got := counted.take(); !slices.Equal(got, events) {
			t.Errorf("%s: %v, want %v", what, got, events)
		}
	}
	event := func(name, code string) ginauth0.Event { return ginauth0.Event{Name: name, Code: code, Issuer: issuer} }

	callback := b.toCallback("/auth/login")
	want("a login begins", event("login_started", ""))
	b.get(callback)
	want("a login ends", event("login", ""))
	b.get(callback)
	b.signedIn()
	want("nothing happens")

	a.tenant.EditIDToken(auth0test.WrongNonce)
	callback = b.toCallback("/auth/login")
	counted.take()
	b.get(callback)
	want("a bad ID token", event("login_refused", "invalid_id_token"))
	a.tenant.EditIDToken(nil)

	b.get("/auth/callback?state=x")
	want("a state of nobody", ginauth0.Event{Name: "login_refused", Code: "invalid_callback"})

	u, _ := url.Parse(b.toCallback("/auth/login"))
	q := u.Query()
	q.Set("error", "of the tenant's own making")
	counted.take()
	b.get("/auth/callback?" + q.Encode())
	want("an error of the tenant's own making", event("login_refused", "login_failed"))

	callback = b.toCallback("/auth/login")
	counted.take()
	store.noWriting.Store(true)
	b.get(callback)
	want("a store that fails", event("store_failed", ""), event("login_refused", "store_unavailable"))
	b.get("/revoke")
	want("a store that fails after a revocation", event("store_failed", ""))
	store.noReading.Store(true)
	b.get("/auth/logout")
	want("a logout without a store", ginauth0.Event{Name: "store_failed"}, ginauth0.Event{Name: "logout"})
	store.noReading.Store(false)
	store.noWriting.Store(false)

	b.login("/auth/login")
	counted.take()
	b.get("/auth/logout")
	want("a logout", event("logout", ""))
	b.get("/auth/logout")
	want("a logout of nobody", ginauth0.Event{Name: "logout"})
	b.get("/auth/logout", "Sec-Purpose: prefetch")
	b.get("/auth/login", "Sec-Purpose: prefetch")
	b.get("/auth/logout", "Origin: https://evil.example", asJSON)
	want("nothing is counted that does not happen")
}

func TestEvictedAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	var counted counted
	a := newApp(t, config(func(c *ginauth0.Config) { c.OnEvent = counted.count }))
	b := a.browser(t)
	evicted := 0
	for range 20 {
		r := b.get("/auth/login")
		wantOneLinePerName(t, r)
		gone := 0
		for _, line := range r.header.Values("Set-Cookie") {
			if strings.Contains(line, "Max-Age=0") {
				gone++
			}
		}
		var told int
		for _, e := range counted.take() {
			if e == (ginauth0.Event{Name: "attempt_evicted", Issuer: a.tenant.Issuer()}) {
				told++
			}
		}
		if told != gone {
			t.Errorf("%d evicted, %d counted", gone, told)
		}
		evicted += gone
	}
	if evicted == 0 || strings.Count(a.log.String(), "was evicted") != evicted {
		t.Errorf("%d evicted, log %s", evicted, a.log)
	}
}

// Error is for what is ours to repair, Debug for what is nobody's fault.
func TestLevelsOfTheLog(t *testing.T) {
	t.Parallel()
	store := newBrittleStore(t)
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Store, c.Session.OmitIDToken = store, true }))
	b := a.browser(t)
	for _, step := range []struct {
		do      func()
		message string
		level   string
		also    []string
	}{
		{func() { b.login("/auth/login") }, "msg=login ", "INFO", []string{"issuer=" + a.tenant.Issuer(), "session="}},
		{func() { b.get("/auth/callback?state=x") }, "msg=refused ", "WARN", []string{"error=invalid_callback"}},
		{func() { b.get("/auth/logout") }, "msg=logout ", "INFO", []string{"issuer=" + a.tenant.Issuer(), "session="}},
		{func() {
			callback := b.toCallback("/auth/login")
			store.noWriting.Store(true)
			b.get(callback)
			store.noWriting.Store(false)
		}, "msg=refused ", "ERROR", []string{"error=store_unavailable"}},
		{func() {
			a.tenant.Break("/oauth/token", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
			})
			b.get(b.toCallback("/auth/login"))
		}, "msg=refused ", "ERROR", []string{"error=configuration_error"}},
	} {
		before := len(a.log.String())
		step.do()
		a.clock.advance(time.Second)
		found := false
		for line := range strings.Lines(a.log.String()[before:]) {
			if !strings.Contains(line, step.message) {
				continue
			}
			found = true
			for _, text := range append(step.also, "level="+step.level) {
				if !strings.Contains(line, text) {
					t.Errorf("%s has no %s", strings.TrimSpace(line), text)
				}
			}
		}
		if !found {
			t.Errorf("no line with %s", step.message)
		}
	}
}
