package auth0test_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

var proofAlgorithms = []jose.SignatureAlgorithm{
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
}

// verifiedProof reads the claims of a proof after go-jose has verified it with the key in its own header.
func verifiedProof(t *testing.T, proof string) (header jose.Header, claims map[string]any) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(proof, proofAlgorithms)
	if err != nil {
		t.Fatal(err)
	}
	header = signed.Signatures[0].Protected
	payload, err := signed.Verify(header.JSONWebKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return header, claims
}

// joseThumbprint is go-jose's.
func joseThumbprint(t *testing.T, key *jose.JSONWebKey) string {
	t.Helper()
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

func TestProofOfEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for _, alg := range proofAlgorithms {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			key := auth0test.NewProofKey(string(alg))
			header, claims := verifiedProof(t, key.Proof("POST", "https://api.example.test/a%2Fb?q=1#f", "the-token"))
			if header.Algorithm != string(alg) || header.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || len(header.ExtraHeaders) != 1 {
				t.Errorf("header %+v", header)
			}
			if !header.JSONWebKey.IsPublic() || joseThumbprint(t, header.JSONWebKey) != key.Thumbprint() {
				t.Errorf("thumbprint %s, go-jose says %s", key.Thumbprint(), joseThumbprint(t, header.JSONWebKey))
			}
			hash := sha256.Sum256([]byte("the-token"))
			for name, want := range map[string]any{
				"htm": "POST", "htu": "https://api.example.test/a%2Fb", "ath": base64.RawURLEncoding.EncodeToString(hash[:]),
			} {
				if claims[name] != want {
					t.Errorf("%s is %v, want %v", name, claims[name], want)
				}
			}
			if iat, _ := claims["iat"].(float64); time.Since(time.Unix(int64(iat), 0)).Abs() > time.Minute {
				t.Errorf("iat %v", claims["iat"])
			}
			if text(t, claims, "jti"); len(claims) != 5 {
				t.Errorf("claims %v, want five", claims)
			}
		})
	}
}

func TestProofKeyDefaultsToES256(t *testing.T) {
	t.Parallel()
	header, _ := verifiedProof(t, auth0test.NewProofKey("").Proof("GET", "https://x.test/", ""))
	if header.Algorithm != "ES256" {
		t.Errorf("alg %s", header.Algorithm)
	}
}

func TestProofsAreNeverTheSame(t *testing.T) {
	t.Parallel()
	key := auth0test.NewProofKey("")
	_, first := verifiedProof(t, key.Proof("GET", "https://x.test/#f", ""))
	_, second := verifiedProof(t, key.Proof("GET", "https://x.test/", ""))
	if first["jti"] == second["jti"] {
		t.Errorf("jti %v twice", first["jti"])
	}
	if first["htu"] != "https://x.test/" {
		t.Errorf("htu %v", first["htu"])
	}
	if first["ath"] != nil {
		t.Errorf("ath %v without a token", first["ath"])
	}
	if auth0test.NewProofKey("").Thumbprint() == key.Thumbprint() {
		t.Error("two keys are one")
	}
}

