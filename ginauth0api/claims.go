package ginauth0api

import (
	"errors"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// claims are the members of a payload that the Guard knows, as they stand there:
// values alias the payload and are judged one by one afterwards, because the
// order of the refusals is promised and that of the members is not.
type claims struct {
	issuer, subject, audience, id                strictjson.Value
	expiry, notBefore, issued, authTime          strictjson.Value
	authorizedParty, clientID, organization, acr strictjson.Value
	scope, permissions, confirmation             strictjson.Value
}

// readClaims reads the payload once. Nothing of it is judged yet but the form of
// the whole.
func readClaims(payload []byte, scopeClaim string) (claims, error) {
	var c claims
	s := strictjson.Object(payload)
	for s.Next() {
		switch name := s.Name(); string(name) {
		case "iss":
			c.issuer = s.Value()
		case "sub":
			c.subject = s.Value()
		case "aud":
			c.audience = s.Value()
		case "jti":
			c.id = s.Value()
		case "exp":
			c.expiry = s.Value()
		case "nbf":
			c.notBefore = s.Value()
		case "iat":
			c.issued = s.Value()
		case "auth_time":
			c.authTime = s.Value()
		case "azp":
			c.authorizedParty = s.Value()
		case "client_id":
			c.clientID = s.Value()
		case "org_id":
			c.organization = s.Value()
		case "acr":
			c.acr = s.Value()
		case "permissions":
			c.permissions = s.Value()
		case "cnf":
			c.confirmation = s.Value()
		}
		// Not a case of the switch: the setting may name one of the claims above.
		if string(s.Name()) == scopeClaim {
			c.scope = s.Value()
		}
	}
	return c, s.Err()
}

// wrongType tells the log which claim is not what it should be.
func wrongType(claim string) error { return errors.New("the claim " + claim + " is of the wrong type") }

func missingClaim(claim string) error { return errors.New("the claim " + claim + " is missing") }

// textClaims are the registered claims that are strings, in the order of checkTypes.
var textClaims = [...]string{"sub", "jti", "azp", "client_id", "org_id", "acr"}

// checkTypes refuses registered claims of another type than their definition
// says. Scopes and permissions are not among them: ill-typed ones grant nothing.
func (c *claims) checkTypes() error {
	for n, kind := range [len(textClaims)]strictjson.Kind{
		c.subject.Kind, c.id.Kind, c.authorizedParty.Kind, c.clientID.Kind, c.organization.Kind, c.acr.Kind,
	} {
		if kind != strictjson.Invalid && kind != strictjson.String {
			return wrongType(textClaims[n])
		}
	}
	if _, ok := c.authTime.Float(); !ok && c.authTime.Kind != strictjson.Invalid {
		return wrongType("auth_time")
	}
	return nil
}

// meantFor reports whether aud names one of the accepted audiences: a string, or
// an array of strings and nothing else (RFC 7519 section 4.1.3).
func (c *claims) meantFor(accepted []string) bool {
	if c.audience.Kind == strictjson.String {
		return equalsAny(c.audience, accepted)
	}
	found := false
	for element := range c.audience.Elements() {
		if element.Kind != strictjson.String {
			return false
		}
		found = found || equalsAny(element, accepted)
	}
	return found
}

// check9068Claims refuses a token without one of the claims that RFC 9068 section 2.2
// requires beyond those of every token. Their types were checked.
func (c *claims) check9068Claims() error {
	switch {
	case c.subject.Kind == strictjson.Invalid:
		return missingClaim("sub")
	case c.clientID.Kind == strictjson.Invalid:
		return missingClaim("client_id")
	case c.id.Kind == strictjson.Invalid:
		return missingClaim("jti")
	case c.issued.Kind == strictjson.Invalid:
		return missingClaim("iat")
	}
	return nil
}

// dates are when a token begins and ends to be valid.
type dates struct {
	expiresAt, notBefore, issuedAt numericdate.Date
}

func (c *claims) readDates() (d dates, err error) {
	var ok bool
	if d.expiresAt, ok = numericdate.Read(c.expiry); !ok {
		return dates{}, wrongType("exp")
	}
	if d.notBefore, ok = numericdate.Read(c.notBefore); !ok {
		return dates{}, wrongType("nbf")
	}
	if d.issuedAt, ok = numericdate.Read(c.issued); !ok {
		return dates{}, wrongType("iat")
	}
	return d, nil
}

// text returns the content of a string claim, empty for any other.
func text(claim strictjson.Value) string {
	content, _ := claim.Text()
	return content
}

func equals(claim strictjson.Value, want string) bool {
	content, ok := claim.Bytes()
	return ok && string(content) == want
}

func equalsAny(claim strictjson.Value, accepted []string) bool {
	for _, want := range accepted {
		if equals(claim, want) {
			return true
		}
	}
	return false
}
