package ginauth0api_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// All that a handler can know of the token.
func ExampleToken() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		fmt.Println("who:", token.Subject(), "of", token.OrganizationID(), "with", token.ClientID())
		fmt.Println("what:", token.Audience(), token.Scopes(), token.Permissions(), token.HasPermission("admin:all"))
		fmt.Println("when:", token.ExpiresAt().Sub(token.IssuedAt()), token.ID() != "", token.Issuer() == tenant.Issuer())
		_, proved := token.Proof()
		fmt.Println("how:", token.Scheme() == ginauth0api.SchemeBearer, token.Scheme() == ginauth0api.SchemeDPoP, proved)
	})
	call(router, "/", tenant.AccessToken(auth0test.Claims{
		"org_id": "org_4Kx2", "scope": "read:messages", "permissions": []string{"admin:all"}, "exp": time.Now().Add(time.Hour),
	}))
	// Output:
	// who: auth0|ada of org_4Kx2 with dev-client
	// what: [https://api.example.test] [read:messages] [admin:all] true
	// when: 1h0m0s true true
	// how: true false false
	// 200
}

// Claims of your own, into a type of your own. ClaimsFrom does it in one step.
func ExampleToken_Claims() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		var claims struct {
			Roles []string `json:"https://example.com/roles"`
		}
		if err := token.Claims(&claims); err != nil {
			guard.Refuse(c, err)
			return
		}
		c.String(http.StatusOK, "%v", claims.Roles)
	})
	call(router, "/", tenant.AccessToken(auth0test.Claims{"https://example.com/roles": []string{"editor"}}))
	// Output: 200 [editor]
}

// The token itself goes on to another service of the same audience. Nothing else shows it.
func ExampleToken_AccessToken() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, "https://archive.internal.example/", http.NoBody)
		if err != nil {
			guard.Refuse(c, err)
			return
		}
		secret := token.AccessToken()
		request.Header.Set("Authorization", "Bearer "+string(secret))
		c.String(http.StatusOK, "%v", secret)
	})
	call(router, "/", tenant.AccessToken(nil))
	// Output: 200 [redacted]
}

// Code that knows nothing of Gin is handed the context of the request.
func ExampleTokenFromContext() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	service := func(ctx context.Context) string {
		token, ok := ginauth0api.TokenFromContext(ctx)
		if !ok {
			return "nobody"
		}
		return token.Subject()
	}
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, service(c.Request.Context())) })

	call(router, "/", tenant.AccessToken(nil))
	// Output: 200 auth0|ada
}

func ExampleTokenFrom() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		// Printing a token shows nothing of it.
		c.String(http.StatusOK, "%v %v %v", token.Scopes(), token.HasScope("read:messages"), token)
	})

	call(router, "/", tenant.AccessToken(auth0test.Claims{"scope": "read:messages"}))
	// Output: 200 [read:messages] true [redacted]
}

func ExampleClaimsFrom() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	type claims struct {
		Subject string `json:"sub"`
		Plan    string `json:"https://example.com/plan"`
	}
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		claims, err := ginauth0api.ClaimsFrom[claims](c)
		if err != nil {
			guard.Refuse(c, err)
			return
		}
		c.String(http.StatusOK, claims.Plan)
	})

	call(router, "/", tenant.AccessToken(auth0test.Claims{"https://example.com/plan": "gold"}))
	// Output: 200 gold
}
