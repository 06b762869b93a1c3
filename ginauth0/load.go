package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// Check judges a live session for [Auth.RequireSession]. An error refuses the
// request with 403; its text goes to the log and never to the browser.
type Check func(*Session) error

// Session returns middleware that loads the session of a request for
// [SessionFrom] and [UserFrom], and requires nothing. A session that is over or
// does not open is cleared.
func (a *Auth) Session() gin.HandlerFunc {
	return func(c *gin.Context) { a.load(c) }
}

// RequireSession returns middleware that lets only signed-in people pass, and
// of them those whom every check accepts. It works without [Auth.Session].
// Somebody who is not signed in is sent to the login route and back if a person
// looks at a page, and answered 401 with JSON otherwise. Answers behind it are
// kept out of caches. A nil check panics here, at registration.
func (a *Auth) RequireSession(checks ...Check) gin.HandlerFunc {
	for i, check := range checks {
		if check == nil {
			panic(fmt.Sprintf("ginauth0: RequireSession: check %d is nil", i))
		}
	}
	return func(c *gin.Context) {
		noStore(c.Writer.Header())
		l := a.load(c)
		switch {
		case l.err != nil:
			a.Fail(c, l.err)
			return
		case l.session == nil:
			a.askToLogIn(c)
			return
		}
		for _, check := range checks {
			if err := runCheck(check, l.session); err != nil {
				a.Fail(c, &CheckError{Err: err})
				return
			}
		}
	}
}

// runCheck lets a panic deny.
func runCheck(check Check, s *Session) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the check panicked")
		}
	}()
	return check(s)
}

// load finds the session of a request, once: it reads, judges, clears what is
// over and rolls what is due, before any handler writes. The result stands in
// the context of the request, where every getter reads it.
func (a *Auth) load(c *gin.Context) *loaded {
	if l, ok := c.Request.Context().Value(sessionKey{}).(*loaded); ok && l.auth == a {
		return l
	}
	l := &loaded{auth: a}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), sessionKey{}, l))
	found := a.keeper.read(c.Request)
	if found.carried.Empty() {
		return l
	}
	// A cookie in the answer to a subresource may end up in a shared cache.
	mayWrite := !subresource(c.Request)
	if found.record != nil && found.record.Domain != a.settings.domain.String() {
		return l // of another tenant: absent for this request, and kept
	}
	if !a.keeper.live(found) {
		if mayWrite {
			a.keeper.clear(c.Writer.Header(), found.carried)
		}
		a.settings.Logger.LogAttrs(c.Request.Context(), slog.LevelDebug, "a session is over or does not open")
		return l
	}
	if mayWrite && a.rolls(c.Request, found) {
		rolled := *found.record
		rolled.Updated = a.now().UnixMilli()
		if err := a.keeper.write(c.Writer.Header(), found.carried, &rolled, ""); err != nil {
			a.settings.Logger.LogAttrs(c.Request.Context(), slog.LevelError, "a session could not be rolled", slog.Any("cause", err))
		} else {
			found.record = &rolled
		}
	}
	l.session = newSession(found.record, &a.settings.Session)
	return l
}

// rolls reports whether the session is to be rewritten now.
func (a *Auth) rolls(r *http.Request, found kept) bool {
	c := &a.settings.Session
	return !c.DisableRolling && (found.old || !a.now().Before(found.record.rollsAt(c))) &&
		(c.SkipRolling == nil || !c.SkipRolling(r))
}

// askToLogIn answers a request without a session.
func (a *Auth) askToLogIn(c *gin.Context) {
	routes := a.routes.Load()
	if !pageRequest(c.Request) || routes != nil && routes.login == "" {
		a.Fail(c, ErrNoSession)
		return
	}
	if routes == nil {
		a.Fail(c, ErrNotMounted)
		return
	}
	if speculative(c.Request) {
		nothing(c)
		return
	}
	base, err := a.settings.baseOf(c.Request)
	if err != nil {
		a.Fail(c, err)
		return
	}
	target := base.prefix + routes.login
	returnTo := base.publicPath(c.Request)
	if c.Request.URL.RawQuery != "" {
		returnTo += "?" + c.Request.URL.RawQuery
	}
	if len(returnTo) <= maxReturnToBytes && strings.HasPrefix(returnTo, "/") {
		target += "?returnTo=" + url.QueryEscape(returnTo)
	}
	redirect(c, target)
}

// nothing answers a speculative request: 204, nothing changed.
func nothing(c *gin.Context) {
	noStore(c.Writer.Header())
	c.AbortWithStatus(http.StatusNoContent)
}

// redirect answers 302 and ends the chain.
func redirect(c *gin.Context, target string) {
	noStore(c.Writer.Header())
	c.Writer.Header().Set("Location", target)
	c.AbortWithStatus(http.StatusFound)
}
