package ginauth0_test

import (
	"net/http"
	"testing"
	"time"

	gorilla "github.com/gorilla/sessions"
)

// A store that keeps the id would give the new session to whoever knows the id
// of the old one.
func TestALoginInAStoreThatKeepsTheID(t *testing.T) {
	t.Parallel()
	for name, restorable := range map[string]bool{"of a session": true, "of a row that is gone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStub()
			a := newApp(t, storedIn(store))
			b := a.browser(t)
			b.login("/auth/login")
			attacker := a.withCookies(t, b.sessionCookies())
			id := b.sessionCookies()[0].Value
			a.tenant.SetAutoApprove("grace")
			callback := b.toCallback("/auth/login")
			store.set(func(s *stub) {
				s.onSave = func(session *gorilla.Session) error { session.ID = id; return nil }
				if !restorable {
					clear(s.rows)
				}
			})
			r := b.get(callback, asJSON)
			wantError(t, r, http.StatusServiceUnavailable, `"error":"store_unavailable"`)
			if len(r.cookies("_a0_session")) != 0 {
				t.Errorf("cookies %v", r.header["Set-Cookie"])
			}
			want, rows := "hello stranger", 0
			if restorable {
				want, rows = "hello Ada Lovelace", 1
			}
			store.wantIDs(t, rows)
			for who, b := range map[string]*browser{"the person": b, "whoever knows the id": attacker} {
				if got := b.get("/").body; got != want {
					t.Errorf("%s: %s, want %s", who, got, want)
				}
			}
		})
	}
}

// cookieIDs takes the id from the cookie of the request when it saves, as some
// stores for databases do.
type cookieIDs struct{ *stub }

func (s cookieIDs) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	session.ID = ""
	if c, err := r.Cookie(session.Name()); err == nil {
		session.ID = c.Value
	}
	return s.stub.Save(r, w, session)
}

func TestTheIDRotatesInAStoreThatTakesItFromTheCookie(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(cookieIDs{store}))
	b := a.browser(t)
	b.setCookies(&http.Cookie{Name: "_a0_session", Value: "planted", Path: "/"})
	last := "planted"
	for range 3 {
		b.login("/auth/login")
		now := b.sessionCookies()[0].Value
		if store.wantIDs(t, 1); now == last || now != store.ids("_a0_session")[0] {
			t.Errorf("the id stays %s, the row has %v", now, store.ids("_a0_session"))
		}
		last = now
		a.clock.advance(time.Hour)
		if !b.signedIn() || store.ids("_a0_session")[0] != last {
			t.Error("rolling loses the session")
		}
	}
	b.get("/auth/logout")
	store.wantIDs(t, 0)
}

func TestAStoreThatSuggestsAnIDIsNotFollowed(t *testing.T) {
	t.Parallel()
	store := newStub()
	store.onNew = func(_ int, session *gorilla.Session) error {
		if session.ID == "" {
			session.ID = "known to everybody"
		}
		return nil
	}
	b := newApp(t, storedIn(store)).browser(t)
	b.login("/auth/login")
	if b.sessionCookies()[0].Value == "known to everybody" || !b.signedIn() {
		t.Errorf("the session is %s", b.sessionCookies()[0].Value)
	}
}
