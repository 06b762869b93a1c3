package ginauth0api_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// The settings of an API that is stricter than the rest. Domain and Audience are all that a
// beginning needs.
func ExampleConfig_strict() {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com", "https://api.example.com/v2"},

		Algorithms:     []string{"RS256", "PS256"},
		Leeway:         5 * time.Second,
		RequireRFC9068: true, // at Auth0 the token profile of the API
		ScopeClaim:     "scp",
		Realm:          "messages",

		TokenCache: ginauth0api.TokenCacheConfig{MaxEntries: 1000, MaxAge: 10 * time.Second},
		HTTPClient: &http.Client{Transport: http.DefaultTransport},
		Logger:     slog.New(slog.NewJSONHandler(io.Discard, nil)), // or os.Stderr
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	fmt.Println("ready")
	// Output: ready
}

// A rule for every token, whatever the route: those of a customer who has left are good for
// nothing here.
func ExampleClaimCheck() {
	tenant := startTenant()
	defer tenant.Close()
	var known ginauth0api.ClaimCheck = func(token *ginauth0api.Token) error {
		if token.OrganizationID() == "org_gone" {
			return errors.New("a customer who has left") // for the log
		}
		return nil
	}
	guard := configured(tenant, ginauth0api.Config{
		TokenChecks: []ginauth0api.ClaimCheck{known, ginauth0api.ClaimIncludes("https://example.com/regions", "eu")},
	})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	call(router, "/", tenant.AccessToken(auth0test.Claims{"org_id": "org_4Kx2", "https://example.com/regions": "eu us"}))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"org_id": "org_gone", "https://example.com/regions": "eu us"}))
	// Output:
	// 200 in
	// 401 {"error":"invalid_token","error_description":"The access token is not accepted by this API.","error_code":"token_refused"}
}

// Those who must not hold tokens in memory verify each one every time.
func ExampleTokenCacheConfig() {
	tenant := startTenant()
	defer tenant.Close()
	hits := 0
	guard := configured(tenant, ginauth0api.Config{
		TokenCache: ginauth0api.TokenCacheConfig{Disabled: true},
		OnEvent: func(_ context.Context, e ginauth0api.Event) {
			if e.Name == "token_cache_hit" {
				hits++
			}
		},
	})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })
	token := tenant.AccessToken(nil)
	call(router, "/", token)
	call(router, "/", token)
	fmt.Println(hits, "times from memory")
	// Output:
	// 200 in
	// 200 in
	// 0 times from memory
}

// Tokens bound to a client certificate (RFC 8705), where TLS ends at a proxy that puts the
// certificate into a header of its own, and takes that of a client away.
func ExampleConfig_clientCertificate() {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
		ClientCertificate: func(r *http.Request) *x509.Certificate {
			text, err := url.PathUnescape(r.Header.Get("X-Client-Cert")) // nginx: $ssl_client_escaped_cert
			block, _ := pem.Decode([]byte(text))
			if err != nil || block == nil {
				return nil // none: a bound token is refused then
			}
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil
			}
			return certificate
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	fmt.Println("ready")
	// Output: ready
}

// Browsers ask before they send a token to another origin, without one. A CORS middleware
// in front of the Guard answers; where it stands behind, the Guard lets the question through.
func ExampleConfig_preflight() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{AllowPreflight: true})
	defer guard.Close()
	router := gin.New()
	router.Use(guard.RequireAuth())
	router.OPTIONS("/messages", func(c *gin.Context) { c.Status(http.StatusNoContent) }) // what answers preflights
	router.GET("/messages", func(c *gin.Context) { c.String(http.StatusOK, "in") })
	call(router, "/messages", "")
	// Output: 401 {"error":"unauthorized","error_description":"An access token is required.","error_code":"credentials_missing"}
}
