package ginauth0_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// errOutage is what a store says that cannot be reached.
var errOutage = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

// small makes records of less than 2000 bytes.
func small(s *setup) { s.config.Session.OmitIDToken = true }

func TestAnotherStoreKeepsASessionForItsWholeLife(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(store))
	b := a.browser(t)

	r := b.login("/auth/login")
	first := b.sessionCookies()
	if c := r.cookies("_a0_session"); len(c) != 1 || c[0].Path != "/" || c[0].Domain != "" || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].MaxAge < 86390 || c[0].MaxAge > 86400 {
		t.Errorf("the cookie at login %v", r.header["Set-Cookie"])
	}
	written := store.text(t)
	if !b.signedIn() || store.text(t) != written {
		t.Error("reading it ends or writes the session")
	}

	a.clock.advance(time.Hour)
	r = b.get("/")
	if c := r.cookies("_a0_session"); r.body != "hello Ada Lovelace" || len(c) != 1 || c[0].Value != first[0].Value || c[0].Path != "/" || c[0].MaxAge < 86390 {
		t.Errorf("rolling: %s %v", r.body, r.header["Set-Cookie"])
	}
	if store.text(t) == written {
		t.Error("rolling did not write the row")
	}

	b.login("/auth/login")
	second := b.sessionCookies()
	store.wantIDs(t, 1)
	if second[0].Value == first[0].Value {
		t.Error("the second login kept the id")
	}
	old := a.browser(t)
	old.setCookies(first...)
	if old.signedIn() {
		t.Error("the id from before the second login still works")
	}

	r = b.get("/auth/logout")
	if len(b.sessionCookies()) != 0 || len(r.cookies("_a0_session")) != 1 {
		t.Errorf("logout %v", r.header["Set-Cookie"])
	}
	store.wantIDs(t, 0)
}

func TestNothingIsReadableInAnotherStore(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(store), config(func(c *ginauth0.Config) { c.Scopes = []string{"openid", "profile", "offline_access"} }))
	a.browser(t).login("/auth/login")
	text := store.text(t)
	for _, secret := range []string{"access_token", "refresh_token", "id_token", "rid", "sub", "Ada", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is readable in the row", secret)
		}
	}
	// And it opens with the secrets of the application alone.
	other := newApp(t, storedIn(store), config(func(c *ginauth0.Config) {
		c.Domain, c.Secrets = a.tenant.Issuer(), []ginauth0.Secret{secret2}
	}))
	b := other.browser(t)
	b.setCookies(&http.Cookie{Name: "_a0_session", Value: store.ids("_a0_session")[0], Path: "/"})
	if b.signedIn() {
		t.Error("opened with another secret")
	}
	store.wantIDs(t, 0) // it is of no use any more
}

func TestAnExpiredSessionLeavesNoRow(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	a.clock.advance(24 * time.Hour)
	if r := b.get("/"); r.body != "hello stranger" || len(r.cookies("_a0_session")) != 1 || len(b.sessionCookies()) != 0 {
		t.Errorf("%s %v", r.body, r.header["Set-Cookie"])
	}
	store.wantIDs(t, 0)
}

func TestARotatedSecretResealsTheRow(t *testing.T) {
	t.Parallel()
	store := newStub()
	a, b := signedInAt(t, store)
	cookies, before := b.sessionCookies(), store.text(t)
	for _, secrets := range [][]ginauth0.Secret{{secret2, secret1}, {secret2}} {
		rotated := newApp(t, storedIn(store), config(func(c *ginauth0.Config) { c.Domain, c.Secrets = a.tenant.Issuer(), secrets }))
		b := rotated.browser(t)
		b.setCookies(cookies...)
		if !b.signedIn() || store.text(t) == before {
			t.Errorf("with %d secrets the session is lost, or not sealed anew", len(secrets))
		}
	}
}

// notDecoding is what securecookie says about a cookie that it did not make.
type notDecoding struct{}

