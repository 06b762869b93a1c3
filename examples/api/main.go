// Api is a JSON API whose routes want access tokens.
//
//	go run ./examples/api
//
// serves http://localhost:8000 and prints a curl command to try it. It needs no tenant: without AUTH0_DOMAIN it starts
// one for development. All settings come from the environment; examples/api/.env.example lists them.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/examples/internal/server"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
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
	if settings.redis != nil { // several instances must know together which proofs were used
		client := redis.NewClient(settings.redis)
		defer func() { _ = client.Close() }()
		if settings.guard.DPoP.ReplayStore, err = redisstore.NewReplayStore(client, ""); err != nil {
			return err
		}
	}

	// The guard's context is not that of the signal: requests that are running then may still need the tenant's keys.
	guard, err := ginauth0api.New(context.Background(), settings.guard)
	if err != nil {
		return err
	}
	defer guard.Close()

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", settings.address)
	if err != nil {
		return fmt.Errorf("HOST and PORT name an address that cannot be used, choose another PORT: %w", err)
	}
	if settings.development { // leave this out of a program of your own
		client := settings.guard.Client
		tenant, err := devtenant.Open(ctx, devtenant.Config{
			Audience: settings.guard.Audience[0], ClientID: client.ID, ClientSecret: string(client.Secret),
		})
		if err != nil {
			return err
		}
		defer tenant.Close()
		tenant.Describe(os.Stdout, "examples/api/.env.example")
		if settings.guard.DPoP.Mode == ginauth0api.DPoPRequired {
			fmt.Println("No curl line: AUTH0_DPOP=required wants a proof with every request, which curl cannot make. " +
				"Use the web app with AUTH0_DPOP=true, or another client that knows DPoP (docs/dpop.md).")
		} else {
			printCurl(ctx, tenant, settings.url)
		}
	}
	if settings.ownNonces {
		fmt.Println("AUTH0_SECRET is not set: the DPoP nonces of this process are for itself only, several instances need it")
	}
	fmt.Println("The API is at", settings.url)
	return server.Serve(ctx, listener, newRouter(guard))
}

// newRouter has the routes, each with what it asks of a token.
func newRouter(guard *ginauth0api.Guard) *gin.Engine {
	router := server.New()
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })

	// Clients ask here what this API wants. A public URL with a path has that path at the end (RFC 9728 section 3.1).
	metadata := guard.ProtectedResourceMetadata()
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/*path"} {
		router.GET(path, metadata)
		router.HEAD(path, metadata)
	}

	api := router.Group("/api")
	api.GET("/public", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "Anybody may read this."}) })
	api.GET("/private", guard.RequireAuth(), say("Your token is valid."))
	api.GET("/private-scoped", guard.RequireAuth("read:messages"), say("Your token may read messages."))
	api.GET("/private-any", guard.RequireAnyScope("read:messages", "write:messages"), say("Your token may read or write messages."))
	api.GET("/admin", guard.RequirePermissions("admin:all"), say("Your token may do everything."))
	api.Any("/echo/*path", guard.RequireAuth(), echo)
	return router
}

// reply is the JSON of the routes that want a token.
type reply struct {
	Message string             `json:"message"`
	UserID  string             `json:"user_id"`
	Scheme  ginauth0api.Scheme `json:"scheme"`
}

// say makes a handler that says something to the holder of a token.
func say(message string) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, ok := ginauth0api.TokenFrom(c)
		if !ok { // a route without a guard: a mistake of ours
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, reply{Message: message, UserID: token.Subject(), Scheme: token.Scheme()})
	}
}

// echo answers with what arrived, for those who wonder what a proxy makes of their requests.
func echo(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"method": c.Request.Method, "path": c.Request.URL.Path})
}

// printCurl prints the one line that may show a token, which is worth nothing outside of this machine.
func printCurl(ctx context.Context, tenant *devtenant.Tenant, url string) {
	token, err := tenant.MachineToken(ctx)
	if err != nil { // the API itself works without
		slog.Warn("there is no token to try", "cause", err)
		return
	}
	fmt.Printf("curl -H \"Authorization: Bearer %s\" %s/api/private-scoped\n", token, url)
}
