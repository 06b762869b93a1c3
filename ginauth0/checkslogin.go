package ginauth0

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// RequireRecentLogin checks that the person proved who they are (auth_time) at
// most maxAge ago, to which Config.Leeway is added. Otherwise it returns a
// *[StepUpError]. 0 asks for a login just now: leave the person time to come back
// from the tenant and read the page.
//
// Tenants count in whole seconds, so that maxAge is rounded down for them. It
// panics when maxAge is negative.
func RequireRecentLogin(maxAge time.Duration) Check {
	if maxAge < 0 {
		panic("ginauth0: RequireRecentLogin: maxAge must not be negative")
	}
	// The login may be older by the leeway, since clocks differ. More than that in
	// the future is no login, but for example milliseconds, which would stay recent
	// for ever.
	return stepUpCheck(StepUpError{MaxAge: &maxAge}, func(s *Session) bool { return s.loggedInWithin(maxAge, s.leeway) })
}

// RequireACR checks that the login reached one of these authentication context
// classes (acr), as strictly as a login that asks for them is judged: acr is one
// of them, or the multi-factor value of [RequireMFA] is among them and amr contains
// mfa. Otherwise it returns a *[StepUpError].
//
// It panics when the list is empty and when a value is empty or has a space in it,
// since acr_values is a list with spaces between.
func RequireACR(values ...string) Check {
	mustList("RequireACR", "values", values)
	for i, value := range values {
		if !slices.Equal(strings.Fields(value), []string{value}) {
			panic("ginauth0: RequireACR: values[" + strconv.Itoa(i) + "] must not have a space in it")
		}
	}
	values = slices.Clone(values)
	return stepUpCheck(StepUpError{ACRValues: values}, func(s *Session) bool { return s.reached(values) })
}

// RequireMFA checks that the login had a second factor: amr contains mfa, or acr is
// http://schemas.openid.net/pape/policies/2007/06/multi-factor. Otherwise it returns
// a *[StepUpError] that asks for this acr.
func RequireMFA() Check { return RequireACR(oidc.MultiFactorACR) }

// stepUpCheck makes a check of what a new login can bring. Passed, the need is kept
// for the case that another check makes the person log in again.
func stepUpCheck(need StepUpError, met func(*Session) bool) Check {
	return func(s *Session) error {
		if !met(s) {
			return need.askable()
		}
		s.asks.add(need.askable())
		return nil
	}
}

// loggedInWithin judges auth_time, at the time at which the session was loaded.
func (s *Session) loggedInWithin(maxAge, leeway time.Duration) bool {
	login, ok := numericdate.Read(s.User().claim("auth_time"))
	return ok && login.Present && !login.Behind(s.judgedAt, maxAge, leeway) && !login.Ahead(s.judgedAt, s.leeway)
}

// reached judges acr and amr by the same rule as the callback does; by another one
// a login could be accepted there and refused here, again and again.
func (s *Session) reached(values []string) bool {
	acr, _ := s.User().claim("acr").Text()
	amr, _ := s.User().claim("amr").Strings()
	return oidc.ACRSatisfied(values, acr, amr)
}
