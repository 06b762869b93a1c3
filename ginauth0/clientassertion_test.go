package ginauth0_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// pemOf is what openssl genpkey writes.
func pemOf(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// device is a signer that is no key of the standard library, as those in hardware are.
type device struct {
	public crypto.PublicKey
	sign   func(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error)
}

func (d device) Public() crypto.PublicKey { return d.public }

func (d device) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	return d.sign(random, digest, options)
}

// Every way in which an application can fail to say who it is, found without a request.
func TestNewRefusesClientAuthentication(t *testing.T) {
	t.Parallel()
	p256, other := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	fromPEM, err := ginauth0.ParseSigningKey(ginauth0.Secret(pemOf(t, small)))
	if err != nil {
		t.Fatal(err)
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), 2046) // of 2047 bits
	type assertion = ginauth0.ClientAssertion
	for name, test := range map[string]struct {
		secret ginauth0.Secret
		with   assertion
		fields string
	}{
		"nothing":                       {"", assertion{}, "ClientSecret"},
		"secret and key":                {"hunter2", assertion{Key: p256}, "ClientSecret"},
		"secret and a key id":           {"hunter2", assertion{KeyID: "k"}, "ClientAssertion.Key ClientSecret"},
		"a key id without a key":        {"", assertion{KeyID: "k"}, "ClientAssertion.Key"},
		"an algorithm without a key":    {"", assertion{Algorithm: "ES256"}, "ClientAssertion.Key"},
		"a nil key":                     {"", assertion{Key: (*rsa.PrivateKey)(nil)}, "ClientAssertion.Key"},
		"an empty key":                  {"", assertion{Key: &rsa.PrivateKey{}}, "ClientAssertion.Key"},
		"P-224":                         {"", assertion{Key: ecKey(t, elliptic.P224())}, "ClientAssertion.Key"},
		"RSA of 1024 bits":              {"", assertion{Key: fromPEM}, "ClientAssertion.Key"},
		"RSA of 2047 bits":              {"", assertion{Key: device{public: &rsa.PublicKey{N: modulus, E: 65537}}}, "ClientAssertion.Key"},
		"an algorithm of RSA":           {"", assertion{Key: p256, Algorithm: "RS256"}, "ClientAssertion.Algorithm"},
		"an algorithm of ECDSA":         {"", assertion{Key: rsaKey(), Algorithm: "ES256"}, "ClientAssertion.Algorithm"},
		"another curve":                 {"", assertion{Key: p256, Algorithm: "ES384"}, "ClientAssertion.Algorithm"},
		"none":                          {"", assertion{Key: p256, Algorithm: "none"}, "ClientAssertion.Algorithm"},
		"HS256":                         {"", assertion{Key: rsaKey(), Algorithm: "HS256"}, "ClientAssertion.Algorithm"},
		"an algorithm nobody knows":     {"", assertion{Key: rsaKey(), Algorithm: "RS1"}, "ClientAssertion.Algorithm"},
		"a signer that fails":           {"", assertion{Key: device{p256.Public(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errors.New("locked: hunter2") }}}, "ClientAssertion.Key"},
		"a signer that panics":          {"", assertion{Key: device{p256.Public(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { panic("hunter2") }}}, "ClientAssertion.Key"},
		"a signer with another key":     {"", assertion{Key: device{p256.Public(), other.Sign}}, "ClientAssertion.Key"},
		"a signer that signs nothing":   {"", assertion{Key: device{p256.Public(), func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, nil }}}, "ClientAssertion.Key"},
		"the public half of a key":      {"", assertion{Key: &ecdsa.PrivateKey{PublicKey: p256.PublicKey}}, "ClientAssertion.Key"},
		"the public half of an RSA key": {"", assertion{Key: &rsa.PrivateKey{PublicKey: rsaKey().PublicKey}}, "ClientAssertion.Key"},
	} {
		cfg := validConfig()
		cfg.ClientSecret, cfg.ClientAssertion = test.secret, test.with
		cfg.HTTPClient = &http.Client{Transport: noNetwork{t}}
		auth, err := ginauth0.New(t.Context(), cfg)
		if err == nil {
			auth.Close()
			t.Errorf("%s: accepted", name)
			continue
		}
		if got := strings.Join(fields(t, err), " "); got != test.fields || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %s", name, err, test.fields)
		}
	}
}

