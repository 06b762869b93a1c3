package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// lookedUp is a LogoutStore whose look-ups can fail, or answer for other keys.
type lookedUp struct {
	ginauth0.LogoutStore
	down  atomic.Bool
	short atomic.Bool
}

func (s *lookedUp) Marked(ctx context.Context, keys ...string) ([]time.Time, error) {
	switch {
	case s.down.Load():
		return nil, errors.New("connection to 10.0.0.7 refused")
	case s.short.Load():
		return make([]time.Time, len(keys)-1), nil
	}
	return s.LogoutStore.Marked(ctx, keys...)
}

func lookedUpIn(store **lookedUp, failOpen bool) func(*setup) {
	return func(s *setup) {
		*store = &lookedUp{LogoutStore: ginauth0.NewMemoryMarks(s.tenant.Now)}
		s.config.LogoutStore, s.config.BackchannelLogout.FailOpen = *store, failOpen
	}
}

// Who knows whether somebody was logged out? Nobody, so nobody passes; and nobody
// loses a session over it.
func TestSessionsAreNotServedWhileLogoutsCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*lookedUp) *atomic.Bool{
		"down":                   func(s *lookedUp) *atomic.Bool { return &s.down },
		"answers for other keys": func(s *lookedUp) *atomic.Bool { return &s.short },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var store *lookedUp
			a := newApp(t, lookedUpIn(&store, false))
			b := a.browser(t)
			b.login("/auth/login")
			fail(store).Store(true)
			r := b.get("/profile", asJSON)
			wantError(t, r, http.StatusServiceUnavailable, `{"error":"store_unavailable","error_description":"Sessions are not available at the moment."}`)
			if len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("cookies %v", r.header.Values("Set-Cookie"))
			}
			if page := b.get("/profile"); page.status != http.StatusServiceUnavailable || page.header.Get("Location") != "" {
				t.Errorf("a page request: %d to %s", page.status, page.header.Get("Location"))
			}
			if public := b.get("/"); public.status != http.StatusOK || public.body != "hello stranger" || len(public.header.Values("Set-Cookie")) != 0 {
				t.Errorf("a public page: %d %s %v", public.status, public.body, public.header)
			}
			fail(store).Store(false)
			if !b.signedIn() {
				t.Error("the session is lost")
			}
		})
	}
}

func TestFailOpenServesSessionsAndWarns(t *testing.T) {
	t.Parallel()
	var store *lookedUp
	a := newApp(t, lookedUpIn(&store, true))
	b := a.browser(t)
	b.login("/auth/login")
	store.down.Store(true)
	if r := b.get("/profile"); r.status != http.StatusOK || r.body != "profile of auth0|ada" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if log := a.log.String(); !strings.Contains(log, "level=WARN msg=\"a session is served although logouts cannot be looked up\"") {
		t.Errorf("no warning: %s", log)
	}
	// What can be looked up again counts again.
	store.down.Store(false)
	held := b.sessionCookies()
	b.get("/auth/logout")
	copied := a.browser(t)
	copied.setCookies(held...)
	if copied.signedIn() {
		t.Error("a copied cookie works after the logout")
	}
	// It fails open, as it says.
	store.down.Store(true)
	copied.setCookies(held...)
	if !copied.signedIn() {
		t.Error("refused although it should fail open")
	}
}
