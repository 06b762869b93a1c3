package ginauth0_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// sentRequest is a POST that an endpoint of the tenant got.
type sentRequest struct {
	form          url.Values
	authorization []string // its header
	proofs        []string // likewise
}

// recorder keeps what an endpoint gets.
type recorder struct {
	mu   sync.Mutex
	list []sentRequest
}

// record keeps what a path of the tenant gets from now on, and lets the endpoint answer.
func (a *app) record(path string) *recorder {
	return a.recordAnd(path, func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })
}

// recordAnd is record with a fault of auth0test behind it.
func (a *app) recordAnd(path string, fault func(http.ResponseWriter, *http.Request, http.Handler)) *recorder {
	rec := &recorder{}
	a.tenant.Break(path, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		rec.mu.Lock()
		rec.list = append(rec.list, sentRequest{form, r.Header.Values("Authorization"), r.Header.Values("DPoP")})
		rec.mu.Unlock()
		fault(w, r, next)
	})
	return rec
}

func (r *recorder) all() []sentRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// one returns the only request that came.
func (r *recorder) one(t testing.TB) sentRequest {
	t.Helper()
	list := r.all()
	if len(list) != 1 {
		t.Fatalf("%d requests, want 1", len(list))
	}
	return list[0]
}
