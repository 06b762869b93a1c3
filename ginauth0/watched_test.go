package ginauth0_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// posted is a form that an endpoint got.
type posted struct {
	form   url.Values
	header http.Header
}

// watched keeps the forms that an endpoint of the tenant gets, and answers in its place
// if told to.
type watched struct {
	t testing.TB

	mu     sync.Mutex
	list   []posted
	answer auth0test.Fault
}

func (a *app) watch(t testing.TB, path string) *watched {
	t.Helper()
	w := &watched{t: t}
	a.tenant.Break(path, w.serve)
	return w
}

func (w *watched) serve(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		r.Header.Get("Accept") != "application/json" || r.URL.RawQuery != "" || r.Header.Get("Cookie") != "" {
		w.t.Errorf("%s %s with %v: %v", r.Method, r.URL, r.Header, err)
	}
	w.mu.Lock()
	w.list = append(w.list, posted{form, r.Header.Clone()})
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r, next)
		return
	}
	next.ServeHTTP(rw, r)
}

// reply answers in place of the endpoint from now on; nil leaves it to the endpoint.
func (w *watched) reply(answer auth0test.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// taken returns the forms since the last time.
func (w *watched) taken() []posted {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

// only returns the form of the only request since the last time, of the default client.
func (w *watched) only() posted {
	w.t.Helper()
	list := w.taken()
	if len(list) != 1 {
		w.t.Fatalf("%d requests, want 1", len(list))
	}
	return list[0]
}

// want compares a form, to which the client of newApp adds what proves it.
func (p posted) want(t testing.TB, what string, form url.Values) {
	t.Helper()
	form.Set("client_id", auth0test.DefaultClientID)
	form.Set("client_secret", auth0test.DefaultClientSecret)
	if p.form.Encode() != form.Encode() || p.header.Get("Authorization") != "" {
		t.Errorf("%s: sent %v\nwant %v", what, p.form, form)
	}
}

// saying is an answer in JSON.
func saying(status int, members map[string]any, headers ...string) auth0test.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(members)
	}
}
