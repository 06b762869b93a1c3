package ginauth0_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// slowStore answers, once it is told to be slow, when nobody waits any more.
type slowStore struct {
	sessions.Store

	slow  atomic.Bool
	asked chan struct{}
}

func (s *slowStore) New(r *http.Request, name string) (*gorilla.Session, error) {
	if s.slow.Load() {
		s.asked <- struct{}{}
		<-r.Context().Done()
		return gorilla.NewSession(s, name), r.Context().Err()
	}
	return s.Store.New(r, name)
}

// slowMarks is a LogoutStore of this kind.
type slowMarks struct {
	ginauth0.LogoutStore

	slow  atomic.Bool
	asked chan struct{}
}

func (s *slowMarks) Marked(ctx context.Context, keys ...string) ([]time.Time, error) {
	if s.slow.Load() {
		s.asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.LogoutStore.Marked(ctx, keys...)
}

// A browser that leaves is no failure of the store that it did not wait for; a store that
// takes longer than the server gives it is one.
func TestABrowserThatLeavesIsNoFailureOfTheStore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		marks, failOpen, deadline bool
	}{
		"the session store":                {},
		"the logout store":                 {marks: true},
		"the logout store, which may fail": {marks: true, failOpen: true},
		"the session store takes too long": {deadline: true},
		"the logout store takes too long":  {marks: true, deadline: true},
		"the same, and it may":             {marks: true, failOpen: true, deadline: true},
	} {
		for _, path := range []string{"/public", "/guarded"} {
			asked, ended := make(chan struct{}, 1), make(chan struct{})
			inner, err := ginauth0.NewCookieStore(secret2)
			if err != nil {
				t.Fatal(err)
			}
			store := &slowStore{Store: inner, asked: asked}
			marks := &slowMarks{LogoutStore: ginauth0.NewMemoryMarks(time.Now), asked: asked}
			var mu sync.Mutex
			var events []string
			a := newApp(t, func(s *setup) {
				s.config.Session.Store, s.config.LogoutStore = store, marks
				s.config.Session.DisableRolling, s.config.Session.OmitIDToken = true, true
				s.config.BackchannelLogout.FailOpen = test.failOpen
				s.config.OnEvent = func(_ context.Context, e ginauth0.Event) {
					mu.Lock()
					defer mu.Unlock()
					events = append(events, e.Name)
				}
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					watch := func(c *gin.Context) {
						defer close(ended)
						if test.deadline {
							ctx, cancel := context.WithTimeout(c.Request.Context(), 50*time.Millisecond)
							defer cancel()
							c.Request = c.Request.WithContext(ctx)
						}
						c.Next()
					}
					router.GET("/public", watch, auth.Session(), func(*gin.Context) {})
					router.GET("/guarded", watch, auth.RequireSession(), func(*gin.Context) {})
				}
			})
			b := a.browser(t)
			b.login("/auth/login")
			ctx, leave := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			store.slow.Store(!test.marks)
			marks.slow.Store(test.marks)
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				if response, err := b.client.Do(request); err == nil {
					_ = response.Body.Close()
				}
			}()
			<-asked
			if !test.deadline {
				leave()
			}
			<-ended
			leave()
			<-gone
			mu.Lock()
			failures := strings.Count(strings.Join(events, " "), "store_failed")
			mu.Unlock()
			loud := 0
			for line := range strings.Lines(a.log.String()) {
				if strings.Contains(line, "cause=") && !strings.Contains(line, "level=DEBUG") {
					loud++
				}
			}
			if want := test.deadline; (failures == 1) != want || failures > 1 || (loud > 0) != want {
				t.Errorf("%s, %s: store_failed %d times, %d lines above Debug; log %s", name, path, failures, loud, a.log)
			}
			if !strings.Contains(a.log.String(), "cause=") {
				t.Errorf("%s, %s: nothing in the log: %s", name, path, a.log)
			}
		}
	}
}
