package auth0test_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// joseProof is a proof made by go-jose, which knows nothing of this package's own.
func joseProof(t *testing.T, alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rawProof signs header and payload as they are spelled, with ES256. The signature may be spelled anew.
func rawProof(t *testing.T, key *ecdsa.PrivateKey, header, payload string, spell func(der, raw []byte) []byte) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	signature := raw
	if spell != nil {
		der := append(derInteger(raw[:32]), derInteger(raw[32:])...)
		signature = spell(append([]byte{0x30, byte(len(der))}, der...), raw)
	}
	return input + "." + encode(signature)
}

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// machineForm is a good request for client credentials, with changes.
func machineForm(changes url.Values) url.Values {
	return changed(url.Values{
		"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}, changes)
}

// proven posts to the token endpoint with DPoP header lines.
func proven(t *testing.T, tenant *auth0test.Tenant, form url.Values, proofs ...string) page {
	t.Helper()
	return post(t, tenant.URL()+"/oauth/token", form.Encode(), http.Header{"Dpop": proofs})
}

// bound posts to the token endpoint with a fresh proof and wants tokens that are bound to the key.
func bound(t *testing.T, tenant *auth0test.Tenant, form url.Values, key *auth0test.ProofKey) map[string]any {
	t.Helper()
	answer := proven(t, tenant, form, key.Proof("POST", tenant.URL()+"/oauth/token", ""))
	if answer.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", answer.status, answer.body)
	}
	object := answer.json(t)
	if object["token_type"] != "DPoP" {
		t.Errorf("token_type %v, want DPoP", object["token_type"])
	}
	return object
}

// thumbprintOf is what the claims of a JWT say about its binding; empty for none.
func thumbprintOf(t *testing.T, tenant *auth0test.Tenant, answer map[string]any) string {
	t.Helper()
	all := claims(t, tenant, auth0test.DefaultAudience, text(t, answer, "access_token"))
	cnf, there := all["cnf"]
	if !there {
		return ""
	}
	object, _ := cnf.(map[string]any)
	if len(object) != 1 {
		t.Fatalf("cnf %v", cnf)
	}
	return text(t, object, "jkt")
}
