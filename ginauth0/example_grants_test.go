package ginauth0_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// exampleAuth is an application without routes, and its tenant.
func exampleAuth() (tenant *auth0test.Tenant, auth *ginauth0.Auth, done func()) {
	tenant, err := auth0test.New(auth0test.Config{
		APIs: []auth0test.API{{
			Audience:                  auth0test.DefaultAudience,
			Scopes:                    []string{"read:messages"},
			AuthorizationDetailsTypes: []string{"payment"},
		}},
		ExchangeParameters:  []string{"device"},
		BackchannelInterval: time.Nanosecond,
	})
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

// All that can be asked for with a token: the result says who acts for whom.
func ExampleExchangeOptions() {
	tenant, auth, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")
	tenant.AcceptSubjectToken("urn:example:desk", "desk-of-grace", "grace")

	result, err := auth.ExchangeToken(context.Background(), ginauth0.ExchangeOptions{
		SubjectToken: "session-of-ada", SubjectTokenType: "urn:example:legacy-session",
		ActorToken: "desk-of-grace", ActorTokenType: "urn:example:desk",
		Scopes:             []string{"openid"}, // brings an ID token, which is verified
		Organization:       "acme",
		RequestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
		Extra:              url.Values{"device": {"counter 7"}}, // for an Action of the tenant
	})
	if err != nil {
		log.Fatal(err)
	}
	var actor struct {
		Subject string `json:"sub"`
	}
	if err := json.Unmarshal(result.Actor, &actor); err != nil {
		log.Fatal(err)
	}
	fmt.Println(actor.Subject, "acts")
	// Output: auth0|grace acts
}

// Where a request of a browser chooses the domain, a program that has none names it.
func ExampleExchangeOptions_domain() {
	tenant, _, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")

	domain := tenant.Issuer() // from a list of the program's own, never from a stranger
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		DomainResolver: func(*http.Request) (string, error) { return domain, nil },
		BaseURL:        "http://localhost:3000",
		ClientID:       auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()

	_, err = auth.ExchangeToken(context.Background(), ginauth0.ExchangeOptions{
		Domain:       domain,
		SubjectToken: "session-of-ada", SubjectTokenType: "urn:example:legacy-session",
	})
	fmt.Println(err)
	_, err = auth.StartBackchannelLogin(context.Background(), ginauth0.BackchannelOptions{Domain: domain, Subject: "auth0|ada"})
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
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

// A service without sessions names the actor itself, and how long the token lives.
func ExampleSessionTransferOptions() {
	tenant, auth, done := exampleAuth()
	defer done()
	tenant.AcceptSubjectToken("urn:example:legacy-session", "session-of-ada", "ada")
	tenant.AcceptSubjectToken("urn:example:desk", "desk-of-grace", "grace")

	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
	token, err := auth.SessionTransferToken(c, ginauth0.SessionTransferOptions{
		SubjectToken: "session-of-ada", SubjectTokenType: "urn:example:legacy-session",
		ActorToken: "desk-of-grace", ActorTokenType: "urn:example:desk",
		Organization: "acme",
		Extra:        url.Values{"device": {"counter 7"}}, // for an Action of the tenant
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Token, time.Until(token.ExpiresAt).Round(time.Minute))
	// Output: [redacted] 1m0s
}

// The address of another application, which signs the person in.
func ExampleSessionTransferURL() {
	token := ginauth0.SessionTransferToken{Token: "from-the-tenant"}
	fmt.Println(ginauth0.SessionTransferURL("https://shop.example/auth/login?returnTo=/cart", token, "org_acme"))
	fmt.Println(ginauth0.SessionTransferURL("http://shop.example/auth/login", token, ""))
	// Output:
	// https://shop.example/auth/login?returnTo=/cart&organization=org_acme&session_transfer_token=from-the-tenant <nil>
	//  ginauth0: not an https URL
}
