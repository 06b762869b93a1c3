package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

const (
	noToken    = `{"error":"unauthorized","error_description":"An access token is required.","error_code":"credentials_missing"}`
	noScope    = `{"error":"insufficient_scope","error_description":"The access token lacks a required scope.","error_code":"insufficient_scope"}`
	badToken   = `{"error":"invalid_token","error_description":"The access token is not a JWT that this API can read.","error_code":"token_malformed"}`
	noPermit   = `{"error":"insufficient_scope","error_description":"The access token lacks a required permission.","error_code":"insufficient_permissions"}`
	usedProof  = `{"error":"invalid_dpop_proof","error_description":"The DPoP proof was used before.","error_code":"dpop_proof_replayed"}`
	isPublic   = `{"message":"Anybody may read this."}`
	isPrivate  = `{"message":"Your token is valid.","user_id":"auth0|ada","scheme":"Bearer"}`
	isScoped   = `{"message":"Your token may read messages.","user_id":"auth0|ada","scheme":"Bearer"}`
	isAny      = `{"message":"Your token may read or write messages.","user_id":"auth0|ada","scheme":"Bearer"}`
	isAdmin    = `{"message":"Your token may do everything.","user_id":"auth0|ada","scheme":"Bearer"}`
	isHealthy  = `{"status":"ok"}`
	readOnly   = "read:messages"
	writeOnly  = "write:messages"
	everything = "admin:all"
)

func TestRoutes(t *testing.T) {
	tenant := auth0test.Start(t)
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	router := newRouter(guard)
	mint := func(scope string, permissions ...string) string {
		return tenant.AccessToken(auth0test.Claims{"sub": "auth0|ada", "scope": scope, "permissions": permissions})
	}

	for _, c := range []struct {
		name, method, path, token string
		status                    int
		body                      string
	}{
		{"public", "GET", "/api/public", "", 200, isPublic},
		{"healthy", "GET", "/healthz", "", 200, isHealthy},
		{"private", "GET", "/api/private", mint(""), 200, isPrivate},
		{"private without token", "GET", "/api/private", "", 401, noToken},
		{"private with nonsense", "GET", "/api/private", "nonsense", 401, badToken},
		{"scoped", "GET", "/api/private-scoped", mint(readOnly), 200, isScoped},
		{"scoped without token", "GET", "/api/private-scoped", "", 401, noToken},
		{"scoped with another scope", "GET", "/api/private-scoped", mint(writeOnly, readOnly), 403, noScope},
		{"any with the one", "GET", "/api/private-any", mint(readOnly), 200, isAny},
		{"any with the other", "GET", "/api/private-any", mint(writeOnly), 200, isAny},
		{"any with neither", "GET", "/api/private-any", mint("openid"), 403, noScope},
		{"admin", "GET", "/api/admin", mint("", everything), 200, isAdmin},
		{"admin by scope", "GET", "/api/admin", mint(everything), 403, noPermit},
		{"admin without token", "GET", "/api/admin", "", 401, noToken},
		{"echo", "DELETE", "/api/echo/a%2Fb/c", mint(""), 200, `{"method":"DELETE","path":"/api/echo/a/b/c"}`},
		{"echo without token", "POST", "/api/echo/", "", 401, noToken},
		{"nowhere", "GET", "/api/nowhere", mint(""), 404, "404 page not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := httptest.NewRequest(c.method, c.path, nil)
			if c.token != "" {
				request.Header.Set("Authorization", "Bearer "+c.token)
			}
			response := httptest.NewRecorder()
			router.ServeHTTP(response, request)
			if response.Code != c.status || response.Body.String() != c.body {
				t.Errorf("%d %s, want %d %s", response.Code, response.Body, c.status, c.body)
			}
		})
	}
}

func TestRoutesTakeBoundTokens(t *testing.T) {
	tenant := auth0test.Start(t)
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	router := newRouter(guard)
	key := auth0test.NewProofKey("ES256")
	token := tenant.AccessToken(auth0test.Claims{"sub": "auth0|ada", "cnf": key.Confirmation()})
	proof := key.Proof(http.MethodGet, "http://example.com/api/private", token)
	for _, want := range []struct {
		status int
		body   string
	}{
		{http.StatusOK, strings.Replace(isPrivate, "Bearer", "DPoP", 1)},
		{http.StatusUnauthorized, usedProof},
	} {
		request := httptest.NewRequest(http.MethodGet, "/api/private", nil)
		request.Header.Set("Authorization", "DPoP "+token)
		request.Header.Set("DPoP", proof)
		response := httptest.NewRecorder()
		router.ServeHTTP(response, request)
		if response.Code != want.status || response.Body.String() != want.body {
			t.Errorf("%d %s, want %d %s", response.Code, response.Body, want.status, want.body)
		}
	}
}

// Anybody may read what this API wants, with the path of its public URL at the end or without.
func TestMetadata(t *testing.T) {
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: "tenant.example.test", Audience: []string{"https://api.example.test"},
		Proxy: ginauth0api.ProxyConfig{BaseURL: "https://api.example.test/v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	router := newRouter(guard)
	const want = `{"resource":"https://api.example.test/v1","authorization_servers":["https://tenant.example.test/"],` +
		`"bearer_methods_supported":["header"],"dpop_signing_alg_values_supported":["ES256"]}`
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/v1"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			response := httptest.NewRecorder()
			router.ServeHTTP(response, httptest.NewRequest(method, path, nil))
			if body := response.Body.String(); response.Code != http.StatusOK || method == http.MethodGet && body != want {
				t.Errorf("%s %s: %d %s, want %s", method, path, response.Code, body, want)
			}
		}
	}
}

// The whole program, with a tenant that the environment names: it serves, and ends when it is told to.
func TestRun(t *testing.T) {
	tenant := auth0test.Start(t)
	setenv(t, map[string]string{
		"AUTH0_DOMAIN": tenant.Issuer(), "PORT": freePort(t),
		"AUTH0_DPOP_NONCE": "true", "REDIS_URL": "redis://localhost:" + freePort(t), // nobody is there, and nobody minds yet
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	address := "http://localhost:" + os.Getenv("PORT")
	for up := false; !up; {
		select {
		case err := <-ended:
			t.Fatalf("the program has ended: %v", err)
		default:
			response, err := http.Get(address + "/healthz")
			if up = err == nil; up {
				_ = response.Body.Close()
			}
		}
	}
	request, err := http.NewRequest(http.MethodGet, address+"/api/private", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+tenant.AccessToken(nil))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || string(body) != isPrivate {
		t.Errorf("%d %s, %v", response.StatusCode, body, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := strings.Cut(listener.Addr().String(), ":")
	return port
}
