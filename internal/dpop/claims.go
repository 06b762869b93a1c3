package dpop

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"math"
	"time"

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
// the whole: the order of the refusals is part of the contract, that of the
// members is not.
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

// dates are NumericDates: seconds since 1970, fractions included (RFC 7519
// section 2). float64 is exact to the microsecond for centuries and cannot
// overflow in the comparisons. What a proof does not say is infinitely far away.
type dates struct{ issued, expiry, notBefore float64 }

func (c *claims) readDates() (dates, bool) {
	d := dates{expiry: math.Inf(1), notBefore: math.Inf(-1)}
	var ok bool
	if d.issued, ok = seconds(c.issuedAt); !ok {
		return dates{}, false
	}
	if c.expiry.Kind != strictjson.Invalid {
		if d.expiry, ok = seconds(c.expiry); !ok {
			return dates{}, false
		}
	}
	if c.notBefore.Kind != strictjson.Invalid {
		d.notBefore, ok = seconds(c.notBefore)
	}
	return d, ok
}

// check: the window of `iat` includes both of its ends, `exp` is the first moment
// at which the proof is no longer good (RFC 7519 section 4.1.4).
func (d *dates) check(now time.Time, rules Rules) error {
	latest := secondsOf(now.Add(rules.Leeway))
	switch {
	case d.issued < secondsOf(now.Add(-rules.MaxAge)):
		return ErrExpired
	case d.issued > latest:
		return ErrTooNew
	case d.expiry <= secondsOf(now.Add(-rules.Leeway)):
		return ErrExpired
	case d.notBefore > latest:
		return ErrTooNew
	}
	return nil
}

func (d *dates) issuedAt() time.Time {
	whole, fraction := math.Modf(d.issued)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second)))
}

// maxDate is the last second that float64 counts without gaps.
const maxDate = 1 << 53

// seconds reads a NumericDate of at most 2^53.
func seconds(claim strictjson.Value) (float64, bool) {
	s, ok := claim.Float()
	if !ok || math.Abs(s) > maxDate {
		return 0, false
	}
	if math.Abs(s) == maxDate { // what lies right behind it is rounded to it
		n, exact := claim.Integer()
		ok = exact && (n == maxDate || n == -maxDate)
	}
	return s, ok
}

func secondsOf(t time.Time) float64 {
	return float64(t.Unix()) + float64(t.Nanosecond())/float64(time.Second)
}
