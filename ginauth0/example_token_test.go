package ginauth0_test

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A page that calls an API in the name of the person who looks at it. The token is
// renewed when it must be; the application does not notice.
func ExampleAuth_AccessToken() {
	cfg := ginauth0.Config{
		Scopes:   []string{"openid", "offline_access", "read:messages"}, // offline_access: a refresh token
		Audience: auth0test.DefaultAudience,
	}
	get, done := exampleAppOf(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/messages", auth.RequireSession(), func(c *gin.Context) {
			token, err := auth.AccessToken(c, ginauth0.TokenOptions{Scopes: []string{"read:messages"}})
			if err != nil {
				auth.Fail(c, err) // 401 where only another login helps
				return
			}
			request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, "https://api.example.test/messages", nil)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			request.Header.Set("Authorization", token.Type+" "+string(token.Token))
			c.String(http.StatusOK, "a token with %v, which prints as %v", token.Scopes, token.Token)
		})
	})
	defer done()
	fmt.Println(get("/messages"))
	// Output: 200 a token with [openid offline_access read:messages], which prints as [redacted]
}
