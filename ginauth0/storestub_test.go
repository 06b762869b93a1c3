package ginauth0_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"testing"

	ginsessions "github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// stub is somebody's session store: rows in memory, their ids in cookies as they
// are. What is set on it happens before it does what it is asked for, without
// its lock. The attributes of its cookies are its own.
type stub struct {
	mu   sync.Mutex
	rows map[string]map[any]any // by name and id
	news int

	onNew  func(call int, session *gorilla.Session) error
	onSave func(session *gorilla.Session) error // swallowed: nothing is written, and no error reported
	cookie func(line *http.Cookie)              // changes what the store sets

	faithful bool // its cookies have the attributes of the session
}

type swallowed struct{}

func (swallowed) Error() string { return "swallowed" }

func newStub() *stub { return &stub{rows: map[string]map[any]any{}} }

func storedIn(store ginsessions.Store) func(*setup) {
	return config(func(c *ginauth0.Config) { c.Session.Store = store })
}

// signedInAt returns an app whose sessions are in a store, and a browser that is
// signed in.
func signedInAt(t testing.TB, store ginsessions.Store) (*app, *browser) {
	t.Helper()
	a := newApp(t, storedIn(store))
	b := a.browser(t)
	b.login("/auth/login")
	return a, b
}

func (s *stub) Options(ginsessions.Options) {}

func (s *stub) Get(r *http.Request, name string) (*gorilla.Session, error) {
	return gorilla.GetRegistry(r).Get(s, name)
}

func (s *stub) New(r *http.Request, name string) (*gorilla.Session, error) {
	session := gorilla.NewSession(s, name)
	session.IsNew = true
	if c, err := r.Cookie(name); err == nil {
		session.ID = c.Value
	}
	s.mu.Lock()
	s.news++
	call, onNew := s.news, s.onNew
	s.mu.Unlock()
	if onNew != nil {
		if err := onNew(call, session); err != nil {
			return session, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, ok := s.rows[name+" "+session.ID]; ok {
		session.IsNew = false
		for key, value := range row {
			session.Values[key] = value
		}
	}
	return session, nil
}

func (s *stub) Save(_ *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	s.mu.Lock()
	onSave := s.onSave
	s.mu.Unlock()
	if onSave != nil {
		err := onSave(session)
		if _, ok := err.(swallowed); ok { //nolint:errorlint // as it is
			return nil
		}
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if session.Options.MaxAge < 0 {
		delete(s.rows, session.Name()+" "+session.ID)
		return nil
	}
	if session.ID == "" {
		session.ID = rand.Text()
	}
	row := map[any]any{}
	for key, value := range session.Values {
		row[key] = value
	}
	s.rows[session.Name()+" "+session.ID] = row
	line := &http.Cookie{Name: session.Name(), Value: session.ID, Path: "/theirs", Domain: "theirs.example", MaxAge: 7}
	if s.faithful {
		line = gorilla.NewCookie(session.Name(), session.ID, session.Options)
	}
	if s.cookie != nil {
		s.cookie(line)
	}
	http.SetCookie(w, line)
	return nil
}

// set changes what happens from now on.
func (s *stub) set(change func(*stub)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// ids are those of the sessions of a name.
func (s *stub) ids(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for key := range s.rows {
		if id, ok := strings.CutPrefix(key, name+" "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// wantIDs checks how many sessions there are.
func (s *stub) wantIDs(t testing.TB, n int) {
	t.Helper()
	if ids := s.ids("_a0_session"); len(ids) != n {
		t.Errorf("%d rows in the store, want %d", len(ids), n)
	}
}

// text is what the only row holds.
func (s *stub) text(t testing.TB) string {
	t.Helper()
	ids := s.ids("_a0_session")
	if len(ids) != 1 {
		t.Fatalf("%d rows in the store", len(ids))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows["_a0_session "+ids[0]]
	text, _ := row["ginauth0"].(string)
	if len(row) != 1 || text == "" {
		t.Errorf("the row holds %d values", len(row))
	}
	return text
}
