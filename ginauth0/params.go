package ginauth0

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// ownedParams secure the authorization request: nobody but this package sets them.
var ownedParams = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method",
	"request", "request_uri", "dpop_jkt", "client_secret", "client_assertion", "client_assertion_type",
}

// defaultForwardParams are what a link to the login route may say.
var defaultForwardParams = []string{
	"screen_hint", "login_hint", "ui_locales", "prompt", "connection", "organization", "invitation", "acr_values", "max_age", "display",
}

// maxMaxAge is the largest max_age, in seconds.
const maxMaxAge = 1<<31 - 1

func badRequest(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBadRequest}, args...)...)
}

// queryParams reads a query by hand: of the known parameters none may occur
// twice, since two readers may take different ones (RFC 6749 section 3.1).
func queryParams(rawQuery string, known ...string) (map[string]string, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, badRequest("the query is malformed")
	}
	params := make(map[string]string, len(known))
	for _, name := range known {
		switch values := query[name]; len(values) {
		case 0:
		case 1:
			params[name] = values[0]
		default:
			return nil, badRequest("%s occurs twice", name)
		}
	}
	return params, nil
}

// checkMaxAge judges max_age in params: decimal digits up to maxMaxAge.
func checkMaxAge(params map[string]string) error {
	_, err := maxAgeOf(params)
	return err
}

// maxAgeOf returns the max_age in params, nil if there is none.
func maxAgeOf(params map[string]string) (*time.Duration, error) {
	text, present := params["max_age"]
	if !present {
		return nil, nil //nolint:nilnil // nil is "not asked"
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil || seconds > maxMaxAge {
		return nil, badRequest("max_age is no number of seconds")
	}
	age := time.Duration(seconds) * time.Second
	return &age, nil
}

// checkAuthorizationDetails judges authorization_details in params.
func checkAuthorizationDetails(params map[string]string) error {
	text, present := params["authorization_details"]
	if present && !oidc.IsAuthorizationDetails([]byte(text)) {
		return badRequest("authorization_details is no JSON array of objects with a type")
	}
	return nil
}

// checkPresent refuses parameters that must say something if they are there.
func checkPresent(params map[string]string) error {
	for _, name := range []string{"organization", "invitation"} {
		if value, present := params[name]; present && value == "" {
			return badRequest("%s is empty", name)
		}
	}
	return nil
}
