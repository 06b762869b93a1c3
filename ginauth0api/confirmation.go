package ginauth0api

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// confirmation is the claim cnf (RFC 7800): the keys that a request has to
// prove. The zero confirmation is that of a plain bearer token.
type confirmation struct {
	key         thumbprint // jkt, RFC 9449 section 6.1
	certificate thumbprint // x5t#S256, RFC 8705 section 3.1
}

// thumbprint is a SHA-256 value, if present.
type thumbprint struct {
	sum     [sha256.Size]byte
	present bool
}

var errConfirmation = errors.New("cnf has no usable member")

// readConfirmation reads cnf. Whatever is there but cannot be used is an error:
// a malformed claim must not turn a bound token into a plain one.
func readConfirmation(claim strictjson.Value) (confirmation, error) {
	var c confirmation
	if claim.Kind == strictjson.Invalid {
		return c, nil
	}
	members := claim.Members()
	for members.Next() {
		var ok bool
		switch string(members.Name()) {
		case "jkt":
			c.key, ok = readThumbprint(members.Value())
		case "x5t#S256":
			c.certificate, ok = readThumbprint(members.Value())
		default:
			continue
		}
		if !ok {
			return confirmation{}, errConfirmation
		}
	}
	if members.Err() != nil || !c.key.present && !c.certificate.present {
		return confirmation{}, errConfirmation
	}
	return c, nil
}

func readThumbprint(claim strictjson.Value) (thumbprint, bool) {
	content, _ := claim.Bytes()
	if len(content) != strictBase64.EncodedLen(sha256.Size) {
		return thumbprint{}, false
	}
	t := thumbprint{present: true}
	n, err := strictBase64.Decode(t.sum[:], content)
	return t, err == nil && n == len(t.sum) // the decoder skips line breaks
}

// strictBase64 also refuses unused bits that are not zero.
var strictBase64 = base64.RawURLEncoding.Strict()

// checkCertificate refuses a token that is bound to a client certificate which
// the request does not show (RFC 8705 section 3).
func (g *core) checkCertificate(r *http.Request, c *confirmation) *Error {
	if !c.certificate.present {
		return nil
	}
	certificate := g.clientCertificate(r)
	if certificate == nil {
		return mtlsBindingMismatch.because(errors.New("no client certificate"))
	}
	sum := sha256.Sum256(certificate.Raw)
	if subtle.ConstantTimeCompare(sum[:], c.certificate.sum[:]) != 1 {
		return mtlsBindingMismatch.because(errors.New("another client certificate"))
	}
	return nil
}

// checkScheme refuses a bound token without its proof, which is a stolen one or
// one that has lost its proof on the way, and a plain token with a proof.
func (g *Guard) checkScheme(v *verified, creds credentials) *Error {
	bound := v.bound.key.present
	switch {
	case creds.scheme == SchemeDPoP:
		if !bound {
			return tokenNotBound.because(nil)
		}
	case bound && !(g.mode == DPoPDisabled && g.allowBoundAsBearer):
		return tokenBound.because(nil)
	case creds.proofs != nil:
		return dpopProofUnexpected.because(nil)
	}
	return nil
}

// peerCertificate returns the certificate with which the client of this very
// connection has authenticated, nil if there is none.
func peerCertificate(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}
