package metrics_test

import (
	"go/format"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/e2e/metrics"
	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// The page shows this package, word for word.
func TestPageShowsThisPackage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```go\n(// Package metrics .*?)```").FindSubmatch(page)
	if shown == nil {
		t.Fatal("the page does not show the package")
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(shown[1]); got != string(source) {
		t.Errorf("the page shows\n%s\nwhich is not metrics.go", got)
	}
	if formatted, err := format.Source(source); err != nil || string(formatted) != string(source) {
		t.Errorf("metrics.go is not formatted: %v", err)
	}
}

func TestWhatTheGuardDoesIsScraped(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	registry := prometheus.NewPedanticRegistry()
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience}, OnEvent: metrics.API(registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
	ask := func(path, authorization string) string {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Header.Set("Authorization", authorization)
		response := httptest.NewRecorder()
		router.ServeHTTP(response, request)
		return response.Body.String()
	}
	token := "Bearer " + tenant.AccessToken(nil)
	ask("/", token)
	ask("/", token)
	ask("/", "")
	ask("/", "Bearer made-up-by-a-client")

	text := ask("/metrics", "")
	for _, line := range []string{
		`api_auth_events_total{code="",event="accepted",issuer="` + tenant.Issuer() + `"} 2`,
		`api_auth_events_total{code="",event="jwks_fetch",issuer="` + tenant.Issuer() + `"} 1`,
		`api_auth_events_total{code="credentials_missing",event="refused",issuer=""} 1`,
		`api_auth_events_total{code="token_malformed",event="refused",issuer=""} 1`,
		`api_auth_call_seconds_count{event="jwks_fetch",issuer="` + tenant.Issuer() + `"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if strings.Contains(text, "made-up-by-a-client") {
		t.Error("a client has made a label")
	}
}

func TestWhatTheWebAppDoesIsScraped(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	registry := prometheus.NewPedanticRegistry()
	router := gin.New()
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	auth, err := ginauth0.New(t.Context(), ginauth0.Config{
		Domain: tenant.Issuer(), ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Secrets: []ginauth0.Secret{"a secret of thirty-two bytes or more"}, BaseURL: server.URL, OnEvent: metrics.Web(registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	auth.Mount(router)
	router.GET("/profile", auth.RequireSession(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	get := func(path string, status int) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", "text/html")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != status {
			t.Fatalf("%s: status %d, want %d; %v", path, response.StatusCode, status, err)
		}
		return string(body)
	}
	get("/profile", http.StatusNoContent)
	get("/auth/callback?state=made-up-by-a-client&code=made-up-by-a-client", http.StatusBadRequest)
	get("/auth/callback?state=a&state=made-up-by-a-client", http.StatusBadRequest)

	text := get("/metrics", http.StatusOK)
	for _, line := range []string{
		`web_auth_events_total{code="",event="login_started",issuer="` + tenant.Issuer() + `"} 1`,
		`web_auth_events_total{code="",event="login",issuer="` + tenant.Issuer() + `"} 1`,
		`web_auth_events_total{code="invalid_callback",event="login_refused",issuer=""} 1`,
		`web_auth_events_total{code="invalid_request",event="login_refused",issuer=""} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if strings.Contains(text, "made-up-by-a-client") {
		t.Error("a client has made a label")
	}
}
