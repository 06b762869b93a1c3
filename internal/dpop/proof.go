// Package dpop verifies DPoP proofs (RFC 9449): the JWT with which a client
// shows, request by request, that it holds the key its access token is bound to.
//
// [Verifier.Read] takes a proof apart and refuses what is obviously none, without
// any signature work. [Verifier.Verify] checks the signature, and then what the
// proof was made for. Whose key it must be, the nonce and replays are decided by
// the caller, with [Proof.Thumbprint] and [Claims].
package dpop

import (
	"slices"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// maxProofBytes is far above any proof: an RSA-8192 key and its signature need
// less than half of it.
const maxProofBytes = 8192

// Rules say which proofs are acceptable. There are no defaults: a zero list
// accepts no proof, and zero durations accept `iat` at this very moment only.
type Rules struct {
	Algorithms []string      // accepted signature algorithms
	MaxAge     time.Duration // how far iat may lie back
	Leeway     time.Duration // how far iat and nbf may lie ahead, and exp back
}

// Verifier verifies proofs by fixed [Rules]. It is safe for concurrent use.
type Verifier struct {
	rules Rules
	keys  keyCache
}

// NewVerifier returns a Verifier. It remembers the keys of a bounded number of
// clients.
func NewVerifier(rules Rules) *Verifier {
	rules.Algorithms = slices.Clone(rules.Algorithms)
	return &Verifier{rules: rules, keys: newKeyCache()}
}

// Proof is a proof that was read. Nothing in it may be believed before
// [Verifier.Verify] has returned nil.
type Proof struct {
	compact jws.Compact
	header  *header
	known   bool // the header came from the cache
	claims  claims
}

// Read takes a proof apart and judges all that can be judged without a signature
// and without a request, in this order: [ErrMalformed], [ErrType],
// [ErrAlgorithm], [ErrKey]. An algorithm that does not fit an acceptable key is
// ErrAlgorithm. A JWS header parameter that is not named here is ignored,
// whatever its type.
func (v *Verifier) Read(text string) (Proof, error) {
	var p Proof
	if err := v.read(&p, text); err != nil {
		p.Release()
		return Proof{}, err
	}
	return p, nil
}

func (v *Verifier) read(p *Proof, text string) (err error) {
	if len(text) > maxProofBytes {
		return ErrMalformed
	}
	if p.compact, err = jws.Split(text); err != nil {
		return ErrMalformed
	}
	p.header = v.keys.header(p.compact.HeaderSegment)
	p.known = p.header != nil
	var members headerMembers
	if !p.known {
		if members, err = readHeader(p.compact.Header); err != nil {
			return err
		}
	}
	if p.claims, err = readClaims(p.compact.Payload); err != nil {
		return err
	}
	if !p.known {
		p.header, err = members.judge(v.rules.Algorithms)
	}
	return err
}

// Thumbprint returns the RFC 7638 thumbprint of the key in the proof. It is for
// proofs that [Verifier.Read] has returned, and means nothing before the
// signature is verified.
func (p *Proof) Thumbprint() [32]byte { return p.header.thumbprint }

// Release gives back memory that a proof needs no longer once it was verified; the
// [Claims] of it stay. Nobody has to call it. Neither the proof nor a copy of it may
// be used, or released again, any more.
func (p *Proof) Release() { p.compact.Release() }

// Expected is the request that a proof must have been made for.
type Expected struct {
	Method    string    // compared with case
	Target    Target    // the URL as the client knows it
	TokenHash TokenHash // of the access token that came with the proof
	Now       time.Time
}

// Verify checks, in this order, the signature under the proof's own key
// ([ErrSignature]), the types of the claims ([ErrClaims]), `htm` ([ErrMethod]),
// `htu` ([ErrURL]), `iat`, `exp` and `nbf` ([ErrExpired], [ErrTooNew]) and `ath`
// ([ErrTokenHash]); RFC 9449 section 4.3. p must come from Read of the same
// Verifier, and is not changed.
//
// An ECDSA signature has a twin that verifies too (r, n-s), so one proof may come
// in two texts. Replay protection has to compare the claims, not the text.
func (v *Verifier) Verify(p *Proof, want *Expected) (Claims, error) {
	if jws.Verify(p.header.algorithm, p.header.key, p.compact.SigningInput, p.compact.Signature) != nil {
		return Claims{}, ErrSignature
	}
	if !p.known {
		v.keys.remember(p.compact.HeaderSegment, p.header)
	}
	c, err := p.claims.judge()
	if err != nil {
		return Claims{}, err
	}
	if string(c.method) != want.Method {
		return Claims{}, ErrMethod
	}
	if !want.Target.Matches(c.url) {
		return Claims{}, ErrURL
	}
	if err := c.dates.check(want.Now, &v.rules); err != nil {
		return Claims{}, err
	}
	if !want.TokenHash.equals(c.tokenHash) {
		return Claims{}, ErrTokenHash
	}
	return Claims{ID: c.id, IssuedAt: c.dates.issued.Time(), Nonce: c.nonce, HasNonce: c.hasNonce}, nil
}
