package ginauth0api_test

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Only the current actor is fit for decisions.
func ExampleToken_CurrentActor() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		actor, err := token.CurrentActor()
		switch {
		case err != nil:
			guard.Refuse(c, err)
		case actor == nil:
			c.String(http.StatusOK, token.Subject())
		default:
			c.String(http.StatusOK, token.Subject()+" through "+actor.Subject)
		}
	})

	call(router, "/", tenant.AccessToken(nil))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": map[string]any{"sub": "support@example.com"}}))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": "support@example.com"}))
	// Output:
	// 200 auth0|ada
	// 200 auth0|ada through support@example.com
	// 401 {"error":"invalid_token","error_description":"Claims of the access token are missing or malformed.","error_code":"invalid_claims"}
}

// Who was involved, for the record.
func ExampleToken_DelegationChain() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		chain, err := token.DelegationChain()
		if errors.Is(err, ginauth0api.ErrMalformedActor) {
			c.String(http.StatusOK, "a token that says it badly") // for decisions: guard.Refuse(c, err)
			return
		}
		text := token.Subject()
		for _, actor := range chain {
			text += " < " + actor.Subject
		}
		c.String(http.StatusOK, text)
	})

	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": map[string]any{
		"sub": "billing@clients", "act": map[string]any{"sub": "orders@clients"},
	}}))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": map[string]any{"sub": 7}}))
	// Output:
	// 200 auth0|ada < billing@clients < orders@clients
	// 200 a token that says it badly
}
