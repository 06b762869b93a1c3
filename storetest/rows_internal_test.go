package storetest

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"
)

// rows is a store that keeps sessions in memory, under ids that its cookies hold
// as they are. Its faults run before it does what it is asked for.
type rows struct {
	onNew    func(*sessions.Session) error
	onSave   func(*sessions.Session) (keep bool, err error)
	onDelete func(*sessions.Session) (remove bool, err error)

	mu    sync.Mutex
	texts map[string]any // by name and id
	last  int
}

func (s *rows) Options(ginsessions.Options) {}

func (s *rows) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

func (s *rows) New(r *http.Request, name string) (*sessions.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := sessions.NewSession(s, name)
	session.IsNew = true
	if c, err := r.Cookie(name); err == nil {
		if text, ok := s.texts[name+" "+c.Value]; ok {
			session.ID, session.IsNew = c.Value, false
			session.Values[recordKey] = text
		}
	}
	if s.onNew != nil {
		return session, s.onNew(session)
	}
	return session, nil
}

func (s *rows) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session.Options.MaxAge < 0 {
		remove, err := true, error(nil)
		if s.onDelete != nil {
			remove, err = s.onDelete(session)
		}
		if remove {
			delete(s.texts, session.Name()+" "+session.ID)
		}
		return err
	}
	if session.ID == "" {
		s.last++
		session.ID = strings.Repeat("i", 20) + strconv.Itoa(s.last)
	}
	keep, err := true, error(nil)
	if s.onSave != nil {
		keep, err = s.onSave(session)
	}
	if err != nil {
		return err
	}
	if s.texts == nil {
		s.texts = map[string]any{}
	}
	if keep {
		s.texts[session.Name()+" "+session.ID] = session.Values[recordKey]
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}