func TestProofTakesEdits(t *testing.T) {
	t.Parallel()
	key := auth0test.NewProofKey("")
	at := time.Unix(1_700_000_000, 0)
	key.Now = func() time.Time { return at }
	proof := key.Proof("GET", "https://x.test/", "t",
		auth0test.Header{"typ": nil, "kid": "k"},
		auth0test.Claims{"ath": nil, "htu": "https://other.test/?q", "exp": at.Add(time.Minute)},
		auth0test.Claims{"nonce": "n"})
	if header := headerOf(t, proof); len(header) != 3 || header["kid"] != "k" || header["alg"] != "ES256" || header["jwk"] == nil {
		t.Errorf("header %v", header)
	}
	_, got := verifiedProof(t, proof)
	delete(got, "jti")
	want := map[string]any{"htm": "GET", "htu": "https://other.test/?q", "iat": 1.7e9, "exp": 1.7e9 + 60, "nonce": "n"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
	// The next proof knows nothing of it.
	if header := headerOf(t, key.Proof("GET", "https://x.test/", "")); len(header) != 3 || header["typ"] != "dpop+jwt" {
		t.Errorf("next header %v", header)
	}
}

func TestProofSignedByAnotherKey(t *testing.T) {
	t.Parallel()
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	signed, err := jose.ParseSignedCompact(other.Proof("GET", "https://x.test/", "", auth0test.Header{"jwk": key.JWK()}), proofAlgorithms)
	if err != nil {
		t.Fatal(err)
	}
	named := signed.Signatures[0].Protected.JSONWebKey
	if joseThumbprint(t, named) != key.Thumbprint() {
		t.Error("the header does not name the first key")
	}
	if _, err := signed.Verify(named); err == nil {
		t.Error("the proof verifies with a key that has not signed it")
	}
	header, _ := verifiedProof(t, other.Proof("GET", "https://x.test/", ""))
	if _, err := signed.Verify(header.JSONWebKey); err != nil {
		t.Errorf("the proof does not verify with the key that has signed it: %v", err)
	}
}

func TestAlgOfProofDecidesTheSignature(t *testing.T) {
	t.Parallel()
	key, rsaKey := auth0test.NewProofKey(""), auth0test.NewProofKey("PS256")
	if proof := key.Proof("GET", "https://x.test/", "", auth0test.Header{"alg": "none"}); !strings.HasSuffix(proof, ".") {
		t.Errorf("alg none has a signature: %s", proof)
	}
	if header, _ := verifiedProof(t, rsaKey.Proof("GET", "https://x.test/", "", auth0test.Header{"alg": "RS384"})); header.Algorithm != "RS384" {
		t.Errorf("alg %s", header.Algorithm)
	}
	// What does not fit is signed as the key signs.
	for _, test := range []struct {
		key  *auth0test.ProofKey
		says string
		is   string
	}{{key, "ES384", "ES256"}, {key, "RS256", "ES256"}, {rsaKey, "ES256", "PS256"}} {
		proof := test.key.Proof("GET", "https://x.test/", "", auth0test.Header{"alg": test.says})
		if alg := headerOf(t, proof)["alg"]; alg != test.says {
			t.Errorf("alg %v, want %s", alg, test.says)
		}
		if !signedAs(t, test.key, proof, test.is) {
			t.Errorf("%s in the header of a key for %s: not its own signature", test.says, test.is)
		}
	}
	t.Run("HS256 takes the public key for a secret", func(t *testing.T) {
		proof := key.Proof("GET", "https://x.test/", "", auth0test.Header{"alg": "HS256", "jwk": nil})
		header, _ := verifiedProof(t, key.Proof("GET", "https://x.test/", ""))
		der, err := x509.MarshalPKIXPublicKey(header.JSONWebKey.Key)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{jose.HS256})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signed.Verify(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
			t.Error(err)
		}
	})
}

// signedAs verifies a signature by hand, whatever the header claims.
func signedAs(t *testing.T, key *auth0test.ProofKey, proof, alg string) bool {
	t.Helper()
	header, _ := verifiedProof(t, key.Proof("GET", "https://x.test/", ""))
	input, last := proof[:strings.LastIndex(proof, ".")], proof[strings.LastIndex(proof, ".")+1:]
	signature, err := base64.RawURLEncoding.DecodeString(last)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(input))
	switch public := header.JSONWebKey.Key.(type) {
	case *ecdsa.PublicKey:
		raw := append([]byte{0x30, byte(len(signature) + 4)}, derInteger(signature[:32])...)
		raw = append(raw, derInteger(signature[32:])...)
		raw[1] = byte(len(raw) - 2)
		return alg == "ES256" && ecdsa.VerifyASN1(public, hash[:], raw)
	case *rsa.PublicKey:
		return alg == "PS256" && rsa.VerifyPSS(public, crypto.SHA256, hash[:], signature, nil) == nil
	}
	return false
}

func derInteger(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	if b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return append([]byte{2, byte(len(b))}, b...)
}

func TestBoundAccessToken(t *testing.T) {
	t.Parallel()
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	all := claims(t, tenant, auth0test.DefaultAudience, tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()}))
	if want := map[string]any{"jkt": key.Thumbprint()}; !reflect.DeepEqual(all["cnf"], want) {
		t.Errorf("cnf %v, want %v", all["cnf"], want)
	}
	// What a caller changes is its own.
	key.Confirmation()["jkt"] = "x"
	key.JWK()["x"] = "x"
	if header, _ := verifiedProof(t, key.Proof("GET", "https://x.test/", "")); joseThumbprint(t, header.JSONWebKey) != key.Confirmation()["jkt"] {
		t.Error("a caller has changed the key")
	}
}

func TestNoProofKeyForOtherAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"none", "HS256", "es256", "ES256K"} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, alg) {
					t.Errorf("panic %q, want one that names %s", got, alg)
				}
			}()
			auth0test.NewProofKey(alg)
		}()
	}
}
