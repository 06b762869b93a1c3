package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Behind a proxy a Guard has to know the URL that clients see, since a proof names it. A
// fixed URL is the safest way.
func ExampleProxyConfig() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{Proxy: ginauth0api.ProxyConfig{
		BaseURL: "https://www.example.com/api", // the proxy takes /api off
	}})
	defer guard.Close()
	router := gin.New()
	router.GET("/messages", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	prove(router, "/messages", token, key.Proof(http.MethodGet, "https://www.example.com/api/messages", token))
	// Output: 200 in
}

// Where there are several hosts, the headers of the proxy say which. Only those count that
// it overwrites on every request, and only if they come from it.
func ExampleProxyConfig_headers() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{Proxy: ginauth0api.ProxyConfig{
		Trusted:      []string{"192.0.2.0/24"}, // where httptest says that it is
		Headers:      []string{"X-Forwarded-Proto", "X-Forwarded-Host"},
		AllowedHosts: []string{"api.example.com", "api.example.org"},
	}})
	defer guard.Close()
	router := gin.New()
	router.GET("/messages", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	for _, host := range []string{"api.example.org", "evil.example"} {
		request := httptest.NewRequest(http.MethodGet, "/messages", nil)
		request.Header.Set("X-Forwarded-Proto", "https")
		request.Header.Set("X-Forwarded-Host", host)
		request.Header.Set("Authorization", "DPoP "+token)
		request.Header.Set("DPoP", key.Proof(http.MethodGet, "https://"+host+"/messages", token))
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request)
		fmt.Println(recorder.Code, recorder.Body)
	}
	// Output:
	// 200 in
	// 400 {"error":"invalid_request","error_description":"The host or the forwarding headers of the request are not valid.","error_code":"public_url_invalid"}
}

// What clients, agents among them, can find out about an API by themselves (RFC 9728).
func ExampleGuard_ProtectedResourceMetadata() {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
		Resource: ginauth0api.ResourceConfig{
			URL:           "https://api.example.com",
			Name:          "Messages",
			Documentation: "https://example.com/docs",
			PolicyURI:     "https://example.com/privacy",
			TermsURI:      "https://example.com/terms",
			Scopes:        []string{"read:messages", "write:messages"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	router := gin.New()
	router.GET("/.well-known/oauth-protected-resource", guard.ProtectedResourceMetadata())

	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/.well-known/oauth-protected-resource", nil))
	var text bytes.Buffer
	if err := json.Indent(&text, recorder.Body.Bytes(), "", "  "); err != nil {
		log.Fatal(err)
	}
	fmt.Println(text.String())
	// Output:
	// {
	//   "resource": "https://api.example.com",
	//   "authorization_servers": [
	//     "https://tenant.eu.auth0.com/"
	//   ],
	//   "bearer_methods_supported": [
	//     "header"
	//   ],
	//   "dpop_signing_alg_values_supported": [
	//     "ES256"
	//   ],
	//   "scopes_supported": [
	//     "read:messages",
	//     "write:messages"
	//   ],
	//   "resource_name": "Messages",
	//   "resource_documentation": "https://example.com/docs",
	//   "resource_policy_uri": "https://example.com/privacy",
	//   "resource_tos_uri": "https://example.com/terms"
	// }
}
