package dpop

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// maxIDBytes bounds `jti`.
const maxIDBytes = 256

// Claims are what the caller needs of a proof that was verified. Its slices
// share the memory of the proof and must not be changed.
type Claims struct {
	ID       []byte    // jti: 1 to 256 bytes, not blank
	IssuedAt time.Time // iat
	Nonce    []byte    // nil if there is none, or if it is no string
	HasNonce bool
}

// TokenHash is what `ath` must say: the SHA-256 hash of an access token in
// base64url without padding (RFC 9449 section 4.2).
type TokenHash [43]byte

// HashToken returns the hash of an access token.
func HashToken(token string) TokenHash {
	var near [2048]byte // spares most tokens an allocation
	sum := sha256.Sum256(append(near[:0], token...))
	var h TokenHash
	base64.RawURLEncoding.Encode(h[:], sum[:])
	return h
}

func (h *TokenHash) equals(ath []byte) bool { return subtle.ConstantTimeCompare(h[:], ath) == 1 }

// claims are the members of a payload that are looked at, as they stand there.
type claims struct {
	id, method, url, tokenHash, nonce strictjson.Value
	issuedAt, expiry, notBefore       strictjson.Value
}

// readClaims reads the payload once. Nothing of it is judged yet but the form of
// the whole: the order of the refusals is promised, that of the members is not.
func readClaims(payload []byte) (claims, error) {
	var c claims
	s := strictjson.Object(payload)
	for s.Next() {
		switch string(s.Name()) {
		case "jti":
			c.id = s.Value()
		case "htm":
			c.method = s.Value()
		case "htu":
			c.url = s.Value()
		case "ath":
			c.tokenHash = s.Value()
		case "nonce":
			c.nonce = s.Value()
		case "iat":
			c.issuedAt = s.Value()
		case "exp":
			c.expiry = s.Value()
		case "nbf":
			c.notBefore = s.Value()
		}
	}
	if s.Err() != nil {
		return claims{}, ErrMalformed
	}
	return c, nil
}

// typedClaims are claims of the right types.
type typedClaims struct {
	id, method, url, tokenHash []byte
	nonce                      []byte
	hasNonce                   bool
	dates                      dates
}

// judge checks that every required claim is there and that all are of their
// types.
func (c *claims) judge() (typedClaims, error) {
	var t typedClaims
	var hasID, hasMethod, hasURL, hasTokenHash, hasDates bool
	t.id, hasID = c.id.Bytes()
	t.method, hasMethod = c.method.Bytes()
	t.url, hasURL = c.url.Bytes()
	t.tokenHash, hasTokenHash = c.tokenHash.Bytes()
	t.dates, hasDates = c.readDates()
	if !hasID || !hasMethod || !hasURL || !hasTokenHash || !hasDates {
		return typedClaims{}, ErrClaims
	}
	if len(t.id) > maxIDBytes || len(bytes.TrimSpace(t.id)) == 0 {
		return typedClaims{}, ErrClaims
	}
	// An ill-typed nonce is not an ill-typed proof: the client gets a good one.
	t.hasNonce = c.nonce.Kind != strictjson.Invalid
	t.nonce, _ = c.nonce.Bytes()
	return t, nil
}

// dates are when a proof begins and ends to be acceptable.
type dates struct{ issued, expiry, notBefore numericdate.Date }

func (c *claims) readDates() (d dates, ok bool) {
	var okExpiry, okNotBefore bool
	d.issued, ok = numericdate.Read(c.issuedAt)
	d.expiry, okExpiry = numericdate.Read(c.expiry)
	d.notBefore, okNotBefore = numericdate.Read(c.notBefore)
	return d, ok && d.issued.Present && okExpiry && okNotBefore
}

// check: the window of `iat` includes both of its ends, `exp` is the first moment
// at which the proof is no longer good (RFC 7519 section 4.1.4).
func (d *dates) check(now time.Time, rules *Rules) error {
	switch {
	case d.issued.Behind(now, rules.MaxAge, 0):
		return ErrExpired
	case d.issued.Ahead(now, rules.Leeway):
		return ErrTooNew
	case d.expiry.Reached(now, rules.Leeway):
		return ErrExpired
	case d.notBefore.Ahead(now, rules.Leeway):
		return ErrTooNew
	}
	return nil
}
