package ginauth0

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
)

// RequireSession returns middleware that lets only signed-in people pass, and
// of them those whom every check accepts. It works without [Auth.Session].
//
// Somebody who is not signed in is sent to the login route and back if a person
// looks at a page, and answered 401 with JSON otherwise. Answers behind it are
// kept out of caches.
//
// All checks are run, in their order. If one refuses the person, the answer is 403
// forbidden, whatever the others say: nobody is sent to a login that cannot help. If
// only the login is not good enough ([RequireRecentLogin], [RequireACR], [RequireMFA],
// or a check of your own that returns a *[StepUpError]), a person who looks at a page
// is sent to the tenant and back to the same address, and anything else is answered
// 401 insufficient_user_authentication. The login is asked for everything that the
// checks of the request need, those of outer groups and those that passed included, so
// that it loses nothing; acr values that have none in common cannot be asked for in
// one login, and end in the 401.
//
// In front of the routes of [Auth.Mount] it is a mistake, since nobody could log in:
// call Mount before router.Use(auth.RequireSession()), or guard a group. Whom it would
// send to log in is answered [ErrConfig] there. [Auth.Session] may stand anywhere.
//
// A nil check panics here, at registration.
func (a *Auth) RequireSession(checks ...Check) gin.HandlerFunc {
	checks = slices.Clone(checks)
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
		case session == nil && a.mountedAt(c):
			a.Fail(c, errGuardedMount)
			return
		case session == nil:
			a.askToLogIn(c)
			return
		}
		err := v.runChecks(checks, session)
		var weak *weakLoginError
		switch {
		case errors.As(err, &weak) && a.mountedAt(c):
			a.Fail(c, errGuardedMount)
		case weak != nil:
			a.askForMore(c, session, weak)
		case err != nil:
			a.Fail(c, err)
		}
	}
}

// errGuardedMount is for a guard that a login would have to pass: sent to log in, the
// browser would come to the same guard, for ever.
var errGuardedMount = fmt.Errorf("%w: RequireSession is in front of the routes of Mount: call Mount before router.Use(auth.RequireSession()), or guard a group", ErrConfig)

// askToLogIn answers a request without a session.
func (a *Auth) askToLogIn(c *gin.Context) {
	routes := a.routes.Load()
	if !pageRequest(c.Request) || routes != nil && routes.login == "" {
		a.Fail(c, ErrNoSession)
		return
	}
	if routes == nil {
		a.Fail(c, errMountFirst)
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
	if _, err := a.domainOf(a.visitOf(c), c.Request); err != nil {
		a.Fail(c, err) // here, and not behind a redirect
		return
	}
	target := base.prefix + routes.login
	if returnTo := base.addressOf(c.Request); returnTo != "" {
		target += "?returnTo=" + url.QueryEscape(returnTo)
	}
	redirect(c, target)
}

// askForMore answers a request whose session is good and whose login is not good
// enough. The callback refuses a login that brings less than was asked for, so that the
// browser does not come back with the same.
func (a *Auth) askForMore(c *gin.Context, session *Session, weak *weakLoginError) {
	routes := a.routes.Load()
	if !pageRequest(c.Request) || routes == nil || routes.login == "" || !weak.helps(session) {
		a.Fail(c, weak)
		return
	}
	base, err := a.settings.baseOf(c.Request)
	if err != nil {
		a.Fail(c, err)
		return
	}
	o := LoginOptions{ReturnTo: base.addressOf(c.Request), MaxAge: weak.asked.MaxAge, ACRValues: weak.asked.ACRValues}
	if a.settings.Organization == "" {
		o.Organization = session.User().OrganizationID // the same person, in the same place
	}
	if err := a.Login(c, o); err != nil {
		a.Fail(c, err)
	}
}
