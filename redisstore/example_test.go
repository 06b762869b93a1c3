package redisstore_test

import (
	"context"
	"log"
	"os"

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
		if err := cart.Save(); err != nil {
			_ = c.Error(err)
		}
	})
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
	router.GET("/private", guard.RequireAuth(), func(*gin.Context) {})
}
