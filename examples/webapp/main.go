// Webapp is a web app with pages made on the server, into which people log in. It calls examples/api in their name, and
// lets them connect accounts of other services.
//
//	go run ./examples/webapp
//
// serves http://localhost:3000. It needs no tenant: without AUTH0_DOMAIN it starts one for development. All settings
// come from the environment; .env.example lists them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/examples/internal/server"
	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for anything
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	settings, err := readSettings()
	if err != nil {
		return err
	}
	if settings.redis != nil { // several instances must know together who is signed in, and who is not any more
		client := redis.NewClient(settings.redis)
		defer func() { _ = client.Close() }()
		settings.auth.Session.Store, err = redisstore.New(client, redisstore.Config{Secrets: settings.auth.Secrets})
		if err != nil {
			return err
		}
	}

	// The context is not that of the signal: logins that are running then still need the tenant.
	auth, err := ginauth0.New(context.Background(), settings.auth)
	if err != nil {
		return err
	}
	defer auth.Close()

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", settings.address)
	if err != nil {
		return fmt.Errorf("HOST and PORT name an address that cannot be used, choose another PORT: %w", err)
	}
	if settings.development { // leave this out of a program of your own
		cfg := devtenant.Config{
			Audience: settings.auth.Audience, ClientID: settings.auth.ClientID, ClientSecret: string(settings.auth.ClientSecret),
		}
		if key := settings.auth.ClientAssertion.Key; key != nil {
			cfg.ClientKey = key.Public()
		}
		tenant, err := devtenant.Open(ctx, cfg)
		if err != nil {
			return err
		}
		defer tenant.Close()
		tenant.Describe(os.Stdout)
	}
	fmt.Println("The web app is at", settings.auth.BaseURL)
	return server.Serve(ctx, listener, newRouter(auth, settings))
}

// newRouter has the routes.
func newRouter(auth *ginauth0.Auth, settings settings) *gin.Engine {
	router := server.New()
	router.Use(setHeaders, sameOrigin(auth, settings))
	auth.Mount(router) // /auth/login, /auth/callback, /auth/logout, /auth/backchannel-logout, /auth/connect

	site := newSite(auth, settings)
	router.GET("/", auth.Session(), site.home)                    // for everybody
	router.GET("/profile", auth.RequireSession(), site.profile)   // others are sent to log in
	router.GET("/messages", auth.RequireSession(), site.messages) // asks an API in the name of the person
	router.GET("/accounts", auth.RequireSession(), site.accounts) // what the person has at other services
	router.POST("/accounts/delete", auth.RequireSession(), site.deleteAccount)
	router.GET("/api/me", auth.RequireSession(), me) // others get 401
	router.GET("/static/:file", site.static)
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.NoRoute(auth.Session(), site.notFound)
	return router
}

// me answers with the claims of the person who asks.
func me(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c) // RequireSession lets nobody else pass
	var claims map[string]json.RawMessage
	if err := user.Claims(&claims); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.JSON(http.StatusOK, claims)
}
