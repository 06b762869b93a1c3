package dpop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

const (
	// scalarBytes is how long a private key and a coordinate of P-256 are.
	scalarBytes = 32
	// scalarChars is how long that is in base64url without padding.
	scalarChars = (scalarBytes*8 + 5) / 6
)

// ErrProofKey says that a text is no key of this package.
var ErrProofKey = errors.New("dpop: not a proof key")

// ProofKey is the client's side of proof of possession: a P-256 key that makes
// proofs with ES256. It never changes, is safe for concurrent use, and prints nothing
// of itself.
type ProofKey struct {
	key        *ecdsa.PrivateKey
	header     string // the protected header, the same for all proofs
	thumbprint string
}

// NewProofKey makes a key.
func NewProofKey() *ProofKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	k, err := newProofKey(key)
	if err != nil {
		panic(err) // it was just made
	}
	return k
}

// ParseProofKey reads what Text has written. The error is [ErrProofKey].
func ParseProofKey(text string) (*ProofKey, error) {
	if len(text) != scalarChars { // the decoder skips line breaks
		return nil, ErrProofKey
	}
	scalar, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, ErrProofKey
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, ErrProofKey
	}
	return newProofKey(key)
}

func newProofKey(key *ecdsa.PrivateKey) (*ProofKey, error) {
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, ErrProofKey
	}
	thumbprint, err := jws.Thumbprint(&key.PublicKey)
	if err != nil {
		return nil, ErrProofKey
	}
	x := base64.RawURLEncoding.EncodeToString(point[1 : 1+scalarBytes])
	y := base64.RawURLEncoding.EncodeToString(point[1+scalarBytes:])
	header := `{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"}}`
	return &ProofKey{
		key: key, header: base64.RawURLEncoding.EncodeToString([]byte(header)),
		thumbprint: base64.RawURLEncoding.EncodeToString(thumbprint[:]),
	}, nil
}

// Text is the private key: 32 bytes in base64url. It is a secret.
func (k *ProofKey) Text() string {
	scalar, err := k.key.Bytes()
	if err != nil {
		panic(err) // a key of P-256 has them
	}
	return base64.RawURLEncoding.EncodeToString(scalar)
}

// Thumbprint is the JWK thumbprint of the public key (RFC 7638) in base64url, which
// is dpop_jkt and cnf.jkt.
func (k *ProofKey) Thumbprint() string { return k.thumbprint }

// Format shows nothing, whatever the verb.
func (ProofKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("dpop proof key")) }

// proofClaims are the payload of a proof (RFC 9449 section 4.2).
type proofClaims struct {
	ID        string `json:"jti"`
	Method    string `json:"htm"`
	URL       string `json:"htu"`
	IssuedAt  int64  `json:"iat"`
	Nonce     string `json:"nonce,omitempty"`
	TokenHash string `json:"ath,omitempty"`
}

// Proof makes a proof for one request (RFC 9449 section 4.2). Query and fragment of
// the URL are left out. An empty nonce is none; an empty access token is none, as at a
// token endpoint.
func (k *ProofKey) Proof(method, url, nonce, accessToken string, now time.Time) (string, error) {
	var id [16]byte
	rand.Read(id[:]) // never fails
	claims := proofClaims{
		ID: base64.RawURLEncoding.EncodeToString(id[:]), Method: method, URL: withoutQuery(url), IssuedAt: now.Unix(), Nonce: nonce,
	}
	if accessToken != "" {
		hash := HashToken(accessToken)
		claims.TokenHash = string(hash[:])
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err // texts: cannot happen
	}
	input := base64.RawURLEncoding.AppendEncode(append([]byte(k.header), '.'), payload)
	digest := sha256.Sum256(input)
	r, s, err := ecdsa.Sign(rand.Reader, k.key, digest[:])
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(input, '.'), fixed(r, s))), nil
}

// fixed is the form of RFC 7518 section 3.4.
func fixed(r, s *big.Int) []byte {
	signature := make([]byte, 2*scalarBytes)
	r.FillBytes(signature[:scalarBytes])
	s.FillBytes(signature[scalarBytes:])
	return signature
}

// withoutQuery cuts query and fragment off a URL (RFC 9449 section 4.2, htu).
func withoutQuery(url string) string {
	if at := strings.IndexAny(url, "?#"); at >= 0 {
		return url[:at]
	}
	return url
}
