package ginauth0

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/jsonvalue"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Check judges a live session for [Auth.RequireSession]. An error refuses the
// request with 403; its text goes to the log and never to the browser. An error
// that is a *[StepUpError] asks for another login instead. A panic refuses too.
//
// A check must not keep the Session, and may call other checks.
type Check func(*Session) error

// ClaimEquals checks that the user has the claim and that it is exactly this JSON
// value. value is what encoding/json makes of it: numbers compare by their exact
// value (1, 1.0 and 1e0 are one), objects without regard to the order of members,
// arrays with regard to that of elements. A missing claim equals nothing, not
// even nil, which stands for null.
//
// It panics when the name is empty and when value cannot be written as JSON.
func ClaimEquals(name string, value any) Check {
	mustNameClaim("ClaimEquals", name)
	want, err := jsonvalue.New(value)
	if err != nil {
		panic("ginauth0: ClaimEquals: value: " + err.Error())
	}
	missing := missingClaim(name)
	other := fmt.Errorf("the claim %s has another value", strconv.Quote(name))
	return func(s *Session) error {
		switch claim := s.User().claim(name); {
		case claim.Kind == strictjson.Invalid:
			return missing
		case !want.Equals(claim):
			return other
		}
		return nil
	}
}

// ClaimIncludes checks that a claim of the user holds every one of the values.
// The claim is an array of strings, or one string with spaces between the values,
// as scopes are; any other claim holds none.
//
// It panics when the name, the list or a value is empty.
func ClaimIncludes(name string, values ...string) Check {
	mustNameClaim("ClaimIncludes", name)
	mustList("ClaimIncludes", "values", values)
	values = slices.Clone(values)
	missing := missingClaim(name)
	lacks := make([]error, len(values))
	for i, value := range values {
		lacks[i] = fmt.Errorf("the claim %s does not include %s", strconv.Quote(name), strconv.Quote(value))
	}
	return func(s *Session) error {
		claim := s.User().claim(name)
		if claim.Kind == strictjson.Invalid {
			return missing
		}
		held, _ := claim.Strings()
		if words, ok := claim.Text(); ok {
			held = strings.Split(words, " ")
		}
		for i, value := range values {
			if !slices.Contains(held, value) {
				return lacks[i]
			}
		}
		return nil
	}
}

// ClaimMatches checks that the function accepts the user, by returning nil. It
// panics when there is no function.
func ClaimMatches(accepts func(*User) error) Check {
	if accepts == nil {
		panic("ginauth0: ClaimMatches: the function must not be nil")
	}
	return func(s *Session) error { return accepts(s.User()) }
}

var errOrganizationOfSession = errors.New("the session is for none of the organizations")

// InOrganization checks that the person signed in to one of these organizations.
// "org_…" is an id and compares exactly with org_id; anything else is a name and
// compares without case with org_name. It panics when the list or an entry is
// empty.
func InOrganization(ids ...string) Check {
	mustList("InOrganization", "ids", ids)
	ids = slices.Clone(ids)
	return func(s *Session) error {
		id, name := s.User().claim("org_id"), s.User().claim("org_name")
		for _, asked := range ids {
			if oidc.OrganizationMatches(asked, id, name) {
				return nil
			}
		}
		return errOrganizationOfSession
	}
}

func missingClaim(name string) error {
	return fmt.Errorf("the claim %s is missing", strconv.Quote(name))
}

func mustNameClaim(function, name string) {
	if name == "" {
		panic("ginauth0: " + function + ": name must not be empty")
	}
}

func mustList(function, list string, values []string) {
	if len(values) == 0 {
		panic("ginauth0: " + function + ": " + list + " must not be empty")
	}
	if i := slices.Index(values, ""); i >= 0 {
		panic("ginauth0: " + function + ": " + list + "[" + strconv.Itoa(i) + "] must not be empty")
	}
}
