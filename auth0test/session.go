package auth0test

import (
	"net/http"
	"net/url"
	"strings"
)

// Cookies do not know ports, so tenants on one host tell theirs apart by name.
const (
	sessionCookie = "auth0test_session"
	browserCookie = "auth0test_browser"
)

func (t *Tenant) cookieName(name string) string {
	if u, err := url.Parse(t.Issuer()); err == nil && u.Port() != "" {
		return name + "_" + u.Port()
	}
	return name
}

func (t *Tenant) setCookie(w http.ResponseWriter, name, value string) {
	cookie := &http.Cookie{
		Name: t.cookieName(name), Value: value, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(t.Issuer(), "https:"),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

func (t *Tenant) cookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(t.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// session is whoever is signed in at the tenant in this browser, or nil. But for its clients it is never
// changed in place.
func (t *Tenant) session(r *http.Request) *session {
	now := t.now()
	key := digestOf(t.cookie(r, sessionCookie))
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.store.sessions[key]
	if !ok || now.After(s.expires) {
		return nil
	}
	return s
}

// signIn gives the browser a session for the user. The same person signing in again keeps the sid, as the
// session goes on; the cookie is new in any case.
func (t *Tenant) signIn(w http.ResponseWriter, r *http.Request, user User) *session {
	return t.signInFor(w, r, user, "")
}

// signInFor is signIn by an actor, whose session is another one than that of the person.
func (t *Tenant) signInFor(w http.ResponseWriter, r *http.Request, user User, actor string) *session {
	now := t.now()
	secret := random()
	s := &session{sid: random(), user: user, actor: actor, authTime: now, expires: now.Add(sessionLifetime), clients: map[*Client]bool{}}
	if before := t.endSession(r); before != nil && before.user.Subject == user.Subject && before.actor == actor {
		s.sid, s.clients = before.sid, before.clients
	}
	t.mu.Lock()
	t.store.sweep(now)
	t.store.sessions[digestOf(secret)] = s
	t.mu.Unlock()
	t.setCookie(w, sessionCookie, secret)
	return s
}

// signOut ends the session of this browser and returns it, nil if there was none.
func (t *Tenant) signOut(w http.ResponseWriter, r *http.Request) *session {
	s := t.endSession(r)
	t.setCookie(w, sessionCookie, "")
	return s
}

func (t *Tenant) endSession(r *http.Request) *session {
	s := t.session(r)
	secret := t.cookie(r, sessionCookie)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.store.sessions, digestOf(secret))
	return s
}