func (notDecoding) Error() string  { return "the value is not valid" }
func (notDecoding) IsDecode() bool { return true }

func TestWhatAStoreSaysAboutAnAbsentSession(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"the cookie does not decode": notDecoding{},
		"the same, wrapped":          fmt.Errorf("store: %w", notDecoding{}),
		"the file is missing":        &fs.PathError{Op: "open", Path: "session", Err: fs.ErrNotExist},
		"the row is missing":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStub()
			a := newApp(t, storedIn(store))
			b := a.browser(t)
			b.login("/auth/login")
			store.set(func(s *stub) {
				clear(s.rows)
				s.onNew = func(_ int, session *gorilla.Session) error {
					if session.ID != "" {
						return err
					}
					return nil
				}
			})
			r := b.get("/profile", asJSON)
			wantError(t, r, http.StatusUnauthorized, `"error":"unauthorized"`)
			if gone := r.cookies("_a0_session"); len(gone) != 1 || gone[0].MaxAge >= 0 || len(b.sessionCookies()) != 0 {
				t.Errorf("not cleared: %v", r.header["Set-Cookie"])
			}
			store.set(func(s *stub) { s.onNew = nil })
			b.login("/auth/login")
			store.wantIDs(t, 1)
		})
	}
}

func TestAForgedIDOpensNothing(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(store))
	a.browser(t).login("/auth/login")
	for _, value := range []string{"1", strings.Repeat("A", 26), store.ids("_a0_session")[0] + "x"} {
		b := a.browser(t)
		b.setCookies(&http.Cookie{Name: "_a0_session", Value: value, Path: "/"})
		if r := b.get("/"); r.body != "hello stranger" || len(b.sessionCookies()) != 0 {
			t.Errorf("%s: %s %v", value, r.body, r.header["Set-Cookie"])
		}
	}
	store.wantIDs(t, 1)
}

// A row that holds something else than our record under our key.
func TestAForgedRowOpensNothing(t *testing.T) {
	t.Parallel()
	store := newStub()
	a := newApp(t, storedIn(store))
	for name, value := range map[string]any{"no string": 7, "plain JSON": `{"v":1,"rid":"r","created":1}`, "empty": ""} {
		store.set(func(s *stub) { s.rows["_a0_session id"] = map[any]any{"ginauth0": value} })
		b := a.browser(t)
		b.setCookies(&http.Cookie{Name: "_a0_session", Value: "id", Path: "/"})
		if r := b.get("/"); r.body != "hello stranger" || len(b.sessionCookies()) != 0 {
			t.Errorf("%s: %s %v", name, r.body, r.header["Set-Cookie"])
		}
		store.wantIDs(t, 0)
	}
}

func TestAStoreThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, onNew := range map[string]func(int, *gorilla.Session) error{
		"out of reach":  func(int, *gorilla.Session) error { return errOutage },
		"another error": func(int, *gorilla.Session) error { return errors.New("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStub()
			a := newApp(t, storedIn(store))
			b := a.browser(t)
			b.login("/auth/login")
			callback := b.toCallback("/auth/login")
			store.set(func(s *stub) { s.onNew = onNew })
			if r := b.get("/"); r.status != http.StatusOK || r.body != "hello stranger" || len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("Session: %d %s %v", r.status, r.body, r.header)
			}
			r := b.get("/profile", asJSON)
			wantError(t, r, http.StatusServiceUnavailable, `"error":"store_unavailable"`)
			if len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("RequireSession sets cookies: %v", r.header["Set-Cookie"])
			}
			r = b.get(callback, asJSON)
			wantError(t, r, http.StatusServiceUnavailable, `"error":"store_unavailable"`)
			if len(r.cookies("_a0_session")) != 0 {
				t.Errorf("the callback touches the session: %v", r.header["Set-Cookie"])
			}
			store.set(func(s *stub) { s.onNew = nil })
			if !b.signedIn() {
				t.Error("the session did not survive the outage")
			}
			store.wantIDs(t, 1)
		})
	}
}

