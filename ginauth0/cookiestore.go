package ginauth0

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// browserSessionLife is the inner expiry of a cookie without Max-Age.
const browserSessionLife = 30 * 24 * time.Hour

// CookieStore keeps sessions in cookies that are encrypted, authenticated and
// split as needed. It is the default of ginauth0, and usable as a store of
// gin-contrib/sessions for the application's own data, under another session
// name. It is safe for concurrent use.
//
// A cookie cannot be taken back: whoever copied one can use it until it expires.
// For the sessions of this package the marks in Config.LogoutStore see to that.
type CookieStore struct {
	box     *seal.Box
	options atomic.Pointer[sessions.Options]
	now     func() time.Time
}

// NewCookieStore returns a store that seals with the first secret and opens
// with all. Each must have at least 32 bytes, no two may be alike. Until
// Options is called its cookies have the path /, HttpOnly, Secure and SameSite
// Lax, and last until the browser is closed, at most 30 days. The error says what is
// wrong with the secrets and shows none.
func NewCookieStore(secrets ...Secret) (*CookieStore, error) {
	raw := make([][]byte, len(secrets))
	for i, secret := range secrets {
		raw[i] = []byte(secret)
	}
	ring, err := seal.NewRing(raw...)
	if err != nil {
		return nil, fmt.Errorf("ginauth0: NewCookieStore: %w", err)
	}
	return newCookieStore(ring, time.Now), nil
}

func newCookieStore(ring *seal.Ring, now func() time.Time) *CookieStore {
	s := &CookieStore{box: ring.Box("session"), now: now}
	s.options.Store(&sessions.Options{Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	return s
}

// Options replaces all attributes of cookies to come. MaxAge is in seconds: 0
// is a cookie of the browser session, below 0 deletes.
func (s *CookieStore) Options(options ginsessions.Options) {
	s.options.Store(options.ToGorillaOptions())
}

// Get returns the session of a request, from the registry if it was asked for
// before. It is an error if a cookie cannot have the name.
func (s *CookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of a request. What does not open counts as absent and
// is no error; the session is never nil.
func (s *CookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := *s.options.Load()
	session.Options = &options
	session.IsNew = true
	if opened, ok := cookies.Under(r, name).Open(s.box, s.now()); ok {
		if values, err := payload.Decode(opened.Payload); err == nil {
			session.Values = values
			session.IsNew = false
		}
	}
	return session, nil
}

// Save writes the session, or deletes it if its MaxAge is below 0. The error is
// *[SessionTooLargeError] for a session of more than ten cookies; then nothing
// is written.
func (s *CookieStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	name, attributes := session.Name(), attributesOf(session.Options)
	if session.Options.MaxAge < 0 {
		cookies.Clear(w.Header(), cookies.Under(r, name), attributes)
		return nil
	}
	text, err := payload.Encode(session.Values)
	if err != nil {
		return fmt.Errorf("ginauth0: CookieStore: %w", err)
	}
	now, life := s.now(), browserSessionLife
	if session.Options.MaxAge > 0 {
		life = time.Duration(session.Options.MaxAge) * time.Second
		attributes.MaxAge = session.Options.MaxAge
		attributes.Expires = now.Add(life)
	}
	return writeCookies(w.Header(), cookies.Under(r, name), s.box.Seal(name, now, now.Add(life), text), attributes)
}

// writeCookies is cookies.Write with an error of this package.
func writeCookies(h http.Header, c cookies.Carried, text string, attributes http.Cookie) error {
	var tooLong *cookies.TooLongError
	err := cookies.Write(h, c, text, attributes)
	if errors.As(err, &tooLong) {
		return &SessionTooLargeError{Size: tooLong.Size, Limit: tooLong.Limit}
	}
	return err
}

func attributesOf(o *sessions.Options) http.Cookie {
	return http.Cookie{Path: o.Path, Domain: o.Domain, Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite, Partitioned: o.Partitioned}
}
