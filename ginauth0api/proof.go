package ginauth0api

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

const (
	// nonceHeader carries a nonce to the client (RFC 9449 section 8.1). It is in
	// the canonical form of net/http.
	nonceHeader = "Dpop-Nonce"
	// replayTimeout bounds one question to a ReplayStore.
	replayTimeout = time.Second
	// replaySlack is how much longer than its proof is acceptable a key is kept.
	replaySlack = time.Second
)

// Proof is what is known of the DPoP proof of a request (RFC 9449 section 4.2).
type Proof struct {
	// Thumbprint is the JWK SHA-256 thumbprint of the proof key (RFC 7638) in
	// base64url, which the token names as jkt.
	Thumbprint string
	// ID is the jti of the proof.
	ID string
	// IssuedAt is the iat of the proof.
	IssuedAt time.Time
}

// proofClaims is a [Proof] that nobody has asked for yet.
type proofClaims struct {
	thumbprint [32]byte
	id         []byte
	issuedAt   time.Time
}

func (c *proofClaims) export() Proof {
	return Proof{
		Thumbprint: base64.RawURLEncoding.EncodeToString(c.thumbprint[:]),
		ID:         string(c.id),
		IssuedAt:   c.issuedAt,
	}
}

// proofRules are what a core needs to judge proofs.
type proofRules struct {
	verifier *dpop.Verifier
	maxAge   time.Duration
	nonces   *dpop.Nonces // nil: none are asked for
	replay   ReplayStore
	inMemory bool // replay is the memory of this process, which answers at once

	allowReplayStoreFailure bool
}

// shownProof is the proof of a request, of which nothing is believed yet.
type shownProof struct {
	proof  dpop.Proof
	target dpop.Target
}

// readProof judges what can be judged of a proof without its signature, so that
// an obviously bad one causes no request for keys.
func (g *core) readProof(s *shownProof, r *http.Request, lines []string) *Error {
	address, err := g.proxy.of(r)
	if err != nil {
		return publicURLInvalid.because(err)
	}
	s.target = address.target()
	switch {
	case lines == nil:
		return dpopProofMissing.because(nil)
	case len(lines) > 1 || strings.IndexByte(lines[0], ',') >= 0:
		return dpopProofRepeated.because(nil)
	}
	if s.proof, err = g.proofs.verifier.Read(lines[0]); err != nil {
		return proofError(err)
	}
	return nil
}

// checkProof verifies the proof of a request for a bound token, and uses it up.
// A nonce that is returned goes into the answer.
func (g *core) checkProof(s *shownProof, r *http.Request, v *verified, now time.Time) (claims proofClaims, nonce string, refused *Error) {
	got, err := g.proofs.verifier.Verify(&s.proof, &dpop.Expected{
		Method: r.Method, Target: s.target, TokenHash: v.hash, Now: now,
	})
	if err != nil {
		return proofClaims{}, "", proofError(s.explain(err))
	}
	thumbprint := s.proof.Thumbprint()
	if subtle.ConstantTimeCompare(thumbprint[:], v.bound.key.sum[:]) != 1 {
		return proofClaims{}, "", dpopBindingMismatch.because(nil)
	}
	if nonce, refused = g.checkNonce(&got, now); refused != nil {
		return proofClaims{}, "", refused
	}
	// Last, so that a proof which is refused is not used up.
	if refused = g.useUp(r.Context(), dpop.ReplayKey(thumbprint, got.ID), got.IssuedAt, now); refused != nil {
		return proofClaims{}, "", refused
	}
	return proofClaims{thumbprint, got.ID, got.IssuedAt}, nonce, nil
}

// explain tells the log where the client should have sent its request: behind a proxy
// that is what settings get wrong. The path stays out, as it does everywhere.
func (s *shownProof) explain(err error) error {
	if !errors.Is(err, dpop.ErrURL) {
		return err
	}
	base := s.target.Scheme + "://" + s.target.Host.WithoutDefaultPort(s.target.Scheme).String() + s.target.Prefix
	return fmt.Errorf("%w: the request came to %s", err, quoted(base))
}

// checkNonce asks for one of our nonces if the setting does (RFC 9449 section 9).
// It returns a new one when that of the client grows old.
func (g *core) checkNonce(got *dpop.Claims, now time.Time) (nonce string, refused *Error) {
	nonces := g.proofs.nonces
	if nonces == nil {
		return "", nil
	}
	refused = dpopNonceRequired.because(nil)
	if got.HasNonce {
		switch nonces.Check(got.Nonce, now) {
		case dpop.NonceFresh:
			return "", nil
		case dpop.NonceAgeing:
			return nonces.Mint(now), nil
		}
		refused = dpopNonceStale.because(nil)
	}
	refused.nonce = nonces.Mint(now)
	return "", refused
}

// useUp remembers a proof, for as long as it would be accepted, and refuses one
// that is remembered already (RFC 9449 section 11.1).
func (g *core) useUp(ctx context.Context, key string, issuedAt, now time.Time) *Error {
	ttl := issuedAt.Add(g.proofs.maxAge).Sub(now) + replaySlack
	asked := ctx
	if !g.proofs.inMemory {
		var cancel context.CancelFunc
		asked, cancel = context.WithTimeout(ctx, replayTimeout)
		defer cancel()
	}
	fresh, err := g.proofs.replay.Remember(asked, key, ttl)
	switch {
	case err != nil:
		g.count(ctx, Event{Name: eventReplayStoreFailed})
		if !g.proofs.allowReplayStoreFailure {
			return replayStoreUnavailable.because(err)
		}
		g.log.warnReplayStore(ctx, err, now)
		return nil
	case !fresh:
		g.count(ctx, Event{Name: eventReplayRefused})
		return dpopProofReplayed.because(nil)
	}
	return nil
}

// proofError maps what can be wrong with a proof.
func proofError(err error) *Error {
	for _, known := range [...]struct {
		err     error
		refusal refusal
	}{
		{dpop.ErrMalformed, dpopProofMalformed},
		{dpop.ErrType, dpopTypeRefused},
		{dpop.ErrAlgorithm, dpopAlgorithmRefused},
		{dpop.ErrKey, dpopKeyRefused},
		{dpop.ErrSignature, dpopSignatureInvalid},
		{dpop.ErrClaims, dpopClaimsInvalid},
		{dpop.ErrMethod, dpopMethodMismatch},
		{dpop.ErrURL, dpopURLMismatch},
		{dpop.ErrExpired, dpopProofExpired},
		{dpop.ErrTooNew, dpopProofTooNew},
		{dpop.ErrTokenHash, dpopTokenMismatch},
	} {
		if errors.Is(err, known.err) {
			return known.refusal.because(err)
		}
	}
	return internalError.because(err)
}
