package ginauth0_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A page that shows what an API has for the person who looks at it. The token, its
// renewal and, with DPoP, the proofs are the client's business.
func ExampleAuth_HTTPClient() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		_, _ = fmt.Fprintf(w, "%s, with a proof: %v", scheme, r.Header.Get("DPoP") != "")
	}))
	defer api.Close()
	cfg := ginauth0.Config{Audience: auth0test.DefaultAudience, DPoP: true}
	get, done := exampleAppOf(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/messages", auth.RequireSession(), func(c *gin.Context) {
			client, err := auth.HTTPClient(c, ginauth0.TokenOptions{})
			if err != nil {
				auth.Fail(c, err) // 401 where only another login helps
				return
			}
			request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, api.URL+"/messages", nil)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			response, err := client.Do(request)
			if err != nil {
				c.String(http.StatusBadGateway, "The messages are not available.")
				return
			}
			defer response.Body.Close()
			messages, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
			if err != nil || response.StatusCode != http.StatusOK {
				c.String(http.StatusBadGateway, "The messages are not available.")
				return
			}
			c.String(http.StatusOK, "%s", messages)
		})
	})
	defer done()
	fmt.Println(get("/messages"))
	// Output: 200 DPoP, with a proof: true
}

// The ID token as it is, for whatever asks this application who the person is.
func ExampleAuth_IDToken() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/who", auth.RequireSession(), func(c *gin.Context) {
			token, err := auth.IDToken(c)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			parts := strings.Split(string(token), ".")
			c.String(http.StatusOK, "a JWT of %d parts, which prints as %v", len(parts), token)
		})
	})
	defer done()
	fmt.Println(get("/who"))
	// Output: 200 a JWT of 3 parts, which prints as [redacted]
}
