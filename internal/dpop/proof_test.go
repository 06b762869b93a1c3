package dpop_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// The proofs of RFC 9449: for a protected resource (section 7.1), and for the
// token endpoint (section 4.1), which needs no `ath`. Both are made with the key
// whose thumbprint is in section 6.1.
const (
	rfcHeader        = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
	rfcResourceProof = rfcHeader +
		".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9" +
		".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
	rfcTokenProof = rfcHeader +
		".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ" +
		".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
	rfcThumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
)

func TestTheExamplesOfRFC9449(t *testing.T) {
	t.Parallel()
	v := dpop.NewVerifier(rules)
	claims, thumbprint, err := check(t, v, rfcResourceProof, &dpop.Expected{
		Method:    "GET",
		Target:    dpop.Target{Scheme: "https", Host: authority.Authority{Host: "resource.example.org"}, Path: "/protectedresource"},
		TokenHash: dpop.HashToken(accessToken),
		Now:       time.Unix(1562262618, 0),
	})
	if err != nil || string(claims.ID) != "e1j3V_bKic8-LAEB" || claims.IssuedAt.Unix() != 1562262618 || claims.HasNonce || claims.Nonce != nil {
		t.Errorf("resource: %+v, %v", claims, err)
	}
	if got := base64.RawURLEncoding.EncodeToString(thumbprint[:]); got != rfcThumbprint {
		t.Errorf("thumbprint %s, want %s", got, rfcThumbprint)
	}
	_, thumbprint, err = check(t, v, rfcTokenProof, &dpop.Expected{Now: time.Unix(1562262616, 0)})
	if !errors.Is(err, dpop.ErrClaims) || base64.RawURLEncoding.EncodeToString(thumbprint[:]) != rfcThumbprint {
		t.Errorf("token endpoint: %v, want ErrClaims", err)
	}
	if got := dpop.HashToken(accessToken); string(got[:]) != "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" {
		t.Errorf("ath %s", got[:])
	}
}

// Every algorithm, signed by go-jose, with go-jose's thumbprint; and no algorithm
// when it is not listed.
func TestProofsOfGoJose(t *testing.T) {
	t.Parallel()
	for _, alg := range algorithms {
		key := newKey(t, alg)
		text := mint(t, alg, key, with(map[string]any{"nonce": "n-1", "extra": []any{1, nil}}))
		claims, thumbprint, err := check(t, dpop.NewVerifier(rules), text, request())
		if err != nil || string(claims.ID) != "-BwC3ESc6acc2lTc" || !claims.IssuedAt.Equal(now) || !claims.HasNonce || string(claims.Nonce) != "n-1" {
			t.Errorf("%s: %+v, %v", alg, claims, err)
		}
		want, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
		if err != nil || !bytes.Equal(thumbprint[:], want) {
			t.Errorf("%s: thumbprint %x, go-jose has %x, %v", alg, thumbprint, want, err)
		}
		others := rules
		others.Algorithms = nil
		for _, other := range algorithms {
			if other != alg {
				others.Algorithms = append(others.Algorithms, other)
			}
		}
		if _, err := dpop.NewVerifier(others).Read(text); !errors.Is(err, dpop.ErrAlgorithm) {
			t.Errorf("%s, not listed: %v, want ErrAlgorithm", alg, err)
		}
	}
}

// The caller may change its list afterwards.
func TestRulesAreCopied(t *testing.T) {
	t.Parallel()
	list := []string{"ES256"}
	v := dpop.NewVerifier(dpop.Rules{Algorithms: list})
	list[0] = "EdDSA"
	if _, err := v.Read(rfcResourceProof); err != nil {
		t.Error(err)
	}
}

// sized returns a good proof of exactly so many bytes.
func sized(t *testing.T, key crypto.Signer, size int) string {
	t.Helper()
	for n := range 16 { // some lengths of base64 do not exist
		header := goodHeader(t, key) + strings.Repeat(" ", n%4)
		missing := size - len(forge(t, key, header, goodPayload(t)))
		if text := forge(t, key, header, goodPayload(t)+strings.Repeat(" ", missing*3/4+n/4)); len(text) == size {
			return text
		}
	}
	t.Fatalf("no proof of %d bytes", size)
	return ""
}

