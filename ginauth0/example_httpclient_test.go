package ginauth0_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A page that shows what an API says, in the name of the person who looks at it. With DPoP
// each request of the client brings a proof of its own; without, nothing here changes.
func ExampleAuth_HTTPClient() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		fmt.Fprintf(w, "2 messages (%s, proof: %v)", scheme, r.Header.Get("DPoP") != "")
	}))
	defer api.Close()
	cfg := ginauth0.Config{
		Scopes:   []string{"openid", "offline_access", "read:messages"},
		Audience: auth0test.DefaultAudience,
		DPoP:     true,
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/messages", auth.RequireSession(), func(c *gin.Context) {
			client, err := auth.HTTPClient(c, ginauth0.TokenOptions{Scopes: []string{"read:messages"}})
			if err != nil {
				auth.Fail(c, err)
				return
			}
			request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, api.URL+"/messages", http.NoBody)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			response, err := client.Do(request)
			if err != nil {
				c.AbortWithStatus(http.StatusBadGateway)
				return
			}
			defer response.Body.Close()
			c.DataFromReader(response.StatusCode, response.ContentLength, "text/plain; charset=utf-8", response.Body, nil)
		})
	}, "/messages")
	// Output: 2 messages (DPoP, proof: true)
}

// A token for another API than the login's, with fewer scopes; and a new one, because the
// API did not like the first.
func ExampleTokenOptions() {
	cfg := ginauth0.Config{Scopes: []string{"openid", "profile", "offline_access"}}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			wanted := ginauth0.TokenOptions{
				Audience: auth0test.DefaultAudience,
				Scopes:   []string{"read:messages"},
				NoMerge:  true, // not openid, profile and offline_access too
			}
			first, err := auth.AccessToken(c, wanted)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			wanted.ForceRefresh = true
			second, err := auth.AccessToken(c, wanted)
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.String(http.StatusOK, "%s for %s, another one: %v", second.Scopes, second.Audience, second.Token != first.Token)
		})
	}, "/")
	// Output: [read:messages] for https://api.example.test, another one: true
}

// A service of the same application wants to see who the person is, signed by the tenant.
func ExampleAuth_IDToken() {
	exampleHooks(ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			token, err := auth.IDToken(c)
			if err != nil {
				auth.Fail(c, err) // 401 missing_id_token: SessionConfig.OmitIDToken, or it did not fit
				return
			}
			c.String(http.StatusOK, "%v has %d parts", token, len(strings.Split(string(token), ".")))
		})
	}, "/")
	// Output: [redacted] has 3 parts
}
