package auth0test_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// seen is what a server saw of one request.
type seen struct {
	path, authorization, body string
	proof                     map[string]any // its claims, verified by go-jose
}

// recorder is a server that records and lets a test answer.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func record(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, s seen)) *recorder {
	t.Helper()
	rec := &recorder{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s := seen{path: r.URL.Path, authorization: r.Header.Get("Authorization"), body: string(body)}
		if proofs := r.Header.Values("DPoP"); len(proofs) == 1 {
			_, s.proof = verifiedProof(t, proofs[0])
		}
		rec.mu.Lock()
		rec.seen = append(rec.seen, s)
		rec.mu.Unlock()
		answer(w, r, s)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func fine(w http.ResponseWriter, _ *http.Request, _ seen) { _, _ = io.WriteString(w, "fine") }

// demand asks for a nonce as a resource does.
func demand(w http.ResponseWriter, nonce string) {
	w.Header().Set("DPoP-Nonce", nonce)
	w.Header().Add("WWW-Authenticate", `Bearer realm="api"`)
	w.Header().Add("WWW-Authenticate", `DPoP realm="api", error="use_dpop_nonce", algs="ES256"`)
	w.WriteHeader(http.StatusUnauthorized)
}

func get(t *testing.T, client *http.Client, address string) page {
	t.Helper()
	response, err := client.Get(address)
	return read(t, response, err)
}
