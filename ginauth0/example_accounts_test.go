package ginauth0_test

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// accountsConfig lets people connect accounts: the refresh token of a login brings the
// token for the tenant's My Account API.
func accountsConfig() ginauth0.Config {
	return ginauth0.Config{
		Scopes: []string{"openid", "profile", "offline_access"},
		Routes: ginauth0.RoutesConfig{EnableConnectedAccounts: true}, // a link to /auth/connect?connection=google-oauth2
	}
}

// Somebody connects an account at another service, and the application uses it. A page
// of the application may as well have a link to the connect route.
func ExampleAuth_StartConnectAccount() {
	cfg := accountsConfig()
	cfg.OnCallback = func(_ *gin.Context, e ginauth0.CallbackEvent) (redirect string) {
		if e.Kind == "connect" && e.Err == nil && e.AppState == "wants the calendar" {
			return "/calendar"
		}
		return "" // ReturnTo
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/connect-calendar", auth.RequireSession(), func(c *gin.Context) {
			if err := auth.StartConnectAccount(c, ginauth0.ConnectAccountOptions{
				Connection: "google-oauth2", Scopes: []string{"calendar.read", "calendar.write"},
				AuthorizationParams: map[string]any{"login_hint": "ada@gmail.test"},
				AppState:            "wants the calendar", // for OnCallback
				ReturnTo:            "/settings",
			}); err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/calendar", auth.RequireSession(), func(c *gin.Context) {
			token, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{Connection: "google-oauth2"})
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.String(http.StatusOK, "a token with %v", token.Scopes)
		})
	}, "/connect-calendar")
	// Output: a token with [calendar.read calendar.write]
}

// A page of settings: which accounts are connected, and which could be.
func ExampleAuth_ListConnectedAccounts() {
	exampleHooks(accountsConfig(), func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/settings", auth.RequireSession(), func(c *gin.Context) {
			connections, err := auth.AllAccountConnections(c, ginauth0.ListOptions{})
			if err != nil {
				auth.Fail(c, err)
				return
			}
			page, err := auth.ListConnectedAccounts(c, ginauth0.ListOptions{Take: 20}) // page.Next leads on
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.String(http.StatusOK, "%d accounts; could be at %s", len(page.Accounts), connections[0].Name)
		})
	}, "/settings")
	// Output: 1 accounts; could be at google-oauth2
}

// A list that may be long, page by page.
func ExampleAuth_ListAccountConnections() {
	exampleHooks(accountsConfig(), func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/services", auth.RequireSession(), func(c *gin.Context) {
			wanted := ginauth0.ListOptions{Take: 10}
			for {
				page, err := auth.ListAccountConnections(c, wanted)
				if err != nil {
					auth.Fail(c, err)
					return
				}
				for _, connection := range page.Connections {
					c.String(http.StatusOK, connection.Name)
				}
				if page.Next == "" {
					return
				}
				wanted.From = page.Next
			}
		})
	}, "/services")
	// Output: google-oauth2
}

// Somebody does not want the application to have an account any more.
func ExampleAuth_DeleteConnectedAccount() {
	exampleHooks(accountsConfig(), func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/disconnect", auth.RequireSession(), func(c *gin.Context) { // a real one is a POST with a token against forgery
			accounts, err := auth.AllConnectedAccounts(c, ginauth0.ListOptions{Connection: "google-oauth2"})
			for _, account := range accounts {
				if err == nil {
					err = auth.DeleteConnectedAccount(c, account.ID)
				}
			}
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.String(http.StatusOK, "%d accounts were disconnected", len(accounts))
		})
	}, "/disconnect")
	// Output: 1 accounts were disconnected
}

// The other way: identities become one user of the tenant, with an Action there that
// links them.
func ExampleAuth_StartLink() {
	cfg := ginauth0.Config{Routes: ginauth0.RoutesConfig{EnableLinking: true}}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/add-google", auth.RequireSession(), func(c *gin.Context) {
			if err := auth.StartLink(c, ginauth0.LinkOptions{
				RequestedConnection:      "google-oauth2",
				RequestedConnectionScope: "openid email", // what Google is asked for
				AppState:                 "profile page", // for OnCallback
				ReturnTo:                 "/identities",
			}); err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/remove-google", auth.RequireSession(), func(c *gin.Context) {
			if err := auth.StartUnlink(c, ginauth0.LinkOptions{RequestedConnection: "google-oauth2", ReturnTo: "/identities"}); err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/identities", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "still %s", user.Subject)
		})
	}, "/add-google")
	// Output: still auth0|ada
}

// What the API says is for the program; a browser learns the status alone.
func ExampleMyAccountError() {
	err := &ginauth0.MyAccountError{Status: http.StatusForbidden, Type: "https://example.test/limit", Title: "Too many accounts"}
	fmt.Println(err)
	// Output: ginauth0: the My Account API answered with status 403
}
