package oidc_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// device is a signer that is no key of the standard library, as those in
// hardware are.
type device struct {
	public crypto.PublicKey
	sign   func(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error)
}

func (d device) Public() crypto.PublicKey { return d.public }

func (d device) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	return d.sign(random, digest, options)
}

func deviceOf(key crypto.Signer) device { return device{key.Public(), key.Sign} }

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func edKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// sentForm returns what reaches the token endpoint, and refuses it there.
func sentForm(t *testing.T, p *oidc.Provider, n *network, c oidc.ClientAuth) url.Values {
	t.Helper()
	var form url.Values
	n.answer(tokenURL, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if header := r.Header.Values("Authorization"); len(header) > 0 {
			t.Errorf("Authorization %q beside the form", header)
		}
		form = r.PostForm
		jsonAnswer(http.StatusUnauthorized, `{"error":"invalid_client"}`)(w, r)
	})
	var refused *oidc.EndpointError
	if _, err := p.RequestToken(context.Background(), c, nil, url.Values{"grant_type": {"g"}}); !errors.As(err, &refused) {
		t.Fatalf("error = %v", err)
	}
	return form
}

func TestAssertionVerifiesElsewhere(t *testing.T) {
	t.Parallel()
	p256, p384, p521, ed := ecKey(elliptic.P256()), ecKey(elliptic.P384()), ecKey(elliptic.P521()), edKey()
	for _, test := range []struct {
		key             crypto.Signer
		algorithm, want string
	}{
		{rsaKey(), "", "RS256"},
		{rsaKey(), "RS256", "RS256"},
		{rsaKey(), "RS384", "RS384"},
		{rsaKey(), "RS512", "RS512"},
		{rsaKey(), "PS256", "PS256"},
		{rsaKey(), "PS384", "PS384"},
		{rsaKey(), "PS512", "PS512"},
		{p256, "", "ES256"},
		{p384, "", "ES384"},
		{p521, "", "ES512"},
		{p521, "ES512", "ES512"},
		{ed, "", "EdDSA"},
		{ed, "EdDSA", "EdDSA"},
		{deviceOf(rsaKey()), "PS256", "PS256"},
		{deviceOf(p256), "", "ES256"},
		{deviceOf(ed), "", "EdDSA"},
	} {
		t.Run(fmt.Sprintf("%T %s", test.key, test.algorithm), func(t *testing.T) {
			assertion, err := oidc.NewAssertion(test.key, "key 1", test.algorithm)
			if err != nil {
				t.Fatal(err)
			}
			n := newNetwork()
			n.answer(discoveryURL, discovery(map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post"}}))
			form := sentForm(t, newProvider(t, "t.example", n), n, oidc.ClientAuth{ID: "client:1", Secret: "unused", Assertion: assertion})
			if names := slices.Sorted(maps.Keys(form)); !slices.Equal(names, []string{"client_assertion", "client_assertion_type", "client_id", "grant_type"}) {
				t.Errorf("parameters %q", names)
			}
			if form.Get("client_id") != "client:1" || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
				t.Errorf("form %q", form)
			}
			text := form.Get("client_assertion")
			parsed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(test.want)})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := parsed.Verify(test.key.Public())
			if err != nil {
				t.Fatal(err)
			}
			header, err := base64.RawURLEncoding.DecodeString(text[:strings.IndexByte(text, '.')])
			if want := `{"alg":"` + test.want + `","typ":"JWT","kid":"key 1"}`; err != nil || string(header) != want {
				t.Errorf("header %s, want %s", header, want)
			}
			wantAssertionClaims(t, payload)
		})
	}
}

func wantAssertionClaims(t *testing.T, payload []byte) {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	issued, _ := claims["iat"].(float64)
	if age := time.Since(time.Unix(int64(issued), 0)); age < 0 || age > 10*time.Second {
		t.Errorf("iat is %v old", age)
	}
	id, _ := claims["jti"].(string)
	if len(id) < 26 { // 128 bits in base32
		t.Errorf("jti %q", id)
	}
	want := map[string]any{"iss": "client:1", "sub": "client:1", "aud": issuer, "jti": id, "iat": issued, "nbf": issued, "exp": issued + 60}
	if !maps.Equal(claims, want) {
		t.Errorf("claims %v, want %v", claims, want)
	}
}

