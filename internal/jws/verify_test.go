package jws_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// The published examples: RFC 7515 appendices A.2, A.3 and A.4, RFC 8037
// appendix A.4.
func TestVerifyPublishedExamples(t *testing.T) {
	t.Parallel()
	for alg, example := range map[string]struct{ key, text string }{
		"RS256": {rfcRS256Key, rfcRS256},
		"ES256": {
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
			"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
		},
		"ES512": {
			`{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}`,
			"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
		},
		"EdDSA": {
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
		},
	} {
		c, err := jws.Split(example.text)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		key, err := jws.ParseKey([]byte(example.key))
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if err := jws.Verify(alg, key.Public, c.SigningInput, c.Signature); err != nil {
			t.Errorf("%s: the published signature is refused", alg)
		}
		for _, i := range []int{0, len(c.Signature) / 2, len(c.Signature) - 1} {
			forged := append([]byte(nil), c.Signature...)
			forged[i] ^= 1
			if err := jws.Verify(alg, key.Public, c.SigningInput, forged); !errors.Is(err, jws.ErrSignature) {
				t.Errorf("%s: a flipped bit in byte %d gives %v", alg, i, err)
			}
		}
		c.SigningInput[0] ^= 1
		if err := jws.Verify(alg, key.Public, c.SigningInput, c.Signature); !errors.Is(err, jws.ErrSignature) {
			t.Errorf("%s: another signing input gives %v", alg, err)
		}
	}
}

type pair struct {
	private crypto.Signer
	public  crypto.PublicKey
}

func newPair(t *testing.T, alg string) pair {
	t.Helper()
	var private crypto.Signer
	var err error
	switch alg {
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pair{private, private.Public()}
}

// Every algorithm, signed by go-jose, with the key read from go-jose's JWK.
func TestVerifyWhatGoJoseSigned(t *testing.T) {
	t.Parallel()
	algorithms := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	keys := map[string]pair{}
	rsaPair := newPair(t, "RS256")
	for _, alg := range algorithms {
		keys[alg] = rsaPair
		if alg[0] == 'E' {
			keys[alg] = newPair(t, alg)
		}
	}
	for _, alg := range algorithms {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: keys[alg].private}, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Many times: r and s of an ECDSA signature are now and then shorter.
		for range 30 {
			signed, err := signer.Sign([]byte(`{"a":1}`))
			if err != nil {
				t.Fatal(err)
			}
			text, err := signed.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			c, err := jws.Split(text)
			if err != nil {
				t.Fatal(err)
			}
			object, err := json.Marshal(jose.JSONWebKey{Key: keys[alg].public})
			if err != nil {
				t.Fatal(err)
			}
			key, err := jws.ParseKey(object)
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			for _, other := range algorithms {
				want := jws.ErrSignature
				if other == alg {
					want = nil
				}
				if err := jws.Verify(other, key.Public, c.SigningInput, c.Signature); !errors.Is(err, want) {
					t.Fatalf("signed with %s, verified as %s: %v, want %v", alg, other, err, want)
				}
			}
		}
	}
}

func TestVerifyRefusesUnknownAlgorithms(t *testing.T) {
	t.Parallel()
	p := newPair(t, "RS256")
	for _, alg := range []string{"", "none", "None", "HS256", "HS512", "rs256", "RS1", "ES256K", "Ed25519", "RSA-OAEP"} {
		if jws.Known(alg) {
			t.Errorf("%q is known", alg)
		}
		for _, key := range []crypto.PublicKey{p.public, []byte("secret"), nil} {
			if err := jws.Verify(alg, key, []byte("a.b"), nil); !errors.Is(err, jws.ErrSignature) {
				t.Errorf("%q with %T: %v", alg, key, err)
			}
		}
	}
}

func TestVerifyRefusesDERAndZeroECDSASignatures(t *testing.T) {
	t.Parallel()
	p := newPair(t, "ES256")
	private, ok := p.private.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatal("no ECDSA key")
	}
	digest := crypto.SHA256.New()
	digest.Write([]byte("a.b"))
	der, err := ecdsa.SignASN1(rand.Reader, private, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{
		"DER": der, "empty": nil, "zeros": make([]byte, 64), "a byte short": make([]byte, 63), "a byte long": make([]byte, 65),
	} {
		if err := jws.Verify("ES256", p.public, []byte("a.b"), signature); !errors.Is(err, jws.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	b64 := base64.RawURLEncoding.EncodeToString
	odd := func(bits int) string {
		n := make([]byte, (bits+7)/8)
		n[0] = 1 << ((bits - 1) % 8)
		n[len(n)-1] |= 1
		return b64(n)
	}
	rsaKey := func(n, e string) string { return `{"kty":"RSA","n":"` + n + `","e":"` + e + `"}` }
	if _, err := jws.ParseKey([]byte(rsaKey(odd(2048), "Aw"))); err != nil {
		t.Errorf("2048 bits and exponent 3: %v", err)
	}
	if _, err := jws.ParseKey([]byte(rsaKey(odd(8192), "AQAB"))); err != nil {
		t.Errorf("8192 bits: %v", err)
	}
	const x, y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	for name, object := range map[string]string{
		"no JSON":                      `key`,
		"no type":                      `{"n":"AQAB","e":"AQAB"}`,
		"unknown type":                 `{"kty":"DSA"}`,
		"type in another case":         `{"kty":"rsa","n":"` + odd(2048) + `","e":"AQAB"}`,
		"symmetric":                    `{"kty":"oct","k":"AAAA"}`,
		"private RSA":                  `{"kty":"RSA","n":"` + odd(2048) + `","e":"AQAB","d":"AA"}`,
		"private EC":                   `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","d":"AA"}`,
		"RSA 2047 bits":                rsaKey(odd(2047), "AQAB"),
		"RSA 8193 bits":                rsaKey(odd(8193), "AQAB"),
		"RSA modulus even":             rsaKey(b64(append([]byte{0x80}, make([]byte, 255)...)), "AQAB"),
		"exponent 1":                   rsaKey(odd(2048), "AQ"),
		"exponent even":                rsaKey(odd(2048), "Ag"),
		"exponent 0":                   rsaKey(odd(2048), "AA"),
		"exponent too large":           rsaKey(odd(2048), "AQAAAAE"),
		"no exponent":                  `{"kty":"RSA","n":"` + odd(2048) + `"}`,
		"modulus a number":             `{"kty":"RSA","n":5,"e":"AQAB"}`,
		"padding":                      rsaKey(odd(2048), "AQAB=="),
		"unknown curve":                `{"kty":"EC","crv":"secp256k1","x":"` + x + `","y":"` + y + `"}`,
		"point off the curve":          `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`,
		"point at infinity":            `{"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 32)) + `","y":"` + b64(make([]byte, 32)) + `"}`,
		"coordinate with leading zero": `{"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 33)) + `","y":"` + y + `"}`,
		"P-256 point named P-384":      `{"kty":"EC","crv":"P-384","x":"` + x + `","y":"` + y + `"}`,
		"no y":                         `{"kty":"EC","crv":"P-256","x":"` + x + `"}`,
		"Ed25519 too short":            `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`,
		"X25519":                       `{"kty":"OKP","crv":"X25519","x":"` + b64(make([]byte, 32)) + `"}`,
		"kid a number":                 `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","kid":1}`,
		"member repeated":              `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","y":"` + y + `"}`,
	} {
		if _, err := jws.ParseKey([]byte(object)); !errors.Is(err, jws.ErrKey) {
			t.Errorf("%s: error = %v, want ErrKey", name, err)
		}
	}
}
