package dpop_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// proofText is a proof that was made, as go-jose reads it.
type proofText struct {
	header     map[string]any
	claims     map[string]any
	thumbprint string // RFC 7638, of the key in the header
}

// opened verifies a proof with go-jose, under the key that it names.
func opened(t testing.TB, text string) proofText {
	t.Helper()
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	key := signed.Signatures[0].Protected.JSONWebKey
	if key == nil || !key.IsPublic() || !key.Valid() {
		t.Fatalf("key %v", key)
	}
	payload, err := signed.Verify(key.Key)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	p := proofText{thumbprint: base64.RawURLEncoding.EncodeToString(sum)}
	header, err := base64.RawURLEncoding.DecodeString(text[:strings.IndexByte(text, '.')])
	if err == nil {
		err = errors.Join(json.Unmarshal(header, &p.header), json.Unmarshal(payload, &p.claims))
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func proofOf(t testing.TB, key *dpop.ProofKey, method, url, nonce, token string) string {
	t.Helper()
	text, err := key.Proof(method, url, nonce, token, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func names(members map[string]any) []string { return slices.Sorted(maps.Keys(members)) }

// The header and the claims of RFC 9449 section 4.2, and nothing else.
func TestAProofForATokenEndpoint(t *testing.T) {
	t.Parallel()
	key := dpop.NewProofKey()
	p := opened(t, proofOf(t, key, "POST", "https://tenant.example/oauth/token", "", ""))
	jwk, _ := p.header["jwk"].(map[string]any)
	if !slices.Equal(names(p.header), []string{"alg", "jwk", "typ"}) || p.header["typ"] != "dpop+jwt" || p.header["alg"] != "ES256" {
		t.Errorf("header %v", p.header)
	}
	if !slices.Equal(names(jwk), []string{"crv", "kty", "x", "y"}) || jwk["kty"] != "EC" || jwk["crv"] != "P-256" {
		t.Errorf("key %v", jwk)
	}
	if !slices.Equal(names(p.claims), []string{"htm", "htu", "iat", "jti"}) || p.claims["htm"] != "POST" ||
		p.claims["htu"] != "https://tenant.example/oauth/token" || p.claims["iat"] != float64(now.Unix()) {
		t.Errorf("claims %v", p.claims)
	}
	if key.Thumbprint() != p.thumbprint {
		t.Errorf("thumbprint %s, go-jose says %s", key.Thumbprint(), p.thumbprint)
	}
}

func TestAProofForAResource(t *testing.T) {
	t.Parallel()
	p := opened(t, proofOf(t, dpop.NewProofKey(), "GET", "https://api.example/things", "eyJ7S_zG.eyJH0-Z", accessToken))
	if !slices.Equal(names(p.claims), []string{"ath", "htm", "htu", "iat", "jti", "nonce"}) || p.claims["nonce"] != "eyJ7S_zG.eyJH0-Z" {
		t.Errorf("claims %v", p.claims)
	}
	// The example of RFC 9449 section 7.1.
	if p.claims["ath"] != "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" {
		t.Errorf("ath %v", p.claims["ath"])
	}
}

func TestTheVerifierAcceptsTheProofs(t *testing.T) {
	t.Parallel()
	key, verifier := dpop.NewProofKey(), dpop.NewVerifier(rules)
	for name, test := range map[string]struct {
		url, nonce string
		target     dpop.Target
	}{
		"plain":          {"https://api.example/things", "", dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/things"}},
		"with a nonce":   {"https://api.example/things", "n", dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/things"}},
		"default port":   {"https://api.example:443/", "", dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/"}},
		"another port":   {"http://127.0.0.1:8000/", "", dpop.Target{Scheme: "http", Host: authority.Authority{Host: "127.0.0.1", Port: "8000"}, Path: "/"}},
		"query, escapes": {"https://api.example/a%2Fb/%C3%A9?x=%2F#f", "", dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/a%2Fb/%C3%A9"}},
		"HTML in a path": {"https://api.example/<&>", "", dpop.Target{Scheme: "https", Host: authority.Authority{Host: "api.example"}, Path: "/<&>"}},
	} {
		want := &dpop.Expected{Method: "PATCH", Target: test.target, TokenHash: dpop.HashToken(accessToken), Now: now}
		claims, thumbprint, err := check(t, verifier, proofOf(t, key, "PATCH", test.url, test.nonce, accessToken), want)
		if err != nil || base64.RawURLEncoding.EncodeToString(thumbprint[:]) != key.Thumbprint() ||
			string(claims.Nonce) != test.nonce || claims.HasNonce != (test.nonce != "") {
			t.Errorf("%s: %+v, %v", name, claims, err)
		}
	}
}

// RFC 9449 section 4.2: without query and fragment parts. The rest is as it was given.
func TestTheURLOfAProof(t *testing.T) {
	t.Parallel()
	key := dpop.NewProofKey()
	for url, want := range map[string]string{
		"https://api.example":                           "https://api.example",
		"https://api.example?a=b":                       "https://api.example",
		"https://api.example/#a?b":                      "https://api.example/",
		"https://api.example/a?b#c":                     "https://api.example/a",
		"https://api.example/a?b?c":                     "https://api.example/a",
		"https://api.example/a%3Fb%23c?d":               "https://api.example/a%3Fb%23c",
		"https://api.example/%2e%2e/a%2Fb//c/":          "https://api.example/%2e%2e/a%2Fb//c/",
		"https://api.example:443/":                      "https://api.example:443/",
		"https://[2001:db8::1]:8443/a;b=c":              "https://[2001:db8::1]:8443/a;b=c",
		"https://api.example/<script>&\"'\u2028\\":      "https://api.example/<script>&\"'\u2028\\",
		"https://api.example/" + strings.Repeat("a", 9): "https://api.example/aaaaaaaaa",
		"": "",
	} {
		if got := opened(t, proofOf(t, key, "GET", url, "", "")).claims["htu"]; got != want {
			t.Errorf("%s: htu %v", url, got)
		}
	}
}

func TestEveryProofHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	key, seen := dpop.NewProofKey(), map[string]bool{}
	for range 100 {
		id, _ := opened(t, proofOf(t, key, "GET", "https://api.example/", "", "")).claims["jti"].(string)
		raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
		if err != nil || len(raw) != 16 || seen[id] {
			t.Fatalf("jti %q, seen %v: %v", id, seen[id], err)
		}
		seen[id] = true
	}
}

func TestNothingPrintsAKey(t *testing.T) {
	t.Parallel()
	key := dpop.NewProofKey()
	raw, err := base64.RawURLEncoding.DecodeString(key.Text())
	if err != nil {
		t.Fatal(err)
	}
	scalar := new(big.Int).SetBytes(raw)
	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%t", "%T"} {
		for _, value := range []any{key, *key, struct{ Key *dpop.ProofKey }{key}, struct{ Key dpop.ProofKey }{*key}, []*dpop.ProofKey{key}, map[string]any{"key": key}} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	slog.New(slog.NewTextHandler(&printed, nil)).Info("text", "key", key, "copy", *key)
	slog.New(slog.NewJSONHandler(&printed, nil)).Info("JSON", "key", key, "copy", *key)
	marshalled, err := json.Marshal([]any{key, *key})
	if err != nil {
		t.Fatal(err)
	}
	printed.Write(marshalled)
	if strings.Contains(printed.String(), key.Thumbprint()) || !strings.Contains(printed.String(), "dpop proof key") {
		t.Errorf("printed\n%s", printed.String())
	}
	// These two ask no method of what they print; the private key is out of their reach.
	for _, verb := range []string{"%p", "%w"} {
		fmt.Fprintf(&printed, verb+verb, key, *key)
	}
	for _, secret := range []string{
		key.Text(), scalar.String(), scalar.Text(16), strings.ToUpper(scalar.Text(16)), scalar.Text(8), scalar.Text(2), fmt.Sprint(raw),
	} {
		if strings.Contains(printed.String(), secret[:10]) {
			t.Errorf("%s… is in\n%s", secret[:10], printed.String())
		}
	}
}

func TestAKeyInManyGoroutines(t *testing.T) {
	t.Parallel()
	key, verifier := dpop.NewProofKey(), dpop.NewVerifier(rules)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				text, err := key.Proof("GET", "https://api.example/things", "", accessToken, now)
				if err == nil {
					_, _, err = checkOnce(verifier, text, request())
				}
				if again, parsed := dpop.ParseProofKey(key.Text()); err != nil || parsed != nil || again.Thumbprint() != key.Thumbprint() {
					t.Error(err, parsed)
				}
			}
		})
	}
	group.Wait()
}
