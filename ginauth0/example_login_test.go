package ginauth0_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A link to a login of its own kind: before money moves, the person proves anew who they
// are. The options are enforced when the login comes back, whatever the tenant does.
func ExampleAuth_Login() {
	exampleHooks(ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/pay", func(c *gin.Context) {
			now := time.Duration(0)
			if err := auth.Login(c, ginauth0.LoginOptions{ReturnTo: "/payments", MaxAge: &now}); err != nil {
				auth.Fail(c, err) // else the browser is on its way
			}
		})
		router.GET("/payments", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "%s proved it a moment ago: %v", user.Name, time.Since(user.AuthTime) < time.Minute)
		})
	}, "/pay")
	// Output: Ada Lovelace proved it a moment ago: true
}

// All that a login can ask for beside the configuration.
func ExampleLoginOptions() {
	_, auth, done := exampleAuth()
	defer done()
	router := gin.New()
	auth.Mount(router)
	router.GET("/join", func(c *gin.Context) {
		err := auth.Login(c, ginauth0.LoginOptions{
			Organization: "acme",
			Invitation:   c.Query("invitation"),
			Audience:     auth0test.DefaultAudience,
			Scopes:       []string{"read:messages"},
			ACRValues:    []string{"http://schemas.openid.net/pape/policies/2007/06/multi-factor"},
			Params:       map[string]string{"ui_locales": "de", "screen_hint": "signup"},
		})
		if err != nil {
			auth.Fail(c, err)
		}
	})
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/join?invitation=ticket-1", nil))
	at, err := w.Result().Location()
	if err != nil {
		log.Fatal(err)
	}
	sent := at.Query()
	fmt.Println(at.Path, sent.Get("organization"), sent.Get("invitation"), sent.Get("ui_locales"))
	fmt.Println(sent.Get("scope"))
	// Output:
	// /authorize acme ticket-1 de
	// openid profile email read:messages
}

// A logout that ends up on a page of its own.
func ExampleAuth_Logout() {
	exampleHooks(ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/leave", auth.RequireSession(), func(c *gin.Context) { // a real one is a POST
			if err := auth.Logout(c, ginauth0.LogoutOptions{ReturnTo: "/goodbye"}); err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/goodbye", auth.Session(), func(c *gin.Context) {
			_, ok := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "Goodbye. Still signed in: %v", ok)
		})
	}, "/leave")
	// Output: Goodbye. Still signed in: false
}

// Where a logout leads, and what it takes along.
func ExampleLogoutConfig() {
	tenant := newTenant()
	defer tenant.Close()
	for _, strategy := range []ginauth0.LogoutStrategy{
		ginauth0.LogoutAuto,  // the best that the tenant has
		ginauth0.LogoutOIDC,  // any OpenID provider
		ginauth0.LogoutV2,    // Auth0
		ginauth0.LogoutLocal, // the session of the application alone
	} {
		auth, err := ginauth0.New(context.Background(), ginauth0.Config{
			Domain: tenant.Issuer(), BaseURL: "http://localhost:3000",
			ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
			Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
			Logout: ginauth0.LogoutConfig{
				Strategy:      strategy,
				ReturnTo:      []string{"https://www.example.com/goodbye"}, // beside the application's own pages
				NoIDTokenHint: true,                                        // the tenant may ask the person then
				PostOnly:      true,                                        // no link of another site logs anybody out
				Params:        map[string]string{"ui_locales": "de"},
				Revoke:        true, // the refresh token too
			},
		})
		if err != nil {
			log.Fatal(err)
		}
		router := gin.New()
		auth.Mount(router)
		router.POST("/leave", func(c *gin.Context) {
			err := auth.Logout(c, ginauth0.LogoutOptions{
				ReturnTo: "https://www.example.com/goodbye",
				Params:   map[string]string{"logout_hint": "ada"},
			})
			if err != nil {
				auth.Fail(c, err)
			}
		})
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/leave", nil))
		if at, err := w.Result().Location(); err == nil {
			fmt.Println(at.Path, at.Query().Get("ui_locales"), at.Query().Get("logout_hint"))
		}
		auth.Close()
	}
	// Output:
	// /oidc/logout de ada
	// /oidc/logout de ada
	// /v2/logout de ada
	// /goodbye
}

// A logout at the identity provider behind the tenant too, which asks for a state back.
func ExampleLogoutOptions() {
	_, auth, done := exampleAuth()
	defer done()
	router := gin.New()
	auth.Mount(router)
	router.POST("/leave", func(c *gin.Context) {
		if err := auth.Logout(c, ginauth0.LogoutOptions{Federated: true, State: "from-the-kiosk"}); err != nil {
			auth.Fail(c, err)
		}
	})
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/leave", nil))
	at, err := w.Result().Location()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(at.Path, at.Query().Has("federated"), at.Query().Get("state"))
	// Output: /oidc/logout true from-the-kiosk
}