// A signature of fixed length has leading zeros about every hundredth time; the
// ASN.1 form has none.
func TestAssertionKeepsLeadingZeros(t *testing.T) {
	t.Parallel()
	key := ecKey(elliptic.P256())
	assertion, err := oidc.NewAssertion(key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork()
	p := newProvider(t, "t.example", n)
	seen := map[string]bool{}
	for range 600 {
		text := sentForm(t, p, n, oidc.ClientAuth{ID: "c", Assertion: assertion}).Get("client_assertion")
		parsed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := parsed.Verify(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(payload)] {
			t.Fatal("the same claims again")
		}
		seen[string(payload)] = true
		if header := text[:strings.IndexByte(text, '.')]; header != base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"JWT"}`)) {
			t.Fatalf("header %s without a key id", header)
		}
	}
}

func TestAssertionRefusesKeys(t *testing.T) {
	t.Parallel()
	withModulus := func(bits uint) device {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return device{public: &rsa.PublicKey{N: n, E: 65537}}
	}
	for name, test := range map[string]struct {
		key       crypto.Signer
		algorithm string
		want      error
	}{
		"nil":                          {nil, "", oidc.ErrSigningKey},
		"nil RSA key":                  {(*rsa.PrivateKey)(nil), "", oidc.ErrSigningKey},
		"empty RSA key":                {&rsa.PrivateKey{}, "", oidc.ErrSigningKey},
		"nil ECDSA key":                {(*ecdsa.PrivateKey)(nil), "", oidc.ErrSigningKey},
		"empty ECDSA key":              {&ecdsa.PrivateKey{}, "", oidc.ErrSigningKey},
		"empty Ed25519 key":            {ed25519.PrivateKey{}, "", oidc.ErrSigningKey},
		"nil public key":               {device{}, "", oidc.ErrSigningKey},
		"short Ed25519 public key":     {device{public: ed25519.PublicKey("short")}, "EdDSA", oidc.ErrSigningAlgorithm},
		"another type of key":          {device{public: []byte("secret")}, "HS256", oidc.ErrSigningKey},
		"RSA of 2047 bits":             {withModulus(2047), "RS256", oidc.ErrSigningKey},
		"RSA of 8193 bits":             {withModulus(8193), "RS256", oidc.ErrSigningKey},
		"P-224":                        {ecKey(elliptic.P224()), "ES256", oidc.ErrSigningKey},
		"none":                         {rsaKey(), "none", oidc.ErrSigningAlgorithm},
		"HS256":                        {rsaKey(), "HS256", oidc.ErrSigningAlgorithm},
		"another case":                 {rsaKey(), "rs256", oidc.ErrSigningAlgorithm},
		"ES256 for RSA":                {rsaKey(), "ES256", oidc.ErrSigningAlgorithm},
		"RS256 for ECDSA":              {ecKey(elliptic.P256()), "RS256", oidc.ErrSigningAlgorithm},
		"ES384 for P-256":              {ecKey(elliptic.P256()), "ES384", oidc.ErrSigningAlgorithm},
		"ES256 for Ed25519":            {edKey(), "ES256", oidc.ErrSigningAlgorithm},
		"EdDSA for RSA":                {rsaKey(), "EdDSA", oidc.ErrSigningAlgorithm},
		"blank, which is not the zero": {rsaKey(), " ", oidc.ErrSigningAlgorithm},
	} {
		if assertion, err := oidc.NewAssertion(test.key, "", test.algorithm); !errors.Is(err, test.want) || assertion != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, bits := range []uint{2048, 8192} {
		if _, err := oidc.NewAssertion(withModulus(bits), "", ""); err != nil {
			t.Errorf("RSA of %d bits: %v", bits, err)
		}
	}
}

// What a broken device returns never leaves the program.
func TestAssertionFailsBeforeTheRequest(t *testing.T) {
	t.Parallel()
	errDevice := errors.New("device locked")
	p256, other := ecKey(elliptic.P256()), ecKey(elliptic.P256())
	returning := func(signature string) device {
		return device{p256.Public(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return []byte(signature), nil }}
	}
	for name, key := range map[string]device{
		"the device fails":      {p256.Public(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errDevice }},
		"another key signs":     {p256.Public(), other.Sign},
		"no signature":          returning(""),
		"r and s, not ASN.1":    returning(strings.Repeat("x", 64)),
		"zero":                  returning("\x30\x06\x02\x01\x00\x02\x01\x00"),
		"negative":              returning("\x30\x06\x02\x01\xff\x02\x01\xff"),
		"longer than the curve": returning("\x30\x26\x02\x21\x01" + strings.Repeat("x", 32) + "\x02\x01\x01"),
		"something behind it": {p256.Public(), func(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
			signature, err := p256.Sign(random, digest, options)
			return append(signature, 0), err
		}},
	} {
		assertion, err := oidc.NewAssertion(key, "", "")
		if err != nil {
			t.Fatal(err)
		}
		n := newNetwork()
		_, err = newProvider(t, "t.example", n).RequestToken(context.Background(), oidc.ClientAuth{ID: "c", Assertion: assertion}, nil, url.Values{})
		if !errors.Is(err, oidc.ErrAssertion) || (name == "the device fails") != errors.Is(err, errDevice) {
			t.Errorf("%s: %v", name, err)
		}
		if n.count(tokenURL) != 0 {
			t.Errorf("%s: a request was sent", name)
		}
	}
}

func TestAssertionPrintsNoKey(t *testing.T) {
	t.Parallel()
	key := rsaKey()
	assertion, err := oidc.NewAssertion(key, "k", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{assertion, oidc.ClientAuth{ID: "c", Assertion: assertion}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			got := fmt.Sprintf(verb, value)
			if strings.Contains(got, key.D.String()) || strings.Contains(got, fmt.Sprintf("%x", key.D)) || len(got) > 40 {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	}
}
