package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	issuer       = "https://t.example/"
	discoveryURL = "https://t.example/.well-known/openid-configuration"
	keysURL      = "https://t.example/keys"
)

// network stands for the network between a Provider and the hosts it asks. It
// answers in memory, so that tests can run in the fake time of synctest.
type network struct {
	mu       sync.Mutex
	answers  map[string]http.HandlerFunc
	requests map[string]int
}

// RoundTrip serves one request; it ends when the request's context does.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	address := r.URL.String()
	n.requests[address]++
	answer := n.answers[address]
	n.mu.Unlock()
	if answer == nil {
		answer = http.NotFound
	}
	recorder := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer(recorder, r)
	}()
	<-done
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (n *network) answer(address string, h http.HandlerFunc) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers[address] = h
}

func (n *network) count(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.requests[address]
}

func (n *network) total() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	sum := 0
	for _, c := range n.requests {
		sum += c
	}
	return sum
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// hang answers nothing until the client has given up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func discovery(members map[string]any) http.HandlerFunc {
	document := map[string]any{
		"issuer": issuer, "jwks_uri": keysURL, "token_endpoint": "https://t.example/token",
		"authorization_endpoint": "https://t.example/authorize",
	}
	for name, value := range members {
		if value == nil {
			delete(document, name)
		} else {
			document[name] = value
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return body(string(text))
}

var signingKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

// keySet answers with a set of P-256 keys under the given ids.
func keySet(cacheControl string, ids ...string) http.HandlerFunc {
	set := jose.JSONWebKeySet{}
	for _, id := range ids {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: signingKey().Public(), KeyID: id, Use: "sig", Algorithm: "ES256"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		if cacheControl != "" {
			w.Header().Set("Cache-Control", cacheControl)
		}
		_, _ = w.Write(text)
	}
}

// newNetwork has a sound tenant with the key k1 at issuer.
func newNetwork() *network {
	return &network{
		requests: map[string]int{},
		answers: map[string]http.HandlerFunc{
			discoveryURL: discovery(nil), keysURL: keySet("", "k1"),
			// Sound, but nobody may be led there.
			"http://t.example/.well-known/openid-configuration": discovery(nil),
			"http://t.example/keys":                             keySet("", "k1", "k2"),
			"https://user:pass@t.example/keys":                  keySet("", "k1", "k2"),
		},
	}
}

// events counts what a Provider reports.
type events struct {
	mu     sync.Mutex
	counts map[string]int
}

func (e *events) add(_ context.Context, event oidc.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.counts == nil {
		e.counts = map[string]int{}
	}
	e.counts[event.Name]++
}

func (e *events) count(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts[name]
}

func newProvider(t testing.TB, domain string, n *network, edit ...func(*oidc.Config)) *oidc.Provider {
	t.Helper()
	d, err := oidc.ParseDomain(domain)
	if err != nil {
		t.Fatal(err)
	}
	cfg := oidc.Config{Domain: d, HTTPClient: &http.Client{Transport: n}}
	for _, e := range edit {
		e(&cfg)
	}
	p := oidc.New(t.Context(), cfg)
	t.Cleanup(p.Close)
	return p
}

// key asks for an ES256 key of the issuer.
func key(p *oidc.Provider, kid string) error {
	_, err := p.Key(context.Background(), issuer, kid, true, "ES256")
	return err
}

// oversized answers with more than the cap.
func oversized(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`{"keys":[],"padding":"` + strings.Repeat("x", 512<<10) + `"}`))
}
