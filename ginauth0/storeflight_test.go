package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withCookies is a browser that has these cookies of another one.
func (a *app) withCookies(t testing.TB, cookies []*http.Cookie) *browser {
	t.Helper()
	b := a.browser(t)
	b.setCookies(cookies...)
	return b
}

// once runs a function the first time that it is called.
func once(f func()) func() {
	var done atomic.Bool
	return func() {
		if done.CompareAndSwap(false, true) {
			f()
		}
	}
}

// The row is there when the request reads it, and gone when it wants to write.
func TestAnUpdateInFlightRevivesNoRow(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	other := a.withCookies(t, b.sessionCookies())
	a.clock.advance(time.Hour)
	store.set(func(s *stub) {
		read := false
		logout := once(func() { other.get("/auth/logout") })
		s.onNew = func(int, *gorilla.Session) error {
			if read {
				logout()
			}
			read = true
			return nil
		}
	})
	r := b.get("/")
	store.set(func(s *stub) { s.onNew = nil })
	if gone := r.cookies("_a0_session"); r.body != "hello stranger" || len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("%s %v", r.body, r.header["Set-Cookie"])
	}
	store.wantIDs(t, 0)
}

// The row is gone a moment later, so that the write brings it back.
func TestAMarkEndsWhatARaceBroughtBack(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	other := a.withCookies(t, b.sessionCookies())
	a.clock.advance(time.Hour)
	logout := once(func() { other.get("/auth/logout") })
	store.set(func(s *stub) {
		s.onSave = func(session *gorilla.Session) error {
			if session.Options.MaxAge > 0 {
				logout()
			}
			return nil
		}
	})
	b.get("/")
	store.wantIDs(t, 1) // such stores have no conditions
	if r := b.get("/"); r.body != "hello stranger" || len(b.sessionCookies()) != 0 {
		t.Errorf("after the logout: %s %v", r.body, r.header["Set-Cookie"])
	}
	store.wantIDs(t, 0)
}

// Two requests roll at once: the second one writes on top of what the first one
// wrote, and not what it read before.
func TestAnUpdateSeesThatOthersWroteTheRow(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	other := a.withCookies(t, b.sessionCookies())
	a.clock.advance(time.Hour)
	var news []int
	store.set(func(s *stub) {
		s.news = 0
		s.onNew = func(call int, _ *gorilla.Session) error {
			if call == 2 {
				news = append(news, call)
				if r := other.get("/"); len(r.cookies("_a0_session")) != 1 {
					t.Errorf("the other request did not roll: %v", r.header)
				}
			}
			return nil
		}
	})
	r := b.get("/")
	if r.body != "hello Ada Lovelace" || len(r.cookies("_a0_session")) != 1 {
		t.Errorf("%s %v", r.body, r.header["Set-Cookie"])
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	// read, (the other one: read, reread), reread: changed; read again, reread.
	if store.news != 6 || len(news) != 1 {
		t.Errorf("the store was read %d times, want 6", store.news)
	}
}

func TestAStoreThatWritesAgainAndAgain(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	a.clock.advance(3 * time.Hour)
	var changes []map[any]any
	other := newApp(t, storedIn(store), config(func(c *ginauth0.Config) { c.Domain = a.tenant.Issuer() }))
	for range 2 { // two states of one session, sealed differently
		moved := other.withCookies(t, b.sessionCookies())
		other.clock.advance(time.Hour)
		moved.get("/")
		changes = append(changes, map[any]any{"ginauth0": store.text(t)})
	}
	id := "_a0_session " + b.sessionCookies()[0].Value
	saves := 0
	store.set(func(s *stub) {
		s.news = 0
		s.onNew = func(call int, _ *gorilla.Session) error {
			store.set(func(s *stub) { s.rows[id] = changes[call%2] })
			return nil
		}
		s.onSave = func(*gorilla.Session) error { saves++; return nil }
	})
	if r := b.get("/"); r.body != "hello Ada Lovelace" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%s %v", r.body, r.header)
	}
	if log := a.log.String(); !strings.Contains(log, "a session could not be rolled") || !strings.Contains(log, ginauth0.ErrConflict.Error()) {
		t.Errorf("log %s", log)
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	if saves != 0 || store.news != 1+4+3 { // read; four tries; read again three times
		t.Errorf("%d writes, read %d times", saves, store.news)
	}
}

// The application keeps data of its own in the same store, under another name.
func TestTheApplicationsOwnSessionSurvives(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]ginsessions.Store{"a foreign store": newStub(), "our cookie store": newStore(t, secret1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store.Options(ginsessions.Options{Path: "/", MaxAge: 3600})
			if s, ok := store.(*stub); ok {
				s.cookie = func(line *http.Cookie) { line.Path, line.Domain, line.MaxAge = "/", "", 3600 }
			}
			type key struct{}
			a := newApp(t, storedIn(store), func(s *setup) {
				s.mount = func(router *gin.Engine) gin.IRouter {
					router.Use(ginsessions.Sessions("app", store), func(c *gin.Context) {
						c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, 1))
					})
					return router
				}
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					router.GET("/set", func(c *gin.Context) {
						ginsessions.Default(c).Set("basket", c.Query("v"))
						c.Request = c.Request.Clone(c.Request.Context())
						if err := ginsessions.Default(c).Save(); err != nil {
							t.Error(err)
						}
					})
					router.GET("/basket", auth.Session(), func(c *gin.Context) {
						value, _ := ginsessions.Default(c).Get("basket").(string)
						_, signedIn := ginauth0.UserFrom(c)
						c.String(http.StatusOK, "%s %v", value, signedIn)
					})
					// Both are written in one answer, whatever the order.
					router.GET("/both", auth.Session(), func(c *gin.Context) {
						ginsessions.Default(c).Set("basket", "three")
						if err := errors.Join(ginsessions.Default(c).Save(), gorilla.Save(c.Request, c.Writer)); err != nil {
							t.Error(err)
						}
					})
				}
			})
			b := a.browser(t)
			want := func(basket string) {
				t.Helper()
				if got := b.get("/basket").body; got != basket {
					t.Errorf("basket %q, want %q", got, basket)
				}
			}
			b.get("/set?v=one")
			want("one false")
			b.login("/auth/login")
			want("one true")
			b.get("/set?v=two")
			want("two true")
			b.login("/auth/login")
			want("two true")
			a.clock.advance(time.Minute * 30)
			b.get("/both")
			want("three true")
			b.get("/auth/logout")
			want("three false")
			if s, ok := store.(*stub); ok && (len(s.ids("app")) != 1 || len(s.ids("_a0_session")) != 0) {
				t.Errorf("rows %v", s.rows)
			}
		})
	}
}

func TestManyRequestsOfManyPeopleInAnotherStore(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(store))
	var group sync.WaitGroup
	browsers := make([]*browser, 8)
	for i := range browsers {
		browsers[i] = a.browser(t)
		callback := browsers[i].toCallback("/auth/login")
		group.Go(func() {
			if r := browsers[i].get(callback); r.status != http.StatusFound {
				t.Errorf("callback %d", r.status)
			}
		})
	}
	group.Wait()
	store.wantIDs(t, len(browsers))
	for i := range 2 * len(browsers) { // two tabs each
		group.Go(func() {
			b := browsers[i/2]
			for range 5 {
				a.clock.advance(20 * time.Second)
				if !b.signedIn() {
					t.Error("signed out")
				}
			}
		})
	}
	group.Wait()
	for _, b := range browsers {
		group.Go(func() { b.get("/auth/logout") })
	}
	group.Wait()
	store.wantIDs(t, 0)
}
