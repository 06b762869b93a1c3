package jws_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// RFC 7638 section 3.1, RFC 8037 appendix A.3, RFC 9449 sections 4.1 and 6.1.
func TestThumbprintOfThePublishedExamples(t *testing.T) {
	t.Parallel()
	for name, example := range map[string]struct{ key, want string }{
		"RSA": {
			`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
		},
		"Ed25519": {
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
		},
		"EC": {
			`{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}`,
			"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		},
	} {
		key, err := jws.ParseKey([]byte(example.key))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sum, err := jws.Thumbprint(key.Public)
		if got := base64.RawURLEncoding.EncodeToString(sum[:]); err != nil || got != example.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, example.want)
		}
	}
}

func TestThumbprintIsThatOfGoJose(t *testing.T) {
	t.Parallel()
	modulus := new(big.Int).SetBit(big.NewInt(1), 2048, 1) // bit lengths that fill no octet
	for name, key := range map[string]crypto.PublicKey{
		"RSA":              newPair(t, "RS256").public,
		"RSA 2049 bits":    &rsa.PublicKey{N: modulus, E: 3},
		"RSA exponent max": &rsa.PublicKey{N: modulus, E: 1<<31 - 1},
		"Ed25519":          newPair(t, "EdDSA").public,
	} {
		compareThumbprint(t, name, key)
	}
	for alg, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		for range 20 {
			compareThumbprint(t, alg, newPair(t, alg).public)
		}
		compareThumbprint(t, alg+", leading zeros", pointWithLeadingZeros(t, curve))
	}
}

func compareThumbprint(t *testing.T, name string, key crypto.PublicKey) {
	t.Helper()
	want, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got, err := jws.Thumbprint(key); err != nil || !bytes.Equal(got[:], want) {
		t.Errorf("%s: %x, %v; go-jose has %x", name, got, err, want)
	}
}

// Both coordinates have their full length in the thumbprint, zeros included.
func pointWithLeadingZeros(t *testing.T, curve elliptic.Curve) *ecdsa.PublicKey {
	t.Helper()
	for {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[1] == 0 || point[1+len(point)/2] == 0 {
			return &key.PublicKey
		}
	}
}

func TestThumbprintRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.PublicKey{
		"nil":              nil,
		"symmetric":        []byte("secret"),
		"private":          newPair(t, "ES256").private,
		"RSA by value":     rsa.PublicKey{N: big.NewInt(5), E: 3},
		"RSA nil":          (*rsa.PublicKey)(nil),
		"RSA empty":        &rsa.PublicKey{},
		"RSA modulus 0":    &rsa.PublicKey{N: new(big.Int), E: 3},
		"RSA exponent 0":   &rsa.PublicKey{N: big.NewInt(5)},
		"EC nil":           (*ecdsa.PublicKey)(nil),
		"EC empty":         &ecdsa.PublicKey{},
		"EC other curve":   &p224.PublicKey,
		"Ed25519 too long": ed25519.PublicKey(make([]byte, 33)),
	} {
		if _, err := jws.Thumbprint(key); !errors.Is(err, jws.ErrKey) {
			t.Errorf("%s: error = %v, want ErrKey", name, err)
		}
	}
}

// entryX is a key with another x.
func entryX(x string) string {
	return strings.Replace(entry(""), "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", x, 1)
}

// A key in a proof may say anything about itself; a published key may not.
func TestParsePublicKeyReadsTheKeyAlone(t *testing.T) {
	t.Parallel()
	want, err := jws.ParseKey([]byte(entry("")))
	if err != nil {
		t.Fatal(err)
	}
	for _, members := range []string{
		"", `,"kid":1`, `,"alg":null`, `,"alg":"RS256"`, `,"use":["enc"]`, `,"use":"enc"`, `,"key_ops":7`, `,"n":false`, `,"e":{}`, `,"x5c":"!"`,
	} {
		key, err := jws.ParsePublicKey([]byte(entry(members)))
		public, ok := key.(*ecdsa.PublicKey)
		if err != nil || !ok || !public.Equal(want.Public) {
			t.Errorf("%s: %v, %v", members, key, err)
		}
	}
	for _, object := range []string{
		entry(`,"d":"AA"`), entry(`,"d":null`), entry(`,"\u0064":1`), entry(`,"p":""`), entry(`,"q":""`), entry(`,"dp":""`), entry(`,"dq":""`),
		entry(`,"qi":""`), entry(`,"oth":[]`), entry(`,"k":""`), entry(`,"kid":1,"kid":2`), `{"kty":"oct"}`, `{"kty":7}`, `{}`, `[]`, `"EC"`, ``,
		entryX(`f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\n`), entryX(`f83OJ3D2xF1Bg8vub9tL\r\ne1gHMzV76e8Tus9uPHvRVEU`), entryX(``),
		`{"kty":"EC","crv":"P-256","x":7,"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
	} {
		if key, err := jws.ParsePublicKey([]byte(object)); !errors.Is(err, jws.ErrKey) || key != nil {
			t.Errorf("%s: %v, %v; want ErrKey", object, key, err)
		}
	}
	for _, members := range []string{`,"kid":1`, `,"alg":null`, `,"use":["enc"]`, `,"n":false`} {
		if _, err := jws.ParseKey([]byte(entry(members))); !errors.Is(err, jws.ErrKey) {
			t.Errorf("a published key with %s: %v, want ErrKey", members, err)
		}
		if keys, err := jws.ParseKeySet([]byte(`{"keys":[` + entry(members) + `]}`)); err != nil || len(keys) != 0 {
			t.Errorf("a published set of a key with %s: %d keys, %v; want none", members, len(keys), err)
		}
	}
}
