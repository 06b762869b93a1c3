package ginauth0api

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// checkSignature finds the key of a token, which may take a request to its
// issuer, and verifies it.
func (g *core) checkSignature(r *http.Request, c *candidate) (*verified, *Error) {
	key, err := c.provider.Key(r.Context(), c.issuer, c.header.KeyID, c.header.HasKeyID, c.header.Algorithm)
	if err != nil {
		refused := keyError(err)
		if refused.Code == keyNotFound.code {
			refused.Err = &unknownKey{c.header.KeyID, c.header.HasKeyID, err}
		}
		return nil, refused
	}
	if err := jws.Verify(c.header.Algorithm, key.Public, c.compact.SigningInput, c.compact.Signature); err != nil {
		return nil, invalidSignature.because(nil)
	}
	if !c.familiar {
		g.headers.Put(string(c.compact.HeaderSegment), c.header)
	}
	g.issuers.verified(c.provider)
	v := &verified{
		guard:   g,
		issuer:  c.issuer,
		key:     key,
		text:    c.text,
		payload: c.compact.Payload,
		claims:  c.claims,
		dates:   c.dates,
		bound:   c.bound,
	}
	if v.bound.key.present {
		v.hash = dpop.HashToken(v.text)
	}
	v.init()
	return v, nil
}

// unknownKey tells the log which key is not known. It is written only where somebody
// reads it.
type unknownKey struct {
	kid   string
	named bool
	err   error
}

func (e *unknownKey) Error() string {
	if !e.named {
		return "no kid, and not exactly one key that fits: " + e.err.Error()
	}
	return "kid " + quoted(e.kid) + ": " + e.err.Error()
}

func (e *unknownKey) Unwrap() error { return e.err }

// keyError maps what can go wrong with a signing key. Only what is certain is
// held against the token: when the keys cannot be had, it may be a good one.
func keyError(err error) *Error {
	var unavailable *oidc.UnavailableError
	switch {
	case errors.Is(err, oidc.ErrKeyNotFound):
		return keyNotFound.because(err)
	case errors.Is(err, oidc.ErrIssuer):
		return invalidIssuer.because(err)
	case errors.As(err, &unavailable):
		refused := keysUnavailable.because(err)
		refused.retryAfter = max(unavailable.RetryAfter, time.Second)
		return refused
	}
	return internalError.because(err)
}
