package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
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

func TestACookieOfTheSameNameHidesNoSessionInAnotherStore(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	ours := "_a0_session=" + b.sessionCookies()[0].Value
	older := a.browser(t)
	older.login("/auth/login")
	a.clock.advance(time.Hour)
	b.get("/") // is the newer one now
	store.set(func(s *stub) {
		s.onNew = func(_ int, session *gorilla.Session) error {
			if len(session.ID) > 4096 {
				return errors.New("the value is too long") // securecookie does not count that as decoding
			}
			return nil
		}
	})
	olderOne := "_a0_session=" + older.sessionCookies()[0].Value
	const junk, long = "_a0_session=junk", "long"
	for _, order := range [][]string{
		{ours}, {junk, ours}, {ours, junk}, {junk, junk, junk, ours}, {olderOne, ours}, {ours, olderOne}, {long, ours}, {ours, long}, {"_a0_session=", ours},
	} {
		header := strings.ReplaceAll(strings.Join(order, "; "), long, "_a0_session="+strings.Repeat("l", 5000))
		r := a.browser(t).get("/", "Cookie: "+header)
		if r.body != "hello Ada Lovelace" || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%q: %s %v", order, r.body, r.header["Set-Cookie"])
		}
	}
	for _, none := range []string{junk, junk + "; " + junk, "_a0_session=" + strings.Repeat("l", 5000), "_a0_session.0=2.x; _a0_session.1=y"} {
		r := a.browser(t).get("/profile", asJSON, "Cookie: "+none)
		if r.status != http.StatusUnauthorized || len(r.header.Values("Set-Cookie")) == 0 {
			t.Errorf("%.30s: %d %v", none, r.status, r.header["Set-Cookie"])
		}
	}
	// A login beside a cookie that does not go away, for it is of another path.
	callback := b.toCallback("/auth/login")
	attempt := b.attemptCookies()[0]
	r := a.browser(t).get(callback, "Cookie: "+junk+"; "+ours+"; "+attempt.String())
	if r.status != http.StatusFound || len(r.cookies("_a0_session")) != 1 {
		t.Fatalf("login: %d %v", r.status, r.header)
	}
	if r = a.browser(t).get("/", "Cookie: "+junk+"; _a0_session="+r.cookies("_a0_session")[0].Value); r.body != "hello Ada Lovelace" {
		t.Errorf("after the login: %s", r.body)
	}
	if ids := store.ids("_a0_session"); slices.Contains(ids, strings.TrimPrefix(ours, "_a0_session=")) {
		t.Error("the old row is still there")
	}
}

// A store that sets its cookie when the session is made, and never again.
func TestTheCookieOfAStoreThatSetsItOnceRolls(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(onceStore{store}))
	b := a.browser(t)
	b.login("/auth/login")
	value := b.sessionCookies()[0].Value
	for range 2 {
		a.clock.advance(time.Hour)
		r := b.get("/")
		if c := r.cookies("_a0_session"); r.body != "hello Ada Lovelace" || len(c) != 1 || c[0].Value != value || c[0].MaxAge < 86390 {
			t.Errorf("%s %v", r.body, r.header["Set-Cookie"])
		}
	}
}

type onceStore struct{ *stub }

func (s onceStore) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if session.ID != "" {
		w = lostAnswer{}
	}
	return s.stub.Save(r, w, session)
}

type lostAnswer struct{ http.ResponseWriter }

func (lostAnswer) Header() http.Header { return http.Header{} }

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