// noNetwork is a network in which every request is a mistake.
type noNetwork struct{ t testing.TB }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("a request to %s", r.URL.Host)
	return nil, errors.New("no network")
}

func TestNewAcceptsClientAuthentication(t *testing.T) {
	t.Parallel()
	p256 := ecKey(t, elliptic.P256())
	type assertion = ginauth0.ClientAssertion
	for name, edit := range map[string]func(*ginauth0.Config){
		"a secret":     func(c *ginauth0.Config) { c.ClientSecret = "s" },
		"a public one": func(c *ginauth0.Config) { c.AllowPublicClient = true },
		"RSA":          func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: rsaKey()} },
		"PS512":        func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: rsaKey(), Algorithm: "PS512", KeyID: "k"} },
		"P-256":        func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: p256} },
		"P-384": func(c *ginauth0.Config) {
			c.ClientAssertion = assertion{Key: ecKey(t, elliptic.P384()), Algorithm: "ES384"}
		},
		"P-521":    func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: ecKey(t, elliptic.P521())} },
		"Ed25519":  func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: edKey(t)} },
		"a device": func(c *ginauth0.Config) { c.ClientAssertion = assertion{Key: device{p256.Public(), p256.Sign}} },
		"a key, allowed to have none": func(c *ginauth0.Config) {
			c.ClientAssertion, c.AllowPublicClient = assertion{Key: p256}, true
		},
	} {
		cfg := validConfig()
		cfg.ClientSecret, cfg.HTTPClient = "", &http.Client{Transport: noNetwork{t}}
		edit(&cfg)
		auth, err := ginauth0.New(t.Context(), cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		auth.Close()
	}
}

// Key id and algorithm are shown, the key never is.
func TestClientAssertionPrintsNoKey(t *testing.T) {
	t.Parallel()
	ed, ec := edKey(t), ecKey(t, elliptic.P256())
	scalar, err := ec.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		key    crypto.Signer
		secret []byte
	}{{ed, ed.Seed()}, {ec, scalar}, {rsaKey(), rsaKey().D.Bytes()}} {
		a := ginauth0.ClientAssertion{Key: test.key, KeyID: "key-1", Algorithm: "ES256"}
		cfg := validConfig()
		cfg.ClientAssertion = a
		number := new(big.Int).SetBytes(test.secret).String()
		forbidden := []string{
			string(test.secret), hex.EncodeToString(test.secret), strings.ToUpper(hex.EncodeToString(test.secret)), number,
			fmt.Sprint(test.secret[:8])[1:], fmt.Sprintf("%#v", test.secret[:8])[8:30],
		}
		for _, value := range []any{a, &a, cfg, &cfg, []ginauth0.ClientAssertion{a}, map[string]any{"a": a}, struct{ A ginauth0.ClientAssertion }{a}} {
			var printed bytes.Buffer
			for verb := 'A'; verb <= 'z'; verb++ {
				if strings.ContainsRune("Tpw", verb) || verb > 'Z' && verb < 'a' {
					continue // fmt asks nobody: a type, an address, an error
				}
				for _, flags := range []string{"", "+", "#", " ", "-", "0", "12.3"} {
					fmt.Fprintf(&printed, "%"+flags+string(verb), value)
				}
			}
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("m", "a", value)
			slog.New(slog.NewTextHandler(&printed, nil)).Info("m", "a", value)
			if text, err := json.Marshal(value); err == nil {
				printed.Write(text)
			}
			for _, text := range forbidden {
				if strings.Contains(printed.String(), text) {
					t.Fatalf("%T of %T shows its key: %.40q", value, test.key, text)
				}
			}
			if !strings.Contains(printed.String(), "key-1") || !strings.Contains(printed.String(), "ES256") {
				t.Errorf("%T of %T: key id or algorithm is missing", value, test.key)
			}
		}
	}
}
