// Package jws reads and verifies one JSON Web Signature in compact
// serialisation (RFC 7515) with the strictness that access tokens, ID tokens
// and DPoP proofs need, and with the standard library's cryptography alone.
//
// The pieces are used in this order: [Split] takes the text apart,
// [ReadHeader] reads the protected header, the caller chooses a [Key] and
// decides whether algorithm and type are acceptable, [Verify] checks the
// signature. Nothing here trusts a key that the text itself names.
package jws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// ErrMalformed says that a text is not a compact JWS that may be read. It
// shows no part of the text.
var ErrMalformed = errors.New("jws: malformed")

// SegmentsError is the [ErrMalformed] of a text with another number of
// segments than three: 1 is an opaque string, 5 an encrypted token (RFC 7516).
type SegmentsError struct{ Count int }

func (e *SegmentsError) Error() string {
	return fmt.Sprintf("jws: malformed: %d segments instead of 3", e.Count)
}

// Is makes errors.Is(err, ErrMalformed) true.
func (e *SegmentsError) Is(target error) bool { return target == ErrMalformed }

// maxKeyIDBytes bounds the `kid` header parameter.
const maxKeyIDBytes = 256

// Compact is a compact JWS taken apart. None of its parts aliases the text. Payload
// has memory of its own, the others share some.
type Compact struct {
	Header        []byte // decoded
	Payload       []byte // decoded
	Signature     []byte // decoded
	HeaderSegment []byte // encoded
	SigningInput  []byte // encoded header, dot, encoded payload

	scratch *scratch
}

// scratch is memory for all parts but the payload.
type scratch struct{ bytes []byte }

var scratches = sync.Pool{New: func() any { return &scratch{} }}

// Release gives the memory of all parts but Payload back, so that the next Split
// need not ask for new one. Nobody has to call it. Neither these parts nor copies
// of the Compact may be used, or released again, any more: the memory belongs to
// somebody else. The zero Compact may be released.
func (c *Compact) Release() {
	if c.scratch == nil {
		return
	}
	clear(c.scratch.bytes) // nobody who was told not to keep tokens shall keep one here
	scratches.Put(c.scratch)
	*c = Compact{Payload: c.Payload}
}

// Split takes a compact JWS apart: exactly three non-empty segments, each in
// base64url without padding, without white space and with unused bits zero, so
// that one signed content has one text only. It does not bound the length;
// callers do, before they call. Errors are [ErrMalformed].
func Split(text string) (Compact, error) {
	if n := strings.Count(text, "."); n != 2 {
		return Compact{}, &SegmentsError{Count: n + 1}
	}
	// The decoder ignores line breaks, strict or not.
	if strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0 {
		return Compact{}, ErrMalformed
	}
	first := strings.IndexByte(text, '.')
	second := first + 1 + strings.IndexByte(text[first+1:], '.')
	if first == 0 || second == first+1 || second == len(text)-1 {
		return Compact{}, ErrMalformed
	}
	decoded := base64.RawURLEncoding.DecodedLen
	c := Compact{scratch: scratches.Get().(*scratch)}
	buf := c.scratch.take(len(text) + decoded(first) + decoded(len(text)-second-1))
	copy(buf, text)
	encoded, free := buf[:len(text):len(text)], buf[len(text):]
	var err1, err2, err3 error
	c.Header, err1 = decodeInto(free, encoded[:first])
	free = free[len(c.Header):]
	c.Signature, err2 = decodeInto(free, encoded[second+1:])
	c.Payload, err3 = decodeInto(make([]byte, decoded(second-first-1)), encoded[first+1:second])
	if err1 != nil || err2 != nil || err3 != nil {
		c.Release()
		return Compact{}, ErrMalformed
	}
	c.HeaderSegment = encoded[:first:first]
	c.SigningInput = encoded[:second:second]
	return c, nil
}

func (s *scratch) take(n int) []byte {
	if cap(s.bytes) < n {
		s.bytes = make([]byte, n, n+n/2)
	}
	s.bytes = s.bytes[:n]
	return s.bytes
}

// decodeInto decodes a segment into the start of free.
func decodeInto(free, segment []byte) ([]byte, error) {
	n, err := strictBase64.Decode(free, segment)
	if err != nil {
		return nil, err
	}
	return free[:n:n], nil
}

// strictBase64 also refuses unused bits that are not zero.
var strictBase64 = base64.RawURLEncoding.Strict()

// Header is what is read of a protected header. Everything else in it, and
// above all every key and every address of a key, is ignored.
type Header struct {
	Algorithm string
	KeyID     string
	HasKeyID  bool
	Type      string // empty with HasType: present but not a string
	HasType   bool
}

// ReadHeader reads a protected header. It refuses, as [ErrMalformed]: what is
// not one strict JSON object, an `alg` that is missing or no string, a `kid`
// that is no string or above 256 bytes, and any `crit` (RFC 7515 section
// 4.1.11) or `b64` (RFC 7797), since no extension is understood here.
func ReadHeader(json []byte) (Header, error) {
	var h Header
	ok, hasAlgorithm := true, false
	s := strictjson.Object(json)
	for s.Next() {
		switch string(s.Name()) {
		case "alg":
			h.Algorithm, hasAlgorithm = text(s.Value())
		case "kid":
			h.HasKeyID = true
			h.KeyID, ok = s.Value().Text()
			ok = ok && len(h.KeyID) <= maxKeyIDBytes
		case "typ":
			h.HasType = true
			h.Type, _ = text(s.Value())
		case "crit", "b64":
			ok = false
		}
		if !ok {
			return Header{}, ErrMalformed
		}
	}
	if s.Err() != nil || !hasAlgorithm {
		return Header{}, ErrMalformed
	}
	return h, nil
}

// text is Value.Text without an allocation for what nearly every header says.
func text(v strictjson.Value) (string, bool) {
	switch string(v.Raw) {
	case `"RS256"`:
		return "RS256", true
	case `"ES256"`:
		return "ES256", true
	case `"JWT"`:
		return "JWT", true
	case `"at+jwt"`:
		return "at+jwt", true
	}
	return v.Text()
}

// MediaType returns a `typ` in the one form in which two of them compare:
// lower case and without the optional "application/" (RFC 7515 section 4.1.9).
func MediaType(typ string) string {
	if typ == "JWT" { // nearly always
		return "jwt"
	}
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}
