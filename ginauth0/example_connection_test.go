package ginauth0_test

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A page that reads the calendar of the person who looks at it, at the provider where
// that is. The person has connected the account; the tenant keeps its refresh token.
func ExampleAuth_TokenForConnection() {
	cfg := ginauth0.Config{
		Scopes:   []string{"openid", "offline_access"}, // offline_access: a refresh token, which stands for the person
		Audience: auth0test.DefaultAudience,
	}
	get, done := exampleAppOf(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/calendar", auth.RequireSession(), func(c *gin.Context) {
			token, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{
				Connection:   "google-oauth2",
				LoginHint:    "ada@gmail.test",              // which of several accounts
				ForceRefresh: c.Query("again") == "refused", // after the provider has refused the one before
			})
			if err != nil {
				auth.Fail(c, err) // 401 also if no account is connected
				return
			}
			request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, "https://calendar.example.test/today", nil)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+string(token.Token))
			c.String(http.StatusOK, "a token of %s with %v, which prints as %v", token.Connection, token.Scopes, token.Token)
		})
	})
	defer done()
	fmt.Println(get("/calendar"))
	// Output: 200 a token of google-oauth2 with [calendar.read], which prints as [redacted]
}