// nilStore returns neither a session nor an error.
type nilStore struct{ *stub }

func (nilStore) New(*http.Request, string) (*gorilla.Session, error) { return nil, nil } //nolint:nilnil // that is the point

func TestAStoreThatReturnsNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, storedIn(nilStore{newStub()}))
	b := a.browser(t)
	wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	b.setCookies(&http.Cookie{Name: "_a0_session", Value: "id", Path: "/"})
	wantError(t, b.get("/profile", asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if strings.Contains(a.log.String(), "%!") {
		t.Errorf("log %s", a.log)
	}
}

// No half login: whatever goes wrong while the session is written, the answer
// says so, no new session is there, and the one from before is.
func TestALoginThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	const tooLarge, unavailable = `"error":"session_too_large"`, `"error":"store_unavailable"`
	isLogin := func(session *gorilla.Session) bool { return session.Options.MaxAge > 0 }
	for name, test := range map[string]struct {
		fault  func(*stub)
		small  bool
		status int
		code   string
	}{
		"out of reach": {func(s *stub) {
			s.onSave = func(*gorilla.Session) error { return errOutage }
		}, false, http.StatusServiceUnavailable, unavailable},
		"refused, of a short record": {func(s *stub) {
			s.onSave = func(*gorilla.Session) error { return errors.New("no") }
		}, true, http.StatusServiceUnavailable, unavailable},
		"refused, of a long record": {func(s *stub) {
			s.onSave = func(*gorilla.Session) error { return errors.New("the value is too long") }
		}, false, http.StatusInternalServerError, tooLarge},
		"not kept, without an error": {func(s *stub) {
			s.onSave = func(session *gorilla.Session) error {
				if isLogin(session) {
					session.ID = "lost"
				}
				return swallowed{}
			}
		}, true, http.StatusServiceUnavailable, unavailable},
		"not kept, without an error, of a long record": {func(s *stub) {
			s.onSave = func(*gorilla.Session) error { return swallowed{} }
		}, false, http.StatusInternalServerError, tooLarge},
		"cut off": {func(s *stub) {
			s.onSave = func(session *gorilla.Session) error {
				if text, _ := session.Values["ginauth0"].(string); len(text) > 100 {
					session.Values["ginauth0"] = text[:100]
				}
				return nil
			}
		}, true, http.StatusServiceUnavailable, unavailable},
		"without a cookie": {func(s *stub) {
			s.cookie = func(line *http.Cookie) { line.Name = "another" }
		}, true, http.StatusServiceUnavailable, unavailable},
		"with a cookie that deletes": {func(s *stub) {
			s.cookie = func(line *http.Cookie) { line.MaxAge = -1 }
		}, true, http.StatusServiceUnavailable, unavailable},
		"with a cookie that no browser keeps": {func(s *stub) {
			s.onSave = func(session *gorilla.Session) error {
				if isLogin(session) && session.ID == "" {
					session.ID = strings.Repeat("i", 4050)
				}
				return nil
			}
		}, false, http.StatusInternalServerError, tooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStub()
			edits := []func(*setup){storedIn(store)}
			if test.small {
				edits = append(edits, small)
			}
			a := newApp(t, edits...)
			before := a.browser(t)
			before.login("/auth/login")
			id, text := before.sessionCookies()[0].Value, store.text(t)
			a.tenant.SetAutoApprove("grace")
			callback := before.toCallback("/auth/login")
			store.set(test.fault)
			r := before.get(callback, asJSON)
			wantError(t, r, test.status, test.code)
			if len(r.cookies("_a0_session")) != 0 || len(before.attemptCookies()) != 0 {
				t.Errorf("cookies %v", r.header["Set-Cookie"])
			}
			store.set(func(s *stub) { s.onSave, s.cookie = nil, nil })
			if got := before.get("/").body; got != "hello Ada Lovelace" || before.sessionCookies()[0].Value != id || store.text(t) != text {
				t.Errorf("the session from before: %s", got)
			}
		})
	}
}
