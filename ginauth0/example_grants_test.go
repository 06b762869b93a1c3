package ginauth0_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// exampleAuth is an application without routes, and its tenant.
func exampleAuth() (tenant *auth0test.Tenant, auth *ginauth0.Auth, done func()) {
	tenant, err := auth0test.New(auth0test.Config{BackchannelInterval: time.Nanosecond})
	if err == nil {
		err = tenant.Listen("localhost:0")
	}
	if err != nil {
		log.Fatal(err)
	}
	auth, err = ginauth0.New(context.Background(), ginauth0.Config{
		Domain: tenant.Issuer(), BaseURL: "http://localhost:3000",
		ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
	})
	if err != nil {
		log.Fatal(err)
	}
	return tenant, auth, func() { auth.Close(); tenant.Close() }
}

// post sends a request to a router, and prints the answer.
func post(router *gin.Engine, target string, headers ...string) {
	request := httptest.NewRequest(http.MethodPost, target, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	router.ServeHTTP(w, request)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// A service gets a token for an API in exchange for one of an older system.
func ExampleAuth_ExchangeToken() {
	tenant, auth, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")

	result, err := auth.ExchangeToken(context.Background(), ginauth0.ExchangeOptions{
		SubjectToken: "session-of-ada", SubjectTokenType: "urn:example:legacy-session",
		Audience: "https://api.example.test", Scopes: []string{"read:messages"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.TokenType, result.AccessToken, result.Scopes)

	_, err = auth.ExchangeToken(context.Background(), ginauth0.ExchangeOptions{
		SubjectToken: "Bearer session-of-ada", SubjectTokenType: "urn:example:legacy-session",
	})
	fmt.Println(err)
	// Output:
	// Bearer [redacted] [read:messages]
	// ginauth0: parameter subject_token begins with Bearer; the token alone is wanted
}

// People who are signed in to an older system get a session here too. The header keeps
// the forms of other sites out.
func ExampleAuth_LoginWithTokenExchange() {
	tenant, auth, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")

	router := gin.New()
	router.POST("/from-the-old-shop", func(c *gin.Context) {
		session, err := auth.LoginWithTokenExchange(c, ginauth0.ExchangeOptions{
			SubjectToken: ginauth0.Secret(c.GetHeader("X-Old-Session")), SubjectTokenType: "urn:example:legacy-session",
		})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		c.String(http.StatusOK, "Welcome, %s", session.User().Name)
	})
	post(router, "/from-the-old-shop", "X-Old-Session", "session-of-ada")
	post(router, "/from-the-old-shop")
	// Output:
	// 200 Welcome, Ada Lovelace
	// 400 {"error":"invalid_request","error_description":"The request is not valid."}
}

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

// Somebody of the support opens the shop as a customer sees it. The tenant learns who acts
// for whom.
func ExampleAuth_SessionTransferToken() {
	tenant, auth, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")

	router := gin.New()
	router.POST("/to-the-shop", func(c *gin.Context) {
		token, err := auth.SessionTransferToken(c, ginauth0.SessionTransferOptions{
			SubjectToken: "session-of-ada", SubjectTokenType: "urn:example:legacy-session",
			ActorToken: ginauth0.Secret(c.GetHeader("X-ID-Token")), // without one: the session's own
		})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		target, err := ginauth0.SessionTransferURL("https://shop.example/auth/login", token, "")
		if err != nil {
			auth.Fail(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, target)
	})
	post(router, "/to-the-shop", "X-ID-Token", tenant.IDToken(nil))
	post(router, "/to-the-shop")
	// Output:
	// 303
	// 401 {"error":"missing_id_token","error_description":"The login is not complete any more. Please log in again."}
}

func ExampleSessionTransferURL() {
	token := ginauth0.SessionTransferToken{Token: "from-the-tenant"}
	fmt.Println(ginauth0.SessionTransferURL("https://shop.example/auth/login?returnTo=/cart", token, "org_acme"))
	fmt.Println(ginauth0.SessionTransferURL("http://shop.example/auth/login", token, ""))
	// Output:
	// https://shop.example/auth/login?returnTo=/cart&organization=org_acme&session_transfer_token=from-the-tenant <nil>
	//  ginauth0: not an https URL
}
