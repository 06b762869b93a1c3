// Webapp is a web app with pages made on the server, into which people log in. It calls examples/api in their name, and
// lets them connect accounts of other services.
//
//	go run ./examples/webapp
//
// serves http://localhost:3000. It needs no tenant: without AUTH0_DOMAIN it starts one for development. All settings
// come from the environment; examples/webapp/.env.example lists them.
package main

import (
	"context"
	"fmt"
	"net"
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
			WebApp: settings.auth.BaseURL,
		}
		if key := settings.auth.ClientAssertion.Key; key != nil {
			cfg.ClientKey = key.Public()
		}
		tenant, err := devtenant.Open(ctx, cfg)
		if err != nil {
			return err
		}
		defer tenant.Close()
		tenant.Describe(os.Stdout, "examples/webapp/.env.example")
	}
	fmt.Println("The web app is at", settings.auth.BaseURL)
	return server.Serve(ctx, listener, newRouter(auth, settings))
}
