package ginauth0api

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// hosts stands for the network: every host is a sound issuer https://<host>/ with
// a key of its own, each under the same id. It answers in memory, so that tests
// can run in the fake time of synctest, and counts.
type hosts struct {
	mu       sync.Mutex
	keys     map[string]*ecdsa.PrivateKey
	issuers  map[string]string           // what a document states instead
	faults   map[string]http.HandlerFunc // instead of all answers of a host
	requests map[string]int
}

const sameKeyID = "k1"

// probation is how many issuers the table keeps whose tokens have not verified.
const probation = 100

func tenantHost(i int) string { return fmt.Sprintf("t%d.example", i) }

func newHosts() *hosts {
	return &hosts{keys: map[string]*ecdsa.PrivateKey{}, issuers: map[string]string{}, faults: map[string]http.HandlerFunc{}, requests: map[string]int{}}
}

// RoundTrip answers a request, unless the request is over before.
func (n *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.requests[r.URL.Host]++
	serve := n.faults[r.URL.Host]
	if serve == nil {
		serve = n.sound(r.URL.Host)
	}
	n.mu.Unlock()
	recorder := httptest.NewRecorder()
	serve(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (n *hosts) sound(host string) http.HandlerFunc {
	origin := "https://" + host + "/"
	stated := origin
	if other := n.issuers[host]; other != "" {
		stated = other
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: n.key(host).Public(), KeyID: sameKeyID}}}
	return func(w http.ResponseWriter, r *http.Request) {
		var document any = set
		if strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration") {
			document = map[string]string{"issuer": stated, "jwks_uri": origin + "keys"}
		}
		_ = json.NewEncoder(w).Encode(document)
	}
}

// key is the key of a host. The lock is held.
func (n *hosts) key(host string) *ecdsa.PrivateKey {
	if n.keys[host] == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		n.keys[host] = key
	}
	return n.keys[host]
}

// publishes reports whether a host publishes a key.
func (n *hosts) publishes(host string, key crypto.PublicKey) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.key(host).PublicKey.Equal(key)
}

func (n *hosts) fail(host string, fault http.HandlerFunc) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults[host] = fault
}

// asked returns how many requests a host has seen, all hosts for "".
func (n *hosts) asked(host string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if host != "" {
		return n.requests[host]
	}
	sum := 0
	for _, count := range n.requests {
		sum += count
	}
	return sum
}

// hang answers nothing until the client has given up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// issuersOf makes the issuers of a valid configuration on a network.
func issuersOf(ctx context.Context, t testing.TB, cfg Config, network *hosts) *issuers {
	t.Helper()
	var found problems
	source := cfg.validateIssuers(&found)
	if len(found) > 0 {
		t.Fatal(errors.Join(found...))
	}
	publicURL := func(r *http.Request) *url.URL { return &url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path} }
	s := newIssuers(ctx, source, oidc.Config{HTTPClient: &http.Client{Transport: network}}, publicURL)
	t.Cleanup(s.close)
	return s
}

// allowing is a resolver with one list for every request.
func allowing(domains ...string) func(context.Context, DomainRequest) ([]string, error) {
	return func(context.Context, DomainRequest) ([]string, error) { return domains, nil }
}

// allowingHost is a resolver that allows the host of each request.
func allowingHost(_ context.Context, about DomainRequest) ([]string, error) {
	return []string{about.URL.Host}, nil
}

func requestTo(host string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = host
	return r
}

// found returns the Provider that must be found.
func found(t testing.TB, s *issuers, r *http.Request, iss string) *oidc.Provider {
	t.Helper()
	p, refused := s.find(r, iss)
	if refused != nil {
		t.Fatalf("%q: %v", iss, refused)
	}
	return p
}

// refusalOf returns the refusal that there must be.
func refusalOf(t testing.TB, s *issuers, r *http.Request, iss string) *Error {
	t.Helper()
	p, refused := s.find(r, iss)
	if refused == nil || p != nil {
		t.Fatalf("%q is not refused", iss)
	}
	return refused
}

func wantRefusal(t testing.TB, s *issuers, r *http.Request, iss, code string) {
	t.Helper()
	if refused := refusalOf(t, s, r, iss); refused.Code != code {
		t.Errorf("%q: %v, want %s", iss, refused, code)
	}
}

// keyOf asks an issuer for its key.
func keyOf(p *oidc.Provider, iss string) (crypto.PublicKey, error) {
	key, err := p.Key(context.Background(), iss, sameKeyID, true, "ES256")
	return key.Public, err
}

// verifyFor does what a good token of a host does in a Guard.
func verifyFor(t testing.TB, s *issuers, network *hosts, host string) {
	t.Helper()
	iss := "https://" + host + "/"
	p := found(t, s, requestTo(host), iss)
	key, err := keyOf(p, iss)
	if err != nil || !network.publishes(host, key) {
		t.Fatalf("%s: key %v, %v", host, key, err)
	}
	s.verified(p)
}
