package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// What ID tokens and logout tokens have in common. refused is the error that
// says which of them it was; what is put behind it names the rule and no
// content.

// maxTokenBytes bounds what is looked at.
const maxTokenBytes = 64 << 10

// signedClaims are the claims that both have.
type signedClaims struct {
	iss, sub, sid, aud, azp, exp, iat, nbf strictjson.Value
}

// fields returns where each claim belongs.
func (c *signedClaims) fields() map[string]*strictjson.Value {
	return map[string]*strictjson.Value{
		"iss": &c.iss, "sub": &c.sub, "sid": &c.sid, "aud": &c.aud, "azp": &c.azp, "exp": &c.exp, "iat": &c.iat, "nbf": &c.nbf,
	}
}

// readSignedToken judges form and header before anything else reads them. The
// type of a token may be left out; one that is there is of types, which are
// media types in lower case.
func readSignedToken(raw string, algorithms, types []string, refused error) (jws.Compact, jws.Header, error) {
	if len(raw) > maxTokenBytes {
		return jws.Compact{}, jws.Header{}, fmt.Errorf("%w: above 64 KiB", refused)
	}
	compact, err := jws.Split(raw)
	if err != nil {
		return jws.Compact{}, jws.Header{}, fmt.Errorf("%w: no compact JWS", refused)
	}
	header, err := jws.ReadHeader(compact.Header)
	switch {
	case err != nil:
		return jws.Compact{}, jws.Header{}, fmt.Errorf("%w: header malformed", refused)
	case !slices.Contains(algorithms, header.Algorithm):
		return jws.Compact{}, jws.Header{}, fmt.Errorf("%w: algorithm not accepted", refused)
	case header.HasType && !slices.Contains(types, jws.MediaType(header.Type)):
		return jws.Compact{}, jws.Header{}, fmt.Errorf("%w: another type of token", refused)
	}
	return compact, header, nil
}

// readSignedClaims puts the claims that rules need in their fields.
func readSignedClaims(payload []byte, fields map[string]*strictjson.Value, refused error) error {
	s := strictjson.Object(payload)
	for s.Next() {
		if field := fields[string(s.Name())]; field != nil {
			*field = s.Value()
		}
	}
	if s.Err() != nil {
		return fmt.Errorf("%w: claims are no strict JSON object", refused)
	}
	return nil
}

// checkAudience checks aud and azp.
func (c *signedClaims) checkAudience(clientID string, refused error) error {
	audiences := 1
	if c.aud.Kind == strictjson.Array {
		list, ok := c.aud.Strings()
		if !ok || !slices.Contains(list, clientID) {
			return fmt.Errorf("%w: aud", refused)
		}
		audiences = len(list)
	} else if aud, ok := c.aud.Text(); !ok || aud != clientID {
		return fmt.Errorf("%w: aud", refused)
	}
	azp, ok := c.azp.Text()
	if c.azp.Kind == strictjson.Invalid && audiences == 1 {
		return nil
	}
	if !ok || azp != clientID {
		return fmt.Errorf("%w: azp", refused)
	}
	return nil
}

// checkTimes checks exp, iat and nbf. Both ends of the leeway are inside.
func (c *signedClaims) checkTimes(now time.Time, leeway time.Duration, refused error) error {
	if exp, ok := numericdate.Read(c.exp); !ok || !exp.Present || exp.Reached(now, leeway) {
		return fmt.Errorf("%w: exp", refused)
	}
	if iat, ok := numericdate.Read(c.iat); !ok || !iat.Present || iat.Ahead(now, leeway) {
		return fmt.Errorf("%w: iat", refused)
	}
	if nbf, ok := numericdate.Read(c.nbf); !ok || nbf.Ahead(now, leeway) {
		return fmt.Errorf("%w: nbf", refused)
	}
	return nil
}

// signatureChecker is the key set of go-oidc for one token.
type signatureChecker struct {
	provider    *Provider
	compact     jws.Compact
	header      jws.Header
	issuer      string
	unavailable error // go-oidc flattens it to text
	unknown     bool  // the issuer publishes no such key, or must not be asked for it now
}

// verifier returns what checks signature, issuer and audience of the token.
func (c *signatureChecker) verifier(clientID string) *gooidc.IDTokenVerifier {
	return gooidc.NewVerifier(c.issuer, c, &gooidc.Config{
		ClientID:             clientID,
		SupportedSigningAlgs: []string{c.header.Algorithm}, // readSignedToken has accepted it
		SkipExpiryCheck:      true,                         // its leeway is none on exp and fixed on nbf: checkTimes does it
	})
}

// refusal says what go-oidc has refused: its own text may show claims.
func (c *signatureChecker) refusal(claims *signedClaims, clientID string, refused error) error {
	if iss, _ := claims.iss.Text(); iss != c.issuer {
		return fmt.Errorf("%w: iss", refused)
	}
	if err := claims.checkAudience(clientID, refused); err != nil {
		return err
	}
	if c.unknown {
		return fmt.Errorf("%w: the issuer publishes no such key", refused)
	}
	return fmt.Errorf("%w: signature", refused)
}

// VerifySignature implements go-oidc's KeySet.
func (c *signatureChecker) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	key, err := c.provider.Key(ctx, c.issuer, c.header.KeyID, c.header.HasKeyID, c.header.Algorithm)
	var unavailable *UnavailableError
	if errors.As(err, &unavailable) {
		c.unavailable = err
	}
	c.unknown = errors.Is(err, ErrKeyNotFound)
	if err != nil {
		return nil, err
	}
	if err := jws.Verify(c.header.Algorithm, key.Public, c.compact.SigningInput, c.compact.Signature); err != nil {
		return nil, err
	}
	if c.provider.signed != nil {
		c.provider.signed(c.provider)
	}
	return c.compact.Payload, nil
}
