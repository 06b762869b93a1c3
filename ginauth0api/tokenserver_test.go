package ginauth0api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const (
	clientID     = "client:1"
	clientSecret = "s p&c%r:t"

	// The parts of what the endpoint issues.
	issuedAccess, issuedID, issuedRefresh = "issued-access", "issued-id", "issued-refresh"
)

// tokenServer is an issuer's token endpoint. It keeps the whole of each request
// and answers what a test wants.
type tokenServer struct {
	*httptest.Server
	t       testing.TB
	members map[string]any // of the discovery document, beside the usual ones

	mu       sync.Mutex
	answer   http.HandlerFunc
	requests []tokenRequest
	asked    int // requests of any kind
}

// tokenRequest is one request at the endpoint.
type tokenRequest struct {
	form          url.Values
	authorization []string
}

func newTokenServer(t testing.TB, members map[string]any) *tokenServer {
	s := &tokenServer{t: t, members: members}
	s.reply(http.StatusOK, "application/json", `{"access_token":"`+issuedAccess+`","token_type":"Bearer"}`)
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) name() string { return s.URL + "/" }

func (s *tokenServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	answer := s.answer
	s.mu.Unlock()
	switch r.URL.Path {
	case discoveryPath:
		document := map[string]any{"issuer": s.name(), "jwks_uri": s.URL + keysPath, "token_endpoint": s.URL + "/token"}
		for name, value := range s.members {
			document[name] = value
		}
		_ = json.NewEncoder(w).Encode(document)
	case "/token":
		s.keep(r)
		answer(w, r)
	default:
		http.NotFound(w, r)
	}
}

// keep reads a request strictly: a form in the body, and nothing in the URL.
func (s *tokenServer) keep(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		r.Header.Get("Accept") != "application/json" || r.URL.RawQuery != "" || r.Header.Get("Cookie") != "" {
		s.t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, tokenRequest{form, r.Header.Values("Authorization")})
}

func (s *tokenServer) reply(status int, contentType, body string) {
	s.replyBy(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func (s *tokenServer) replyBy(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// taken returns the requests at the endpoint since the last time.
func (s *tokenServer) taken() []tokenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// one returns the only request at the endpoint.
func (s *tokenServer) one() tokenRequest {
	s.t.Helper()
	requests := s.taken()
	if len(requests) != 1 {
		s.t.Fatalf("%d requests at the token endpoint, want 1", len(requests))
	}
	return requests[0]
}

// count returns the requests of any kind.
func (s *tokenServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// newClient makes a Guard that is a client with a secret; edit changes that.
func newClient(t testing.TB, s *tokenServer, edit func(*ginauth0api.Config)) *ginauth0api.Guard {
	t.Helper()
	cfg := ginauth0api.Config{Domain: s.name(), Audience: []string{audience}}
	cfg.Client = ginauth0api.ClientConfig{ID: clientID, Secret: clientSecret}
	if edit != nil {
		edit(&cfg)
	}
	guard, err := ginauth0api.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	return guard
}
