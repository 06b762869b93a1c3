package ginauth0api

import (
	"encoding/base64"
	"time"
)

// nonceHeader carries a nonce to the client (RFC 9449 section 8.1). It is in the
// canonical form of net/http.
const nonceHeader = "Dpop-Nonce"

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
