package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

const accessToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

var (
	now        = time.Unix(1700000000, 0)
	algorithms = []string{"ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	rules      = dpop.Rules{Algorithms: algorithms, MaxAge: 300 * time.Second, Leeway: 30 * time.Second}
)

// request is what the proofs of mint are for.
func request() *dpop.Expected {
	return &dpop.Expected{
		Method:    "GET",
		Target:    dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/things"},
		TokenHash: dpop.HashToken(accessToken),
		Now:       now,
	}
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func goodClaims() map[string]any {
	return map[string]any{
		"jti": "-BwC3ESc6acc2lTc", "htm": "GET", "htu": "https://api.example/things", "iat": now.Unix(), "ath": hash(accessToken),
	}
}

// with returns good claims with some changed; nil removes one.
func with(changes map[string]any) map[string]any {
	claims := goodClaims()
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func newKey(t testing.TB, alg string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// mint makes a proof with go-jose.
func mint(t testing.TB, alg string, key crypto.Signer, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key},
		(&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"),
	)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// jwk is the public key as go-jose writes it.
func jwk(t testing.TB, key crypto.Signer) string {
	t.Helper()
	object, err := json.Marshal(jose.JSONWebKey{Key: key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	return string(object)
}

// forge signs any header and any payload with an ECDSA P-256 key, as no library
// would.
func forge(t testing.TB, key crypto.Signer, header, payload string) string {
	t.Helper()
	input, r, s := sign256(t, key, header, payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(append(r, s...))
}

func sign256(t testing.TB, key crypto.Signer, header, payload string) (input string, r, s []byte) {
	t.Helper()
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("a key of type %T", key)
	}
	input = base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	digest := sha256.Sum256([]byte(input))
	a, b, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input, a.FillBytes(make([]byte, 32)), b.FillBytes(make([]byte, 32))
}

func goodHeader(t testing.TB, key crypto.Signer) string {
	return `{"typ":"dpop+jwt","alg":"ES256","jwk":` + jwk(t, key) + `}`
}

func goodPayload(t testing.TB) string {
	t.Helper()
	payload, err := json.Marshal(goodClaims())
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

// check reads and verifies a proof twice with one Verifier, so that the second
// time its header may be known, and reports if that makes a difference.
func check(t testing.TB, v *dpop.Verifier, text string, want *dpop.Expected) (dpop.Claims, [32]byte, error) {
	t.Helper()
	claims, thumbprint, err := checkOnce(v, text, want)
	again, thumbprintAgain, errAgain := checkOnce(v, text, want)
	if !errors.Is(errAgain, err) || string(again.ID) != string(claims.ID) || !again.IssuedAt.Equal(claims.IssuedAt) || thumbprint != thumbprintAgain ||
		again.HasNonce != claims.HasNonce || string(again.Nonce) != string(claims.Nonce) {
		t.Fatalf("at first %+v, %v; then %+v, %v", claims, err, again, errAgain)
	}
	return claims, thumbprint, err
}

func checkOnce(v *dpop.Verifier, text string, want *dpop.Expected) (dpop.Claims, [32]byte, error) {
	proof, err := v.Read(text)
	if err != nil {
		return dpop.Claims{}, [32]byte{}, err
	}
	claims, err := v.Verify(&proof, want)
	return claims, proof.Thumbprint(), err
}
