package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// browserSessionLife is the life of a row whose cookie has no Max-Age.
const browserSessionLife = 30 * 24 * time.Hour

// ErrSessionGone says that a session is over: its row was deleted after it was
// read, by a logout for instance, or has expired. Nothing was written.
var ErrSessionGone = fmt.Errorf("redisstore: the session is over: %w", rows.ErrGone)

var errForeignID = errors.New("redisstore: the session has an id that is not of this store")

// Options replaces all attributes of cookies to come. MaxAge is in seconds: 0 is a
// cookie of the browser session, whose row lives for 30 days, below 0 deletes. Until
// it is called the attributes are the path /, HttpOnly, Secure and SameSite Lax.
func (s *Store) Options(options ginsessions.Options) {
	s.options.Store(options.ToGorillaOptions())
}

// Get returns the session of a request, from the registry if it was asked for
// before. The error is that of [Store.New], or says that a cookie cannot have the name.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of a request. A cookie that does not open and a row that is
// not there are a new session and no error; an error means that Redis did not
// answer as it should. The session is never nil.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := *s.options.Load()
	session.Options = &options
	session.IsNew = true
	id, _, ok := s.carriedID(r, name)
	if !ok {
		return session, nil
	}
	row, ok, err := s.readRow(r.Context(), id)
	if !ok || err != nil {
		return session, err
	}
	if values, err := payload.Decode(row.payload); err == nil {
		session.ID, session.Values, session.IsNew = id.text(), values, false
	}
	return session, nil
}

// Save writes the session and its cookie, or deletes both if its MaxAge is below 0.
// Of two concurrent writes the last one wins. A session that is over is not written
// again: the error is [ErrSessionGone], and its cookie is deleted. Other errors mean
// that gob does not know a value, or that Redis did not answer as it should; then
// the cookie is as it was.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	name, header := session.Name(), w.Header()
	o := session.Options
	cookie := http.Cookie{Path: o.Path, Domain: o.Domain, Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite, Partitioned: o.Partitioned}
	if o.MaxAge < 0 {
		if err := s.delete(r, session); err != nil {
			return err
		}
		cookies.Clear(header, cookies.Under(r, name), cookie)
		return nil
	}
	values, err := payload.Encode(session.Values)
	if err != nil {
		return fmt.Errorf("redisstore: %w", err)
	}
	now := s.now()
	expiry := now.Add(browserSessionLife)
	if o.MaxAge > 0 {
		expiry = now.Add(time.Duration(o.MaxAge) * time.Second)
		cookie.MaxAge, cookie.Expires = o.MaxAge, expiry
	}
	id, err := s.keep(r.Context(), session.ID, now, expiry, values)
	if errors.Is(err, ErrSessionGone) {
		cookies.Clear(header, cookies.Under(r, name), cookie)
	}
	if err != nil {
		return err
	}
	session.ID = id.text()
	if err := cookies.Write(header, cookies.Under(r, name), s.ids.Seal(name, now, nextSecond(expiry), id[:]), cookie); err != nil {
		return fmt.Errorf("redisstore: %w", err)
	}
	return nil
}

// keep writes the values of a session: one without an id under a new one, any other
// only if its row is still there.
func (s *Store) keep(ctx context.Context, text string, now, expiry time.Time, values []byte) (sessionID, error) {
	isNew := text == ""
	id, ok := newSessionID(), true
	if !isNew {
		id, ok = parseSessionID(text)
	}
	if !ok {
		return sessionID{}, errForeignID
	}
	key := s.rowKey(id.hash())
	sealed, ttl := s.sealRow(key, now, expiry, values)
	written, err := within(ctx, &s.connection, func(ctx context.Context) (bool, error) {
		if isNew {
			return s.connection.claim(ctx, key, sealed, ttl)
		}
		return s.connection.client.SetXX(ctx, key, sealed, ttl).Result()
	})
	if err == nil && !written {
		err = ErrSessionGone
	}
	return id, err
}

// delete deletes the row of a session. One that could not be read has no id, but
// may have a cookie. Saved again, the session gets a new id.
func (s *Store) delete(r *http.Request, session *sessions.Session) error {
	id, ok := parseSessionID(session.ID)
	if session.ID == "" {
		id, _, ok = s.carriedID(r, session.Name())
	}
	if !ok {
		return nil
	}
	if err := s.deleteRow(r.Context(), id); err != nil {
		return err
	}
	session.ID = ""
	return nil
}
