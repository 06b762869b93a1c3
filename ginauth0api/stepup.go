package ginauth0api

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// StepUp says how strong and how recent the login behind an access token must be
// (RFC 9470). At least one field must be set; with both, both count.
type StepUp struct {
	// ACRValues lists the accepted authentication contexts: one of them must be
	// the token's acr. Zero: any.
	ACRValues []string

	// MaxAge is how long ago the login may be by the token's auth_time;
	// Config.Leeway is added. Clients are told whole seconds, rounded down. Zero:
	// any time.
	MaxAge time.Duration
}

// RequireStepUp returns a handler that lets a request through when its access
// token is valid and comes from a login as strong and recent as needed. Otherwise
// the answer is 401 insufficient_user_authentication, and its challenge tells the
// client what to ask the authorization server for. Like every Require method it
// authenticates too.
//
// The issuer must put acr and auth_time into access tokens, which many do only
// when they are told to. RequireStepUp panics when nothing is asked for, when
// MaxAge is negative, and on an ACR value that is empty or has a space, a quote,
// a backslash or anything but printable ASCII in it.
func (g *Guard) RequireStepUp(need StepUp) gin.HandlerFunc {
	g.mustBeBuilt("RequireStepUp")
	if len(need.ACRValues) == 0 && need.MaxAge == 0 {
		panic("ginauth0api: RequireStepUp: need asks for nothing")
	}
	if need.MaxAge < 0 {
		panic("ginauth0api: RequireStepUp: need.MaxAge must not be negative")
	}
	for i, value := range need.ACRValues {
		// acr_values is a list with spaces between (RFC 9470 section 3): what fits
		// into it fits the grammar of a scope-token.
		if !isScopeToken(value) {
			panic("ginauth0api: RequireStepUp: need.ACRValues[" + strconv.Itoa(i) + "] = " + quoted(value) + " cannot stand in a challenge")
		}
	}
	s := stepUp{acrValues: slices.Clone(need.ACRValues), maxAge: need.MaxAge, listed: strings.Join(need.ACRValues, " ")}
	if need.MaxAge > 0 {
		// Rounded up, an obedient client could come back with a login that is
		// too old again.
		s.seconds = strconv.FormatInt(int64(need.MaxAge/time.Second), 10)
	}
	return g.require(s)
}

// stepUp is the requirement of a login that is strong and recent enough.
type stepUp struct {
	acrValues       []string
	maxAge          time.Duration
	listed, seconds string // both as a challenge writes them; empty: not asked for
}

// check refuses with the whole need, whichever part is not met: the client asks
// for all of it at once.
func (s stepUp) check(token *Token) *Error {
	cause := s.lacking(token.presented())
	if cause == nil {
		return nil
	}
	refused := stepUpRequired.because(cause)
	refused.acrValues = s.listed
	refused.maxAge = s.seconds
	return refused
}

var (
	errNoACR         = errors.New("the token has no acr")
	errWeakLogin     = errors.New("the acr of the token is not one of those asked for")
	errUndatedLogin  = errors.New("the token has no auth_time that can be used")
	errOldLogin      = errors.New("the login was too long ago")
	errLoginInFuture = errors.New("the auth_time of the token lies in the future")
)

func (s stepUp) lacking(token *presented) error {
	if len(s.acrValues) > 0 {
		switch acr := token.claims.acr; {
		case acr.Kind == strictjson.Invalid:
			return errNoACR
		case !equalsAny(acr, s.acrValues):
			return errWeakLogin
		}
	}
	if s.maxAge == 0 {
		return nil
	}
	login, ok := numericdate.Read(token.claims.authTime)
	now := token.guard.now()
	switch {
	case !ok || !login.Present:
		return errUndatedLogin
	case login.Behind(now, s.maxAge, token.guard.leeway):
		return errOldLogin
	case login.Ahead(now, max(token.guard.leeway, minFutureLeeway)):
		// As for iat: clocks differ a little. Further ahead is no login, but for
		// example milliseconds, which would stay recent for ever.
		return errLoginInFuture
	}
	return nil
}
