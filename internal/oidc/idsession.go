package oidc

import (
	"encoding/json"
	"fmt"

	"github.com/gin-auth0/gin-auth0/internal/jsonvalue"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// KnownSession is what the login of a session said.
type KnownSession struct {
	Issuer string
	User   []byte // claims as JSON: sub, and what the login had of auth_time and org_id. Nil: nothing is compared with them
}

// checkSession checks that the token of a refresh is about the login that the
// session came from (OpenID Connect Core section 12.2). The issuer was compared
// before.
func checkSession(c idClaims, rules IDTokenRules) error {
	if rules.Session == nil || rules.Session.User == nil {
		return nil
	}
	known, err := readIDClaims(rules.Session.User)
	if err != nil {
		return err
	}
	// A login may have been silent about when it was, and about nothing else.
	ignoreTime := known.authTime.Kind == strictjson.Invalid
	switch {
	case !sameClaim(c.sub, known.sub):
		return fmt.Errorf("%w: sub is not that of the session", ErrIDToken)
	case c.authTime.Kind != strictjson.Invalid && !ignoreTime && !sameClaim(c.authTime, known.authTime):
		return fmt.Errorf("%w: auth_time is not that of the session", ErrIDToken)
	case c.orgID.Kind != strictjson.Invalid && !sameClaim(c.orgID, known.orgID):
		return fmt.Errorf("%w: org_id is not that of the session", ErrIDToken)
	}
	return nil
}

// sameClaim reports whether both claims are there and equal.
func sameClaim(a, b strictjson.Value) bool {
	value, err := jsonvalue.New(json.RawMessage(a.Raw))
	return err == nil && value.Equals(b)
}
