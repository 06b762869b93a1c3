// Loadapp is the web app of the load tests: two pages, the routes of ginauth0 with that for access tokens, another one
// for tokens of connections, and sessions in Redis. Several of it stand behind one address. All settings come from the
// environment: those that ginauth0.ConfigFromEnv reads, TENANT_TIMEOUT, REDIS_URL and PORT. With SESSIONS=cookies
// sessions are in cookies, and nothing but marks, locks and kept results in Redis.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return errors.New("REDIS_URL is wrong")
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()

	cfg, err := ginauth0.ConfigFromEnv()
	if err != nil {
		return err
	}
	cfg.HTTPTimeout, err = time.ParseDuration(os.Getenv("TENANT_TIMEOUT"))
	if err != nil {
		return err
	}
	store, err := redisstore.New(client, redisstore.Config{Secrets: cfg.Secrets})
	if err != nil {
		return err
	}
	if os.Getenv("SESSIONS") == "cookies" {
		cfg.LogoutStore, cfg.RefreshLock = store.LogoutStore(), store.RefreshLock()
	} else {
		cfg.Session.Store = store
	}
	cfg.Session.Inactivity = 20 * time.Minute // a session in use is written every 12 s
	cfg.Routes.EnableAccessToken = true
	cfg.Logger = slog.Default()
	auth, err := ginauth0.New(context.Background(), cfg)
	if err != nil {
		return err
	}
	defer auth.Close()
	return serve(ctx, newRouter(auth))
}

func newRouter(auth *ginauth0.Auth) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	auth.Mount(router)
	router.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "Anybody may read this.") })
	router.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) })
	router.GET("/page", auth.RequireSession(), who)
	router.GET("/data", auth.RequireSession(), who)
	router.GET("/connection/:name", func(c *gin.Context) {
		token, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{Connection: c.Param("name")})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		c.JSON(http.StatusOK, gin.H{"token": string(token.Token)}) // for the test alone
	})
	return router
}

// who says whose session this is, and which one of that person.
func who(c *gin.Context) {
	session, _ := ginauth0.SessionFrom(c) // RequireSession lets nobody else pass
	c.JSON(http.StatusOK, gin.H{
		"sub": session.User().Subject, "name": session.User().Name, "sid": session.ID(), "created": session.CreatedAt().UnixMilli(),
	})
}

// serve serves until ctx is done, and then lets the requests that are running finish.
func serve(ctx context.Context, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return server.Shutdown(patience)
}
