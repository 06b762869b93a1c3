package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/payload"
)

// Sessions tests a store of gin-contrib/sessions for what ginauth0 asks of one.
// open returns a store that is ready for use and ends with the test.
//
// ginauth0 keeps one string in a session. It reads what is in the store right
// after it was written, so a store must not read from a copy that lags behind.
func Sessions(t *testing.T, open func(t testing.TB) sessions.Store) {
	t.Helper()
	runAll(t, sessionChecks, open, nil)
}

type sessionTrial = trial[sessions.Store]

// recordKey is where ginauth0 keeps its string.
const recordKey = payload.RecordKey

// options are attributes with a life.
func options() *gorilla.Options {
	return &gorilla.Options{Path: "/", MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// newName returns a cookie name that no other test uses.
func newName() string { return "storetest_" + rand.Text() }

// request is one that carries cookies.
func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	for _, c := range cookies {
		if c.MaxAge >= 0 && c.Value != "" {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
		}
	}
	return r
}

// load returns the session that cookies lead to. It is nil, without an error, if
// they lead to none: the store says that the session is new, that a cookie does
// not decode, or that a file does not exist.
func load(t *sessionTrial, name string, cookies ...*http.Cookie) (*gorilla.Session, error) {
	session, err := t.store.New(request(cookies...), name)
	var decode interface{ IsDecode() bool } // securecookie.Error
	switch {
	case errors.As(err, &decode) && decode.IsDecode(), errors.Is(err, fs.ErrNotExist):
		return nil, nil //nolint:nilnil // nil is "none"
	case err != nil:
		return nil, fmt.Errorf("New: %w", err)
	case session == nil:
		return nil, errors.New("New returns neither a session nor an error")
	case session.IsNew:
		return nil, nil //nolint:nilnil // nil is "none"
	}
	return session, nil
}

// fresh asks the store as load does, for a session that may be a new one.
func fresh(t *sessionTrial, r *http.Request, name string) (*gorilla.Session, error) {
	session, err := t.store.New(r, name)
	if err == nil && session == nil {
		err = errors.New("neither a session nor an error")
	}
	if err != nil {
		return nil, fmt.Errorf("New: %w", err)
	}
	return session, nil
}

// wantText checks which string cookies lead to; "" is none.
func wantText(t *sessionTrial, name, want string, cookies ...*http.Cookie) error {
	session, err := load(t, name, cookies...)
	if err != nil {
		return err
	}
	got := ""
	if session != nil {
		got, _ = session.Values[recordKey].(string)
	}
	switch {
	case want == "" && session != nil:
		return fmt.Errorf("a session is there, with %d values", len(session.Values))
	case want != "" && session == nil:
		return errors.New("the session is not there")
	case got != want:
		return fmt.Errorf("the session holds %d bytes %.20q, want %d bytes %.20q", len(got), got, len(want), want)
	}
	return nil
}

// save writes a session and returns the cookies that it sets. The request
// carries no cookie of it, as with ginauth0.
func save(t *sessionTrial, session *gorilla.Session, text string, o *gorilla.Options, carried ...*http.Cookie) ([]*http.Cookie, error) {
	session.Values = map[any]any{recordKey: text}
	session.Options = o
	w := &header{lines: http.Header{}}
	if err := t.store.Save(request(carried...), w, session); err != nil {
		return nil, &saveError{err}
	}
	if w.started {
		return nil, errors.New("Save starts the response: nobody can set a header after that")
	}
	for _, line := range w.lines["Set-Cookie"] {
		if len(line) > 4096 {
			return nil, fmt.Errorf("Save sets a cookie of %d bytes, which no browser has to keep, and reports no error", len(line))
		}
	}
	return (&http.Response{Header: w.lines}).Cookies(), nil
}

// saveError is that of Save itself, which has refused.
type saveError struct{ err error }

func (e *saveError) Error() string { return "Save: " + e.err.Error() }

func (e *saveError) Unwrap() error { return e.err }

// create makes a session as a login does.
func create(t *sessionTrial, name, text string) (*gorilla.Session, []*http.Cookie, error) {
	session, err := fresh(t, request(), name)
	if err != nil {
		return nil, nil, err
	}
	session.ID = ""
	cookies, err := save(t, session, text, options())
	if err == nil && !strings.Contains(request(cookies...).Header.Get("Cookie"), name) {
		err = fmt.Errorf("Save sets no cookie %s and reports no error", name)
	}
	return session, cookies, err
}

// remove deletes a session by its id, as ginauth0 does.
func remove(t *sessionTrial, name, id string, carried ...*http.Cookie) error {
	session := gorilla.NewSession(t.store, name)
	session.ID = id
	session.Options = &gorilla.Options{Path: "/", MaxAge: -1}
	if err := t.store.Save(request(carried...), &header{lines: http.Header{}}, session); err != nil {
		return fmt.Errorf("Save with a negative MaxAge: %w", err)
	}
	return nil
}

// header is a response that must not start.
type header struct {
	lines   http.Header
	started bool
}

func (h *header) Header() http.Header { return h.lines }
func (h *header) WriteHeader(int)     { h.started = true }
func (h *header) Write(b []byte) (int, error) {
	h.started = true
	return len(b), nil
}

// textOf returns n characters such as a sealed record has.
func textOf(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}
