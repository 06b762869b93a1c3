package auth0test

import (
	"net/http"
	"time"
)

const (
	headerProof = "DPoP"
	headerNonce = "DPoP-Nonce"
	typeBearer  = "Bearer"
	typeDPoP    = "DPoP"
)

// prove takes the proof of a request and returns the thumbprint of its key, empty for a request without a
// proof. A new nonce goes into the header of the answer, whatever that will be.
func (t *Tenant) prove(w http.ResponseWriter, r *http.Request, want proofTarget) (thumbprint string, refusal *oauthError) {
	lines := r.Header.Values(headerProof)
	if len(lines) == 0 {
		return "", nil
	}
	if len(lines) > 1 { // RFC 9449 section 4.3, item 1
		return "", refuseProof("There is more than one DPoP header.")
	}
	p, refusal := readProof(lines[0])
	if refusal != nil {
		return "", refusal
	}
	now := t.now()
	if refusal := p.check(want, now); refusal != nil {
		return "", refusal
	}
	nonce, refusal := t.consume(p, now)
	if nonce != "" {
		w.Header().Set(headerNonce, nonce)
	}
	if refusal != nil {
		return "", refusal
	}
	return p.thumbprint, nil
}

// consume is the end of the checks, since it uses the proof up: the nonce of RFC 9449 section 8, then the jti
// of section 11.1, which counts for each key by itself.
func (t *Tenant) consume(p *proof, now time.Time) (nonce string, refusal *oauthError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.nonces.required {
		nonce = t.nonces.renew(now)
		if !t.nonces.accepts(p.claims.Nonce) {
			return nonce, refuse("use_dpop_nonce", "The DPoP proof needs the nonce of the header DPoP-Nonce.")
		}
		if nonce == p.claims.Nonce {
			nonce = "" // nothing new
		}
	}
	t.store.sweep(now)
	key := digestOf(p.thumbprint + " " + p.claims.ID)
	if expires, ok := t.store.proofs[key]; ok && !now.After(expires) {
		return nonce, refuseProof("The DPoP proof was used before.")
	}
	t.store.proofs[key] = time.Unix(int64(*p.claims.IssuedAt), 0).Add(proofWindow + time.Second)
	return nonce, nil
}

// nonceTurn is how long a nonce is the newest one, and then how long it still counts.
const nonceTurn = time.Minute

// nonces are those of RFC 9449 section 8, guarded by Tenant.mu.
type nonces struct {
	required       bool
	newest, before string
	since          time.Time // of the newest
}

// RequireDPoPNonce turns nonces on or off, as Config.RequireDPoPNonce does from the start. With every call
// the tenant forgets the nonces that it gave out, so that the next proof of each client has to be repeated.
func (t *Tenant) RequireDPoPNonce(required bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nonces = nonces{required: required}
}

// renew returns the newest nonce, after making one if it is time.
func (n *nonces) renew(now time.Time) string {
	age := now.Sub(n.since).Abs()
	switch {
	case n.newest == "" || age >= 2*nonceTurn:
		n.newest, n.before, n.since = random(), "", now
	case age >= nonceTurn:
		n.newest, n.before, n.since = random(), n.newest, now
	}
	return n.newest
}

func (n *nonces) accepts(nonce string) bool {
	return nonce != "" && (nonce == n.newest || nonce == n.before)
}

// bind says in the claims of an access token to which key it is bound (RFC 9449 section 6.1).
func bind(claims map[string]any, thumbprint string) {
	if thumbprint != "" {
		claims["cnf"] = map[string]any{"jkt": thumbprint}
	}
}

// tokenType is RFC 9449 section 5.
func tokenType(thumbprint string) string {
	if thumbprint != "" {
		return typeDPoP
	}
	return typeBearer
}
