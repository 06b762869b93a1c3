package jws_test

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// vectorGroup is what all of these files share: one key and what it signed.
type vectorGroup struct {
	PublicKey    vectorKey       `json:"publicKey"`
	PublicKeyJWK json.RawMessage `json:"publicKeyJwk"` // of some groups
	KeyJWK       json.RawMessage `json:"keyJwk"`       // the same, in the files of RSASSA-PKCS1-v1_5
	Tests        []vector        `json:"tests"`
}

type vectorKey struct {
	Uncompressed, Modulus, PublicExponent, PK string // hexadecimal; which of them, tells the type
}

type vector struct {
	ID      int      `json:"tcId"`
	Comment string   `json:"comment"`
	Flags   []string `json:"flags"`
	Msg     string   `json:"msg"`
	Sig     string   `json:"sig"`
	Result  string   `json:"result"`
}

// readVectors reads a file of testdata/wycheproof.
func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "wycheproof", name+"_test.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var curveNames = map[int]string{65: "P-256", 97: "P-384", 133: "P-521"} // by the length of a point

// jwk writes the raw numbers of the key as a JWK: not every group has one.
func (k vectorKey) jwk(t *testing.T) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	switch {
	case k.Uncompressed != "":
		point := unhex(t, k.Uncompressed)
		half := 1 + len(point)/2
		return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, curveNames[len(point)], encode(point[1:half]), encode(point[half:]))
	case k.Modulus != "":
		return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, encode(unhex(t, k.Modulus)), encode(unhex(t, k.PublicExponent)))
	}
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, encode(unhex(t, k.PK)))
}

func (g vectorGroup) key(t *testing.T) crypto.PublicKey {
	t.Helper()
	key, err := jws.ParseKey([]byte(g.PublicKey.jwk(t)))
	if err != nil {
		t.Fatalf("the key of the vectors is refused: %s", g.PublicKey.jwk(t))
	}
	for _, published := range []json.RawMessage{g.PublicKeyJWK, g.KeyJWK} {
		if published == nil {
			continue
		}
		again, err := jws.ParseKey(published)
		if err != nil || !again.Public.(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Public) {
			t.Errorf("the JWK %s is another key: %v", published, err)
		}
	}
	return key.Public
}

// The published vectors for each algorithm. The counts are those of the files,
// so that no vector can be left out unnoticed. "acceptable" is refused: all of
// these are the PKCS #1 encoding without the NULL (flag MissingNull), which RFC
// 8017 section 9.2 does not let signers make, and which crypto/rsa refuses.
func TestVerifyWycheproofSignatures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		alg               string
		accepted, refused int
	}{
		"ecdsa_secp256r1_sha256_p1363": {"ES256", 173, 89},
		"ecdsa_secp384r1_sha384_p1363": {"ES384", 193, 87},
		"ecdsa_secp521r1_sha512_p1363": {"ES512", 231, 87},
		"ed25519":                      {"EdDSA", 88, 63},
		"rsa_signature_2048_sha256":    {"RS256", 9, 250},
		"rsa_signature_3072_sha256":    {"RS256", 8, 251},
		"rsa_signature_3072_sha384":    {"RS384", 7, 252},
		"rsa_signature_4096_sha384":    {"RS384", 7, 252},
		"rsa_signature_2048_sha512":    {"RS512", 8, 251},
		"rsa_signature_4096_sha512":    {"RS512", 7, 252},
		"rsa_pss_2048_sha256_mgf1_32":  {"PS256", 63, 45},
		"rsa_pss_3072_sha256_mgf1_32":  {"PS256", 63, 45},
		"rsa_pss_4096_sha256_mgf1_32":  {"PS256", 63, 45},
		"rsa_pss_2048_sha384_mgf1_48":  {"PS384", 95, 46},
		"rsa_pss_4096_sha384_mgf1_48":  {"PS384", 95, 46},
		"rsa_pss_4096_sha512_mgf1_64":  {"PS512", 132, 47},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file struct{ TestGroups []vectorGroup }
			readVectors(t, name, &file)
			accepted, refused := 0, 0
			for _, group := range file.TestGroups {
				key := group.key(t)
				for _, v := range group.Tests {
					err := jws.Verify(want.alg, key, unhex(t, v.Msg), unhex(t, v.Sig))
					if (err == nil) != (v.Result == "valid") {
						t.Errorf("%d %s %v is %s, but Verify gives %v", v.ID, v.Comment, v.Flags, v.Result, err)
					}
					if v.Result == "acceptable" && strings.Join(v.Flags, " ") != "MissingNull" {
						t.Errorf("%d %s: nobody has decided about %v", v.ID, v.Comment, v.Flags)
					}
					if err == nil {
						accepted++
					} else {
						refused++
					}
				}
			}
			if accepted != want.accepted || refused != want.refused {
				t.Errorf("%d accepted and %d refused, want %d and %d", accepted, refused, want.accepted, want.refused)
			}
		})
	}
}

// Good signatures with a salt that is not as long as the hash: RFC 7518 section
// 3.5 permits one length alone. One vector is invalid there because its salt is
// of that length.
func TestVerifyRefusesOtherSalts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		alg      string
		valid    int
		accepted int // of which vector
	}{
		"rsa_pss_2048_sha256_mgf1_0":  {"PS256", 61, 69},
		"rsa_pss_4096_sha512_mgf1_32": {"PS512", 132, 0},
	} {
		var file struct{ TestGroups []vectorGroup }
		readVectors(t, name, &file)
		valid := 0
		for _, group := range file.TestGroups {
			key := group.key(t)
			for _, v := range group.Tests {
				if v.Result == "valid" {
					valid++
				}
				err := jws.Verify(want.alg, key, unhex(t, v.Msg), unhex(t, v.Sig))
				if (err == nil) != (v.ID == want.accepted) {
					t.Errorf("%s: %d %s %v gives %v", name, v.ID, v.Comment, v.Flags, err)
				}
			}
		}
		if valid != want.valid {
			t.Errorf("%s: %d good signatures, want %d", name, valid, want.valid)
		}
	}
}
