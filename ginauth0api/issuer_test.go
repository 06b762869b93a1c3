package ginauth0api_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const audience = "api"

// Two RSA keys for the whole package, because making one takes a while.
var (
	issuerKey   = sync.OnceValue(newRSAKey)
	strangerKey = sync.OnceValue(newRSAKey)
)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// issuer publishes keys over HTTP and signs every odd token that a test needs.
// It counts what it is asked.
type issuer struct {
	*httptest.Server
	mu       sync.Mutex
	keys     []jose.JSONWebKey
	requests map[string]int
}

const (
	discoveryPath = "/.well-known/openid-configuration"
	keysPath      = "/keys"
)

// newIssuer publishes the issuer key as k1.
func newIssuer(t testing.TB) *issuer {
	i := &issuer{requests: map[string]int{}}
	i.publish(jose.JSONWebKey{Key: issuerKey().Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"})
	i.Server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.requests[r.URL.Path]++
	keys := i.keys
	i.mu.Unlock()
	var document any
	switch r.URL.Path {
	case discoveryPath:
		document = map[string]string{"issuer": i.name(), "jwks_uri": i.URL + keysPath}
	case keysPath:
		document = jose.JSONWebKeySet{Keys: keys}
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(document)
}

// name is the exact issuer.
func (i *issuer) name() string { return i.URL + "/" }

func (i *issuer) publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// asked returns how many requests a path has seen, all paths for "".
func (i *issuer) asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	if path != "" {
		return i.requests[path]
	}
	sum := 0
	for _, n := range i.requests {
		sum += n
	}
	return sum
}

// claims are edits of the claims of an ordinary token; a nil value removes one.
type claims map[string]any

func (i *issuer) claims(edits claims) claims { return claimsOf(i.name(), edits) }

func claimsOf(issuer string, edits claims) claims {
	now := time.Now().Unix()
	c := claims{
		"iss": issuer, "sub": "auth0|ada", "aud": audience, "azp": "client", "jti": "t1",
		"iat": now, "exp": now + 3600, "scope": "openid read:a write:b", "permissions": []string{"admin:all", "edit:all"},
	}
	maps.Copy(c, edits)
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

// token returns an ordinary token with edits.
func (i *issuer) token(edits claims) string {
	return i.tokenWithHeader(`{"alg":"RS256","kid":"k1","typ":"at+jwt"}`, edits)
}

func (i *issuer) tokenWithHeader(header string, edits claims) string {
	payload, err := json.Marshal(i.claims(edits))
	if err != nil {
		panic(err)
	}
	return sign(issuerKey(), header, string(payload))
}

// sign signs any two texts with RS256, whatever they say.
func sign(key *rsa.PrivateKey, header, payload string) string {
	input := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return input + "." + encode(string(signature))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) challenges() []string { return a.header.Values("WWW-Authenticate") }

func read(t testing.TB, response *http.Response) answer {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// staticKeys is the issuer's key set as a document.
func staticKeys(t testing.TB) []byte {
	t.Helper()
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: issuerKey().Public(), KeyID: "k1"}}})
	if err != nil {
		t.Fatal(err)
	}
	return document
}
