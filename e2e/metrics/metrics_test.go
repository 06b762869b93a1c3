package metrics_test

import (
	"go/format"
	"net/http"
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
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// The page is compiled by being this package, word for word.
func TestPageShowsThisPackage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("the page has %d Go blocks, want 1", len(blocks))
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(blocks[0][1]); got != string(source) {
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
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience}, OnEvent: metrics.OnEvent(registry),
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
