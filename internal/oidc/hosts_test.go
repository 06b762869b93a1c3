package oidc_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// hosts is a network on which every host is a sound issuer https://<host>/.
type hosts struct {
	mu       sync.Mutex
	requests map[string]int
	faults   map[string]http.HandlerFunc
}

func newHosts() *hosts {
	return &hosts{requests: map[string]int{}, faults: map[string]http.HandlerFunc{}}
}

func (n *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.requests[r.URL.Host]++
	serve := n.faults[r.URL.Host]
	n.mu.Unlock()
	if serve == nil {
		serve = sound
	}
	recorder := httptest.NewRecorder()
	serve(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func sound(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration") {
		origin := "https://" + r.URL.Host + "/"
		discovery(map[string]any{"issuer": origin, "jwks_uri": origin + "keys"})(w, r)
		return
	}
	keySet("", "k1")(w, r)
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

func tenantHost(i int) string { return fmt.Sprintf("t%d.example", i) }

func issuerOf(host string) string { return "https://" + host + "/" }
