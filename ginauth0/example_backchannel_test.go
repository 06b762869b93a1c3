package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A counter at which people confirm with their phone who they are. The page polls.
func ExampleAuth_PollBackchannelLogin() {
	tenant, auth, done := exampleAuth()
	defer done()

	waiting := map[string]ginauth0.BackchannelRequest{} // in a program: by a session of its own, with a lock
	router := gin.New()
	router.POST("/ask", func(c *gin.Context) {
		request, err := auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{
			Subject: "auth0|ada", BindingMessage: "counter 7",
		})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		waiting["counter 7"] = request
		c.String(http.StatusOK, "Please look at your phone. It says: counter 7")
	})
	router.POST("/poll", func(c *gin.Context) { // every Interval of the request
		session, err := auth.PollBackchannelLogin(c, waiting["counter 7"])
		var pending *ginauth0.PendingError
		if errors.As(err, &pending) {
			waiting["counter 7"] = pending.Next // its Interval may be longer
			c.String(http.StatusOK, "Still waiting.")
			return
		}
		delete(waiting, "counter 7")
		if err != nil {
			auth.Fail(c, err)
			return
		}
		c.String(http.StatusOK, "Welcome, %s", session.User().Name)
	})
	post(router, "/ask")
	post(router, "/poll")
	for _, login := range tenant.BackchannelLogins() { // Ada says yes
		_ = tenant.ApproveBackchannelLogin(login.ID)
	}
	post(router, "/poll")
	// Output:
	// 200 Please look at your phone. It says: counter 7
	// 200 Still waiting.
	// 200 Welcome, Ada Lovelace
}

// Somebody allows one payment, and sees on the device which.
func ExampleBackchannelOptions() {
	tenant, auth, done := exampleAuth()
	defer done()
	_, err := auth.StartBackchannelLogin(context.Background(), ginauth0.BackchannelOptions{
		Subject:              "auth0|ada",
		BindingMessage:       "Order 17",
		Audience:             auth0test.DefaultAudience,
		Scopes:               []string{"read:messages"},
		AuthorizationDetails: json.RawMessage(`[{"type":"payment","amount":"17.00"}]`),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, login := range tenant.BackchannelLogins() { // on Ada's phone
		fmt.Println(login.BindingMessage, login.Scope, login.AuthorizationDetails)
	}
	// Output: Order 17 openid profile email read:messages [{"type":"payment","amount":"17.00"}]
}

// What a program keeps of a request, wherever it keeps it: a BackchannelRequest itself
// prints nothing.
func ExampleBackchannelRequest() {
	_, auth, done := exampleAuth()
	defer done()
	request, err := auth.StartBackchannelLogin(context.Background(), ginauth0.BackchannelOptions{
		Subject: "auth0|ada", RequestedExpiry: 5 * time.Minute,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(request)
	id := string(request.ID) // to be sealed

	rebuilt := ginauth0.BackchannelRequest{
		ID: ginauth0.Secret(id), Subject: request.Subject, Issuer: request.Issuer, Domain: request.Domain,
		Audience: request.Audience, Scopes: request.Scopes, Interval: request.Interval, ExpiresAt: request.ExpiresAt,
	}
	fmt.Println(rebuilt.Subject, rebuilt.Interval)
	// Output:
	// ginauth0.BackchannelRequest[redacted]
	// auth0|ada 1s
}
