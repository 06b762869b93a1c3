package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// The application's own data, under a session name of its own.
func ExampleNew() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis.example.test:6379",
		ContextTimeoutEnabled: true,
	})
	store, err := redisstore.New(client, redisstore.Config{
		Secrets: []ginauth0.Secret{ginauth0.Secret(os.Getenv("AUTH0_SECRET"))},
	})
	if err != nil {
		log.Fatal(err)
	}

	router := gin.New()
	router.Use(sessions.Sessions("cart", store))
	router.POST("/cart", func(c *gin.Context) {
		cart := sessions.Default(c)
		cart.Set("item", "book")
		switch err := cart.Save(); {
		case errors.Is(err, redisstore.ErrSessionGone): // emptied in another tab
			c.Redirect(http.StatusSeeOther, "/cart")
		case err != nil:
			_ = c.Error(err)
			c.AbortWithStatus(http.StatusServiceUnavailable)
		}
	})
}

// Several applications in one Redis, each with a prefix of its own, and cookies that a
// browser forgets when it is closed.
func ExampleConfig() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"redis-1.example.test:6379", "redis-2.example.test:6379"}, // a Cluster
		ContextTimeoutEnabled: true,
	})
	store, err := redisstore.New(client, redisstore.Config{
		Secrets: []ginauth0.Secret{
			"made with: openssl rand -hex 32 (this year)", // seals
			"made with: openssl rand -hex 32 (last year)", // still opens what it sealed
		},
		Prefix:  "shop:",
		Timeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	store.Options(sessions.Options{Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	fmt.Println("ready")
	// Output: ready
}

// Sessions stay in cookies; Redis holds only what the instances must agree on: who has
// logged out, and which of them refreshes a session.
func ExampleStore() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis.example.test:6379",
		ContextTimeoutEnabled: true,
	})
	secrets := []ginauth0.Secret{"made with: openssl rand -hex 32 ..."}
	store, err := redisstore.New(client, redisstore.Config{Secrets: secrets})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client", ClientSecret: "from the secret manager",
		Secrets: secrets,
		BaseURL: "https://app.example.com",

		LogoutStore: store.LogoutStore(),
		RefreshLock: store.RefreshLock(),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	fmt.Println("ready")
	// Output: ready
}

// Sessions of ginauth0. The store brings logout marks and refresh lock with it, so
// that all instances know of a logout, and one at a time refreshes a session.
func ExampleNew_logins() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis.example.test:6379",
		ContextTimeoutEnabled: true,
	})
	cfg, err := ginauth0.ConfigFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	store, err := redisstore.New(client, redisstore.Config{Secrets: cfg.Secrets})
	if err != nil {
		log.Fatal(err)
	}
	cfg.Session.Store = store
	auth, err := ginauth0.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()

	router := gin.New()
	auth.Mount(router)
}

// Every instance of the API remembers its proofs in the same Redis.
func ExampleNewReplayStore() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis.example.test:6379",
		ContextTimeoutEnabled: true, // the guard waits for a second, no longer
	})
	proofs, err := redisstore.NewReplayStore(client, "")
	if err != nil {
		log.Fatal(err)
	}
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.test"},
		DPoP:     ginauth0api.DPoPConfig{ReplayStore: proofs},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()

	router := gin.New()
	router.GET("/private", guard.RequireAuth(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	fmt.Println("ready")
	// Output: ready
}

// A store for something else that is good for one use, such as a link in a letter.
func ExampleReplayStore() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis.example.test:6379",
		ContextTimeoutEnabled: true,
	})
	links, err := redisstore.NewReplayStore(client, "links:")
	if err != nil {
		log.Fatal(err)
	}
	_ = func(ctx context.Context, link string) (first bool, err error) {
		return links.Remember(ctx, link, 24*time.Hour)
	}
}