func TestReadRefusesTexts(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	good := mint(t, "ES256", key, goodClaims())
	header, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	encode := base64.RawURLEncoding.EncodeToString
	v := dpop.NewVerifier(rules)
	for size, want := range map[int]error{8191: nil, 8192: nil, 8193: dpop.ErrMalformed} {
		if _, _, err := check(t, v, sized(t, key, size), request()); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
	for name, text := range map[string]string{
		"nothing":                   "",
		"an opaque string":          "abc",
		"two segments":              header + "." + payload,
		"four segments":             good + ".AA",
		"an encrypted token":        good + ".AA.AA",
		"empty header":              "." + payload + "." + signature,
		"empty payload":             header + ".." + signature,
		"empty signature":           header + "." + payload + ".",
		"padding":                   good + "==",
		"standard alphabet":         header + "." + payload + ".+/+/",
		"line break":                header + ".\n" + payload + "." + signature,
		"space in front":            " " + good,
		"two proofs":                good + "," + good,
		"unused bits":               header + "." + payload + "." + signature[:85] + "_",
		"JSON serialisation":        `{"payload":"` + payload + `","signatures":[]}`,
		"8193 bytes of nothing":     strings.Repeat("A", 8193),
		"payload no JSON":           forge(t, key, goodHeader(t, key), "htm=GET"),
		"payload an array":          forge(t, key, goodHeader(t, key), `[{}]`),
		"payload with text behind":  forge(t, key, goodHeader(t, key), goodPayload(t)+`x`),
		"payload of two objects":    forge(t, key, goodHeader(t, key), goodPayload(t)+`{}`),
		"claim twice":               forge(t, key, goodHeader(t, key), `{"htm":"POST",`+goodPayload(t)[1:]),
		"claim twice by escape":     forge(t, key, goodHeader(t, key), `{"\u0068tm":"POST",`+goodPayload(t)[1:]),
		"claim twice, deep":         forge(t, key, goodHeader(t, key), `{"x":[{"a":1,"a":2}],`+goodPayload(t)[1:]),
		"payload no UTF-8":          forge(t, key, goodHeader(t, key), "{\"x\":\"\xff\","+goodPayload(t)[1:]),
		"payload too deep":          forge(t, key, goodHeader(t, key), `{"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`,`+goodPayload(t)[1:]),
		"payload with a byte order": forge(t, key, goodHeader(t, key), "\ufeff"+goodPayload(t)),
		"header no JSON":            encode([]byte(`typ=dpop+jwt`)) + "." + payload + "." + signature,
		"header an array":           encode([]byte(`["dpop+jwt"]`)) + "." + payload + "." + signature,
	} {
		if _, _, err := check(t, v, text, request()); !errors.Is(err, dpop.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	input, r, s := sign256(t, key, goodHeader(t, key), goodPayload(t))
	der, err := asn1.Marshal([]*big.Int{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
	if err != nil {
		t.Fatal(err)
	}
	flipped := append(append([]byte(nil), r...), s...)
	flipped[40] ^= 1
	other := mint(t, "ES256", key, with(map[string]any{"jti": "another"}))
	for name, signature := range map[string][]byte{
		"flipped bit":           flipped,
		"DER":                   der,
		"zeros":                 make([]byte, 64),
		"one byte":              {0},
		"too short":             append(append([]byte(nil), r...), s[:31]...),
		"too long":              append(append(append([]byte(nil), r...), s...), 0),
		"r and s exchanged":     append(append([]byte(nil), s...), r...),
		"that of another proof": decode(t, other[strings.LastIndexByte(other, '.')+1:]),
	} {
		v := dpop.NewVerifier(rules)
		text := input + "." + base64.RawURLEncoding.EncodeToString(signature)
		// The claims are bad too: they must not be looked at before the signature.
		if _, _, err := check(t, v, text, &dpop.Expected{}); !errors.Is(err, dpop.ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature", name, err)
		}
		if _, _, err := check(t, v, input+"."+base64.RawURLEncoding.EncodeToString(append(r, s...)), request()); err != nil {
			t.Errorf("after %s, the good signature: %v", name, err)
		}
	}
}

// (r, n-s) is a signature of the same content. Both texts are one proof: they
// have one jti and one thumbprint, which is what replay protection keeps.
func TestBothTwinsOfAnECDSASignatureAreOneProof(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	input, r, s := sign256(t, key, goodHeader(t, key), goodPayload(t))
	twin := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 32))
	v := dpop.NewVerifier(rules)
	first, firstKey, err := check(t, v, input+"."+base64.RawURLEncoding.EncodeToString(append(bytes.Clone(r), s...)), request())
	if err != nil {
		t.Fatal(err)
	}
	second, secondKey, err := check(t, v, input+"."+base64.RawURLEncoding.EncodeToString(append(bytes.Clone(r), twin...)), request())
	if err != nil || !bytes.Equal(first.ID, second.ID) || firstKey != secondKey {
		t.Errorf("the twin: %+v, %v", second, err)
	}
}

// A proof with an RSA key is several times as long as others.
func TestProofWithALargeKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		t.Fatal(err)
	}
	text := mint(t, "PS512", key, goodClaims())
	if _, _, err := check(t, dpop.NewVerifier(rules), text, request()); err != nil {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

func decode(t testing.TB, segment string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
