package redisstore_test

import (
	"context"
	"log"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

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
