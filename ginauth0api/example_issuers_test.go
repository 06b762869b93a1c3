package ginauth0api_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Two domains of a tenant, or two tenants. The keys of one never verify tokens of the other.
func ExampleConfig_domains() {
	first, second := startTenant(), startTenant()
	defer first.Close()
	defer second.Close()
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   first.Issuer(),
		Domains:  []string{second.Issuer()},
		Audience: []string{auth0test.DefaultAudience},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	call(router, "/", first.AccessToken(nil))
	call(router, "/", second.AccessToken(nil))
	call(router, "/", first.AccessToken(auth0test.Claims{"iss": second.Issuer()}))
	// Output:
	// 200 in
	// 200 in
	// 401 {"error":"invalid_token","error_description":"The signing key of the access token is not known.","error_code":"jwks_key_not_found"}
}

// An API whose customers bring tenants of their own. The resolver looks the issuers of a
// customer up; it never makes one out of what the request says.
func ExampleDomainRequest() {
	tenant := startTenant()
	defer tenant.Close()
	issuers := map[string][]string{"acme": {tenant.Issuer()}} // a table of the database
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		DomainResolver: func(_ context.Context, about ginauth0api.DomainRequest) ([]string, error) {
			customer := about.Header.Get("X-Customer")
			if about.URL.Host == "example.com" && customer == "" { // the host of httptest
				customer = "acme"
			}
			trusted, known := issuers[customer]
			if !known {
				return nil, fmt.Errorf("no issuers for customer %q", customer) // 500
			}
			return trusted, nil
		},
		Audience: []string{auth0test.DefaultAudience},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		c.String(http.StatusOK, "in, by the customer's own issuer: %v", token.Issuer() == tenant.Issuer())
	})
	call(router, "/", tenant.AccessToken(nil))
	// Output: 200 in, by the customer's own issuer: true
}

// Keys at an address of their own, for an issuer without a discovery document.
func ExampleKeysConfig() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{Keys: ginauth0api.KeysConfig{JWKSURI: tenant.URL() + "/.well-known/jwks.json"}})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })
	call(router, "/", tenant.AccessToken(nil))
	fmt.Println("asked for the discovery document:", tenant.Requests("/.well-known/openid-configuration"))
	// Output:
	// 200 in
	// asked for the discovery document: 0
}

// Keys from a file, for an API that reaches no network. Tokens of other keys are refused, so
// the file must follow every rotation.
func ExampleKeysConfig_static() {
	keys := []byte(`{"keys": [{"kty": "EC", "crv": "P-256", "kid": "2026",
		"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
		"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`)
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:     "https://issuer.example.com/",
		Audience:   []string{"https://api.example.com"},
		Algorithms: []string{"ES256"},
		Keys:       ginauth0api.KeysConfig{Static: keys},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	fmt.Println(guard.Warm(context.Background())) // nothing to fetch
	// Output: <nil>
}
