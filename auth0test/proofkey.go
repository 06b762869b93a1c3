package auth0test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// proofAlgorithms are those of DPoP proofs, asymmetric all of them (RFC 9449 section 4.2).
var proofAlgorithms = []string{
	"ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
}

// ProofKey is the key pair of a client that proves its possession with every request: DPoP, RFC 9449. It
// makes the proofs, wrong ones included, and names the key to which an access token is bound:
//
//	key := auth0test.NewProofKey("")
//	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
//	proof := key.Proof("GET", "https://api.example.test/messages", token)
//
// Its methods may be used from any goroutine.
type ProofKey struct {
	// Now is the clock behind the iat of the proofs. Nil means time.Now. It must be safe for concurrent
	// use, and set before the key is used.
	Now func() time.Time

	alg     string
	private crypto.Signer
	jwk     map[string]any // the public half, only the members that RFC 7638 counts
}

// NewProofKey generates a key for one of the algorithms ES256, ES384, ES512, EdDSA (Ed25519) and RS256 to
// PS512 (2048 bits, which takes some 50 ms). Empty means ES256. It panics on any other algorithm.
func NewProofKey(alg string) *ProofKey {
	if alg == "" {
		alg = "ES256"
	}
	if !slices.Contains(proofAlgorithms, alg) {
		panic(fmt.Sprintf("auth0test: NewProofKey: no proof is signed with %q", alg))
	}
	private, err := generateFor(alg)
	if err != nil {
		panic(fmt.Sprintf("auth0test: generating a key: %v", err)) // the machine has no randomness
	}
	return &ProofKey{alg: alg, private: private, jwk: publicJWK(private.Public())}
}

func generateFor(alg string) (crypto.Signer, error) {
	switch alg {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

// publicJWK follows RFC 7518 section 6 and RFC 8037 section 2, with the required members alone.
func publicJWK(public crypto.PublicKey) map[string]any {
	encode := base64.RawURLEncoding.EncodeToString
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y: SEC 1 section 2.3.3
		if err != nil {
			panic(fmt.Sprintf("auth0test: writing a public EC key: %v", err))
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return map[string]any{"kty": "EC", "crv": public.Curve.Params().Name, "x": encode(x), "y": encode(y)}
	case ed25519.PublicKey:
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode(public)}
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes())}
	}
	panic(fmt.Sprintf("auth0test: a key of type %T", public))
}

// Thumbprint returns the JWK thumbprint of the key, RFC 7638 with SHA-256: what a token's cnf.jkt and the
// parameter dpop_jkt hold.
func (k *ProofKey) Thumbprint() string {
	return thumbprint(k.jwk)
}

// thumbprint wants the required members and no others. JSON from a map is sorted and has no spaces, which
// is what RFC 7638 section 3.3 asks for.
func thumbprint(jwk map[string]any) string {
	text, err := encodeJSON(jwk)
	if err != nil {
		panic(fmt.Sprintf("auth0test: writing a public key: %v", err))
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Confirmation returns the value of the claim cnf that binds an access token to the key (RFC 9449 section
// 6.1). The map is the caller's to change.
func (k *ProofKey) Confirmation() map[string]any {
	return map[string]any{"jkt": k.Thumbprint()}
}

// JWK returns the public half as a proof's header names it. The map is the caller's to change.
func (k *ProofKey) JWK() map[string]any {
	return maps.Clone(k.jwk)
}

// ProofEdit changes a proof before it is signed: [Header] its header, [Claims] its claims. A nil value
// removes a member.
type ProofEdit interface {
	editProof(header, claims map[string]any)
}

// Header are members of the header of a proof. A nil value removes one from the default set.
type Header map[string]any

func (h Header) editProof(header, _ map[string]any) { overlay(header, h) }

func (c Claims) editProof(_, claims map[string]any) { overlay(claims, c) }

// Proof makes a proof for one request. The URL loses its query and fragment. An empty accessToken makes
// one for a token endpoint; otherwise ath is the hash of the token. Every proof has a jti of its own and
// was issued now:
//
//	{"typ": "dpop+jwt", "alg": …, "jwk": …} {"jti": …, "htm": method, "htu": url, "iat": …, "ath": …}
//
// Edits are applied in order, and make every wrong proof: Claims{"iat": nil} lacks a claim, Claims{"nonce":
// n} answers a demand for a nonce, and other.Proof(…, Header{"jwk": key.JWK()}) is signed by another key.
// The alg decides about the signature as in [Tenant.Sign]: "none" leaves it empty, HS256 takes the public
// key in PEM form for a secret, another algorithm that fits the key is used, and anything else is signed
// with the key's own.
//
// Proof panics if header or claims cannot be written as JSON.
func (k *ProofKey) Proof(method, url, accessToken string, edits ...ProofEdit) string {
	now := time.Now
	if k.Now != nil {
		now = k.Now
	}
	header := map[string]any{"typ": "dpop+jwt", "alg": k.alg, "jwk": k.JWK()}
	claims := map[string]any{"jti": random(), "htm": method, "htu": withoutQuery(url), "iat": now().Unix()}
	if accessToken != "" {
		claims["ath"] = proofTokenHash(accessToken)
	}
	for _, edit := range edits {
		edit.editProof(header, claims)
	}
	input := segment(header) + "." + segment(claims)
	alg, _ := header["alg"].(string)
	return input + "." + base64.RawURLEncoding.EncodeToString(k.sign(alg, []byte(input)))
}

// withoutQuery cuts where query or fragment begin (RFC 9449 section 4.2) and changes nothing else.
func withoutQuery(url string) string {
	if end := strings.IndexAny(url, "?#"); end >= 0 {
		return url[:end]
	}
	return url
}

// proofTokenHash is the ath of RFC 9449 section 4.2.
func proofTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
