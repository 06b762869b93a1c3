package oidc

import (
	"net/url"
	"slices"
	"time"
)

// ClientAuth is how the application proves to be the client: by an assertion
// (private_key_jwt), by a secret, or not at all if it has neither (a public
// client). With an assertion a secret is never sent. It prints no secret.
type ClientAuth struct {
	ID        string
	Secret    string
	Assertion *Assertion
}

// Confidential reports whether there is something to authenticate with.
func (c ClientAuth) Confidential() bool { return c.Assertion != nil || c.Secret != "" }

// String leaves the secret out.
func (c ClientAuth) String() string { return "client " + c.ID }

// GoString leaves the secret out.
func (c ClientAuth) GoString() string { return c.String() }

// assertionType is the client_assertion_type of RFC 7523 section 2.2.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticate puts client_id and what proves it into the form, in one way
// only. basic says that the secret goes into the Authorization header instead.
func (c ClientAuth) authenticate(form url.Values, metadata *Metadata, now time.Time) (basic bool, err error) {
	form.Set("client_id", c.ID)
	switch {
	case c.Assertion != nil:
		assertion, err := c.Assertion.issue(c.ID, metadata.Issuer, now)
		if err != nil {
			return false, err
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
		return false, nil
	case c.Secret == "":
		return false, nil
	// Post where the tenant lists it, otherwise basic, which every server must
	// support (RFC 6749 section 2.3.1).
	case slices.Contains(metadata.TokenEndpointAuthMethods, "client_secret_post"):
		form.Set("client_secret", c.Secret)
		return false, nil
	}
	return true, nil
}
