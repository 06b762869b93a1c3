package ginauth0_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/sessions"
)

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
