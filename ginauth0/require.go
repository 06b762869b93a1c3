package ginauth0

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// Check judges a live session for [Auth.RequireSession]. An error refuses the
// request with 403; its text goes to the log and never to the browser.
type Check func(*Session) error

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
		v := a.load(c)
		session := v.session.Load()
		switch {
		case v.err != nil:
			a.Fail(c, v.err)
			return
		case session == nil:
			a.askToLogIn(c)
			return
		}
		for _, check := range checks {
			if err := runCheck(check, session); err != nil {
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
