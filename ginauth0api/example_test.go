package ginauth0api_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// startTenant stands for your tenant at Auth0.
func startTenant() *auth0test.Tenant {
	tenant, err := auth0test.New(auth0test.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if err := tenant.Listen("127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	return tenant
}

func startGuard(tenant *auth0test.Tenant) *ginauth0api.Guard {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   tenant.Issuer(),
		Audience: []string{auth0test.DefaultAudience},
	})
	if err != nil {
		log.Fatal(err)
	}
	return guard
}

// call sends one request and prints what comes back.
func call(router http.Handler, path, token string) {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, request)
	fmt.Println(recorder.Code, recorder.Body)
}

func ExampleNew() {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()

	// All mistakes are reported at once.
	_, err = ginauth0api.New(context.Background(), ginauth0api.Config{Algorithms: []string{"none"}, Leeway: time.Hour})
	fmt.Println(err)
	// Output:
	// ginauth0api: Domain is missing: the domain of the tenant, such as tenant.eu.auth0.com, or the URL of the issuer; Domains or DomainResolver can stand in
	// ginauth0api: Audience is missing: the identifier of this API, such as https://api.example.com, which stands in the aud of its access tokens (Auth0 dashboard: Applications, APIs, your API, Settings, Identifier)
	// ginauth0api: Algorithms has the entry "none", which is not one of RS/PS256-512, ES256, ES384, ES512, EdDSA
	// ginauth0api: Leeway must lie between 0 and 5 minutes
}

func ExampleGuard_RequireAuth() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/messages", guard.RequireAuth("read:messages"), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		c.String(http.StatusOK, "messages of "+token.Subject())
	})

	call(router, "/messages", tenant.AccessToken(auth0test.Claims{"scope": "read:messages"}))
	call(router, "/messages", tenant.AccessToken(auth0test.Claims{"scope": "write:messages"}))
	call(router, "/messages", "")
	// Output:
	// 200 messages of auth0|ada
	// 403 {"error":"insufficient_scope","error_description":"The access token lacks a required scope.","error_code":"insufficient_scope"}
	// 401 {"error":"unauthorized","error_description":"An access token is required.","error_code":"credentials_missing"}
}

func ExampleGuard_RequireAnyScope() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAnyScope("read:messages", "write:messages"), func(c *gin.Context) { c.String(http.StatusOK, "either") })

	call(router, "/", tenant.AccessToken(auth0test.Claims{"scope": "write:messages"}))
	// Output: 200 either
}

// Auth0 puts the claim permissions into tokens of an API with RBAC enabled.
func ExampleGuard_RequirePermissions() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	admin := router.Group("/admin", guard.RequirePermissions("admin:all"))
	admin.GET("/users", func(c *gin.Context) { c.String(http.StatusOK, "everybody") })

	call(router, "/admin/users", tenant.AccessToken(auth0test.Claims{"permissions": []string{"admin:all"}}))
	call(router, "/admin/users", tenant.AccessToken(auth0test.Claims{"permissions": []string{}}))
	// Output:
	// 200 everybody
	// 403 {"error":"insufficient_scope","error_description":"The access token lacks a required permission.","error_code":"insufficient_permissions"}
}

func ExampleGuard_RequireAnyPermission() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAnyPermission("admin:all", "audit:all"), func(c *gin.Context) { c.String(http.StatusOK, "either") })

	call(router, "/", tenant.AccessToken(auth0test.Claims{"permissions": []string{"audit:all"}}))
	// Output: 200 either
}

func ExampleGuard_OptionalAuth() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.OptionalAuth(), func(c *gin.Context) {
		if token, ok := ginauth0api.TokenFrom(c); ok {
			c.String(http.StatusOK, "hello "+token.Subject())
			return
		}
		c.String(http.StatusOK, "hello stranger")
	})

	call(router, "/", "")
	call(router, "/", tenant.AccessToken(nil))
	call(router, "/", "garbage")
	// Output:
	// 200 hello stranger
	// 200 hello auth0|ada
	// 401 {"error":"invalid_token","error_description":"The access token is not a JWT that this API can read.","error_code":"token_malformed"}
}

// Middleware of another shape decides with Check and answers with Refuse.
func ExampleGuard_Check() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", func(c *gin.Context) {
		token, header, err := guard.Check(c.Request)
		if err != nil {
			guard.Refuse(c, err)
			return
		}
		for name, values := range header {
			c.Writer.Header()[name] = values
		}
		c.String(http.StatusOK, token.Subject())
	})

	call(router, "/", tenant.AccessToken(nil))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"exp": time.Now().Add(-time.Minute)}))
	// Output:
	// 200 auth0|ada
	// 401 {"error":"invalid_token","error_description":"The access token has expired.","error_code":"token_expired"}
}

// An application may refuse in the form that its clients know already.
func ExampleGuard_Refuse() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	revoked := &ginauth0api.Error{
		Status: http.StatusUnauthorized, Kind: "invalid_token", Code: "token_revoked", Description: "The access token was revoked.",
	}
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { guard.Refuse(c, revoked) })

	call(router, "/", tenant.AccessToken(nil))
	// Output: 401 {"error":"invalid_token","error_description":"The access token was revoked.","error_code":"token_revoked"}
}

// A readiness probe that asks whether tokens could be verified.
func ExampleGuard_Warm() {
	tenant := startTenant()
	guard := startGuard(tenant)
	defer guard.Close()
	tenant.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := guard.Warm(ctx)
	fmt.Println(errors.Is(err, ginauth0api.ErrUpstream))
	// Output: true
}

func ExampleGuard_Close() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	guard.Close()
	guard.Close() // once more does no harm
	// Output:
}

func ExampleCheckScopes() {
	fmt.Println(ginauth0api.CheckScopes("read:messages", "write:messages"))
	fmt.Println(ginauth0api.CheckScopes("read:messages write:messages"))
	// Output:
	// <nil>
	// ginauth0api: scopes[0] = "read:messages write:messages" is not a scope-token (RFC 6749 section 3.3): one argument for each scope
}

// Counters for any metrics library, and refusals in a format of one's own.
func ExampleConfig() {
	tenant := startTenant()
	defer tenant.Close()
	counts := map[string]int{}
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   tenant.Issuer(),
		Audience: []string{auth0test.DefaultAudience},
		OnEvent:  func(_ context.Context, e ginauth0api.Event) { counts[e.Name+" "+e.Code]++ },
		OnError: func(c *gin.Context, e *ginauth0api.Error) {
			c.Data(e.Status, "application/problem+json", []byte(`{"title":"`+e.Code+`"}`))
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })
	call(router, "/", "")
	fmt.Println(counts)
	// Output:
	// 401 {"title":"credentials_missing"}
	// map[refused credentials_missing:1]
}
