package e2e_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// proofKey is a DPoP client (RFC 9449) that shares no code with what it talks to.
type proofKey struct {
	known      *secrets
	signer     jose.Signer
	thumbprint string // RFC 7638, the value of cnf.jkt
}

func newProofKey(t *testing.T, known *secrets) *proofKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private},
		(&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	return &proofKey{known, signer, base64.RawURLEncoding.EncodeToString(thumbprint)}
}

// proof makes a proof for one request. Without a token it is one for a token endpoint. Further claims come in pairs.
func (k *proofKey) proof(t *testing.T, method, url, token string, further ...string) string {
	t.Helper()
	id := rand.Text()
	claims := map[string]any{"jti": id, "htm": method, "htu": url, "iat": time.Now().Unix()}
	if token != "" {
		hash := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(hash[:])
	}
	for i := 0; i+1 < len(further); i += 2 {
		claims[further[i]] = further[i+1]
	}
	text, err := jwt.Signed(k.signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	k.known.add("a DPoP proof", text)
	k.known.add("the jti of a DPoP proof", id)
	return text
}

// token is a bound access token of the development tenant.
func (k *proofKey) token(d *devTenant) string {
	token := d.running.AccessToken(auth0test.Claims{
		"scope": "read:messages", "cnf": map[string]any{"jkt": k.thumbprint},
	})
	k.known.add("a bound access token", token)
	return token
}

// bound are the header pairs of a token and the proof that goes with it.
func bound(token, proof string) []string {
	return []string{"Authorization", "DPoP " + token, "DPoP", proof}
}
