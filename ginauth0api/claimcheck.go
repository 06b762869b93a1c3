package ginauth0api

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/jsonvalue"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// RequireClaims returns a handler that lets a request through when its access
// token is valid and passes every check, in the given order; the first one that
// returns an error makes the answer 403 claim_refused. Like every Require method
// it authenticates too. A check that panics is left to the Recovery of Gin.
//
// It panics on an empty list and on a nil check. Checks for all routes alike
// belong into Config.TokenChecks.
func (g *Guard) RequireClaims(checks ...ClaimCheck) gin.HandlerFunc {
	g.mustBeBuilt("RequireClaims")
	if len(checks) == 0 {
		panic("ginauth0api: RequireClaims: checks must not be empty")
	}
	for i, check := range checks {
		if check == nil {
			panic("ginauth0api: RequireClaims: checks[" + strconv.Itoa(i) + "] is nil")
		}
	}
	return g.require(claimChecks(slices.Clone(checks)))
}

// claimChecks is the requirement that a token passes all of them.
type claimChecks []ClaimCheck

func (checks claimChecks) check(token *Token) *Error {
	for _, check := range checks {
		if err := check(token); err != nil {
			return claimRefused.because(err)
		}
	}
	return nil
}

// ClaimEquals checks that the claim has exactly this JSON value. value is what
// encoding/json makes of it: numbers compare by their exact value (1, 1.0 and
// 1e0 are one), objects without regard to the order of members, arrays with
// regard to that of elements. A missing claim equals nothing, not even nil,
// which stands for null.
//
// It panics when the name is empty and when value cannot be written as JSON.
func ClaimEquals(name string, value any) ClaimCheck {
	mustNameClaim("ClaimEquals", name)
	want, err := jsonvalue.New(value)
	if err != nil {
		panic("ginauth0api: ClaimEquals: value: " + err.Error())
	}
	missing := missingClaim(quoted(name))
	other := fmt.Errorf("the claim %s has another value", quoted(name))
	return func(token *Token) error {
		switch claim := token.claim(name); {
		case claim.Kind == strictjson.Invalid:
			return missing
		case !want.Equals(claim):
			return other
		}
		return nil
	}
}

// ClaimIncludes checks that the claim holds every one of the values. The claim
// is an array of strings, or one string with spaces between the values, as
// scopes are; any other claim holds none.
//
// It panics when the name, the list or a value is empty.
func ClaimIncludes(name string, values ...string) ClaimCheck {
	mustListValues("ClaimIncludes", name, values)
	values = slices.Clone(values)
	missing := missingClaim(quoted(name))
	lacks := make([]error, len(values))
	for i, value := range values {
		lacks[i] = fmt.Errorf("the claim %s does not include %s", quoted(name), quoted(value))
	}
	return func(token *Token) error {
		claim := token.claim(name)
		if claim.Kind == strictjson.Invalid {
			return missing
		}
		for i, value := range values {
			if !grantsScope(claim, value) {
				return lacks[i]
			}
		}
		return nil
	}
}

// ClaimIncludesAny is [ClaimIncludes] where one of the values is enough.
func ClaimIncludesAny(name string, values ...string) ClaimCheck {
	mustListValues("ClaimIncludesAny", name, values)
	values = slices.Clone(values)
	missing := missingClaim(quoted(name))
	lacks := fmt.Errorf("the claim %s includes none of the values", quoted(name))
	return func(token *Token) error {
		claim := token.claim(name)
		if claim.Kind == strictjson.Invalid {
			return missing
		}
		for _, value := range values {
			if grantsScope(claim, value) {
				return nil
			}
		}
		return lacks
	}
}

var (
	errUndated = errors.New("the token does not say when it was issued")
	errTooOld  = errors.New("the token was issued too long ago")
)

// IssuedWithin checks that the token has a claim iat and is not older than age,
// to which Config.Leeway is added. It panics when age is negative.
func IssuedWithin(age time.Duration) ClaimCheck {
	if age < 0 {
		panic("ginauth0api: IssuedWithin: age must not be negative")
	}
	return func(token *Token) error {
		t := token.presented()
		issued := t.dates.issuedAt
		switch {
		case !issued.Present:
			return errUndated
		case issued.Behind(t.guard.now(), age, t.guard.leeway):
			return errTooOld
		}
		return nil
	}
}

// claim returns the claim of a name, of kind Invalid if the token has none. The
// payload is read again: only the claims that the Guard knows are kept apart.
func (t *Token) claim(name string) strictjson.Value {
	s := strictjson.Object(t.presented().payload)
	for s.Next() {
		if string(s.Name()) == name {
			return s.Value()
		}
	}
	return strictjson.Value{}
}

func mustNameClaim(function, name string) {
	if name == "" {
		panic("ginauth0api: " + function + ": name must not be empty")
	}
}

func mustListValues(function, name string, values []string) {
	mustNameClaim(function, name)
	if len(values) == 0 {
		panic("ginauth0api: " + function + ": values must not be empty")
	}
	if i := slices.Index(values, ""); i >= 0 {
		panic("ginauth0api: " + function + ": values[" + strconv.Itoa(i) + "] must not be empty")
	}
}
