package auth0test

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Cookies do not know ports, so tenants on one host tell theirs apart by name.
const (
	sessionCookie = "auth0test_session"
	browserCookie = "auth0test_browser"
)

const sessionLifetime = 3 * 24 * time.Hour

// session is somebody signed in at the tenant itself, in one browser.
type session struct {
	sid      string
	user     User
	actor    string // the sub of who has signed in for the user; empty for the user
	authTime time.Time
	expires  time.Time
	clients  map[*Client]bool // that were given a code; guarded by Tenant.mu
	// secondFactor tells whether the person has confirmed one since authTime; guarded by Tenant.mu.
	secondFactor bool
	chosen       bool // by Tenant.Login, so that the auto-approve mode leaves it as it is
}

func (t *Tenant) cookieName(name string) string {
	if u, err := url.Parse(t.Issuer()); err == nil && u.Port() != "" {
		return name + "_" + u.Port()
	}
	return name
}

func (t *Tenant) setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, t.newCookie(name, value))
}

// newCookie is a cookie of the tenant. One without a value takes the earlier one away.
func (t *Tenant) newCookie(name, value string) *http.Cookie {
	cookie := &http.Cookie{
		Name: t.cookieName(name), Value: value, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(t.Issuer(), "https:"),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

func (t *Tenant) cookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(t.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// session is whoever is signed in at the tenant in this browser, or nil. But for its clients and the second
// factor it is never changed in place.
func (t *Tenant) session(r *http.Request) *session {
	return t.sessionOf(t.cookie(r, sessionCookie))
}

// sessionOf is the session that a cookie stands for, or nil.
func (t *Tenant) sessionOf(secret string) *session {
	now := t.now()
	key := digestOf(secret)
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.store.sessions[key]
	if !ok || now.After(s.expires) {
		return nil
	}
	return s
}

// signIn gives the browser a session for the user.
func (t *Tenant) signIn(w http.ResponseWriter, r *http.Request, user User) *session {
	return t.signInFor(w, r, user, "")
}

// signInFor is signIn by an actor, whose session is another one than that of the person.
func (t *Tenant) signInFor(w http.ResponseWriter, r *http.Request, user User, actor string) *session {
	s, secret := t.openSession(t.cookie(r, sessionCookie), session{user: user, actor: actor})
	t.setCookie(w, sessionCookie, secret)
	return s
}

// openSession opens a session in place of the one that the browser has by now, and returns the value of its cookie.
// The same person signing in again keeps the sid, as the session goes on; the cookie is new in any case.
func (t *Tenant) openSession(earlier string, s session) (*session, string) {
	now := t.now()
	s.authTime, s.expires = now, now.Add(sessionLifetime)
	if before := t.endSession(earlier); before != nil && before.user.Subject == s.user.Subject && before.actor == s.actor {
		s.sid, s.clients = before.sid, before.clients
	} else {
		s.sid, s.clients = random(), map[*Client]bool{}
	}
	secret := random()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store.sweep(now)
	t.store.sessions[digestOf(secret)] = &s
	return &s, secret
}

// signOut ends the session of this browser and returns it, nil if there was none.
func (t *Tenant) signOut(w http.ResponseWriter, r *http.Request) *session {
	s := t.endSession(t.cookie(r, sessionCookie))
	t.setCookie(w, sessionCookie, "")
	return s
}

func (t *Tenant) endSession(secret string) *session {
	s := t.sessionOf(secret)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.store.sessions, digestOf(secret))
	return s
}
