package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

func TestEveryKeyIsAnother(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		key := dpop.NewProofKey()
		if seen[key.Text()] || seen[key.Thumbprint()] {
			t.Fatal("the same key twice")
		}
		seen[key.Text()], seen[key.Thumbprint()] = true, true
	}
}

func TestAKeySurvivesAsText(t *testing.T) {
	t.Parallel()
	key := dpop.NewProofKey()
	text := key.Text()
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(text); err != nil || len(raw) != 32 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	again, err := dpop.ParseProofKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if again.Text() != text || again.Thumbprint() != key.Thumbprint() ||
		opened(t, proofOf(t, again, "GET", "https://api.example/", "", "")).thumbprint != key.Thumbprint() {
		t.Error("another key")
	}
}

// The order of the group, from FIPS 186-4 D.1.2.3.
const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

func scalarText(t testing.TB, digits string) string {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func TestParseProofKeyRefuses(t *testing.T) {
	t.Parallel()
	good := dpop.NewProofKey().Text()
	zero := strings.Repeat("00", 32)
	for name, text := range map[string]string{
		"nothing":                     "",
		"zero":                        scalarText(t, zero),
		"the order":                   scalarText(t, order),
		"one above the order":         scalarText(t, order[:63]+"2"),
		"all ones":                    scalarText(t, strings.Repeat("ff", 32)),
		"31 bytes":                    scalarText(t, zero[:60]+"01"),
		"33 bytes":                    scalarText(t, zero+"01"),
		"a leading zero byte more":    "AA" + good,
		"padding":                     good + "=",
		"a line break more":           good + "\n",
		"a line break inside":         good[:20] + "\n" + good[20:],
		"a line break in place of it": good[:20] + "\n" + good[21:],
		"a space before it":           " " + good,
		"standard base64":             strings.Repeat("+", 43),
		"bits beyond the last byte":   good[:42] + "B",
		"hexadecimal digits":          order,
		"JSON":                        `{"kty":"EC","crv":"P-256","d":"` + good + `"}`,
	} {
		if key, err := dpop.ParseProofKey(text); key != nil || !errors.Is(err, dpop.ErrProofKey) || err.Error() != dpop.ErrProofKey.Error() {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}

// The smallest scalar and the largest, and their public keys as crypto/elliptic
// reckons them.
func TestParseProofKeyAtTheEdges(t *testing.T) {
	t.Parallel()
	for _, digits := range []string{strings.Repeat("00", 31) + "01", order[:63] + "0"} {
		text := scalarText(t, digits)
		key, err := dpop.ParseProofKey(text)
		if err != nil || key.Text() != text {
			t.Fatalf("%s: %v", digits, err)
		}
		scalar, _ := new(big.Int).SetString(digits, 16)
		x, y := elliptic.P256().ScalarBaseMult(scalar.Bytes()) //nolint:staticcheck // an independent reckoning
		sum, err := (&jose.JSONWebKey{Key: &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}}).Thumbprint(crypto.SHA256)
		if err != nil || base64.RawURLEncoding.EncodeToString(sum) != key.Thumbprint() {
			t.Errorf("%s: thumbprint %s: %v", digits, key.Thumbprint(), err)
		}
		opened(t, proofOf(t, key, "GET", "https://api.example/", "", ""))
	}
}

func FuzzParseProofKey(f *testing.F) {
	f.Add(dpop.NewProofKey().Text())
	for _, text := range []string{"", "=", strings.Repeat("A", 43), strings.Repeat("_", 43), strings.Repeat("A", 42) + "E", strings.Repeat("A", 40) + "\nAE"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := dpop.ParseProofKey(text)
		if err != nil {
			if key != nil || !errors.Is(err, dpop.ErrProofKey) {
				t.Errorf("%v, %v", key, err)
			}
			return
		}
		if key.Text() != text {
			t.Error("another text for the same key")
		}
		if p := opened(t, proofOf(t, key, "GET", "https://api.example/", "", "")); p.thumbprint != key.Thumbprint() {
			t.Error("a proof of another key")
		}
	})
}
