package ginauth0

import (
	"fmt"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// proofKey is the key that the tokens of a session are bound to, nil if they are
// Bearer tokens. The error is [ErrTokenType]: tokens that were bound must not become
// others because the key is lost.
func (r *record) proofKey() (*dpop.ProofKey, error) {
	if r.DPoPKey == "" {
		return nil, nil //nolint:nilnil // nil is a session with Bearer tokens
	}
	key, err := dpop.ParseProofKey(r.DPoPKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTokenType, err)
	}
	return key, nil
}

// prover makes proofs with a key, or is nil without one.
func prover(key *dpop.ProofKey) oidc.Prover {
	if key == nil {
		return nil
	}
	return key
}

// newProofKey makes the key of a new session, nil if tokens are not to be bound.
func (s *settings) newProofKey() *dpop.ProofKey {
	if !s.DPoP {
		return nil
	}
	return dpop.NewProofKey()
}
