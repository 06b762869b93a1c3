package ginauth0api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// startExchange stands for a tenant that exchanges tokens. It knows one subject
// token.
func startExchange() *httptest.Server {
	var tenant *httptest.Server
	tenant = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path != "/oauth/token":
			fmt.Fprintf(w, `{"issuer":"%[1]s/","jwks_uri":"%[1]s/keys","token_endpoint":"%[1]s/oauth/token"}`, tenant.URL)
		case r.PostFormValue("subject_token") == "token-of-ada":
			_, _ = io.WriteString(w, `{"access_token":"token-for-there","token_type":"Bearer","scope":"`+r.PostFormValue("scope")+`"}`)
		default:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Unknown subject token."}`)
		}
	}))
	return tenant
}

func startClient(tenant *httptest.Server) *ginauth0api.Guard {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   tenant.URL,
		Audience: []string{"https://api.example.com"},
		Client:   ginauth0api.ClientConfig{ID: "my-client", Secret: "from the environment"},
	})
	if err != nil {
		log.Fatal(err)
	}
	return guard
}

// Read the calendar of the person who calls this API. In a handler the subject
// token is token.AccessToken().
func ExampleGuard_TokenForConnection() {
	tenant := startExchange()
	defer tenant.Close()
	guard := startClient(tenant)
	defer guard.Close()

	google, err := guard.TokenForConnection(context.Background(), ginauth0api.ConnectionRequest{
		SubjectToken: "token-of-ada",
		Connection:   "google-oauth2",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(google.Connection, google.TokenType, google.AccessToken) // tokens do not print
	fmt.Println(string(google.AccessToken) == "token-for-there")
	// Output:
	// google-oauth2 Bearer [redacted]
	// true
}

// Take the tokens of an older system in exchange.
func ExampleGuard_ExchangeToken() {
	tenant := startExchange()
	defer tenant.Close()
	guard := startClient(tenant)
	defer guard.Close()

	set, err := guard.ExchangeToken(context.Background(), ginauth0api.ExchangeRequest{
		SubjectToken:     "token-of-ada",
		SubjectTokenType: "urn:example:legacy-session",
		Audience:         "https://api.example.com",
		Scope:            "read:messages",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.TokenType, set.Scope)

	_, err = guard.ExchangeToken(context.Background(), ginauth0api.ExchangeRequest{
		SubjectToken:     "forged",
		SubjectTokenType: "urn:example:legacy-session",
	})
	var refused *ginauth0api.TokenEndpointError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Status)
	}
	// Output:
	// Bearer read:messages
	// invalid_grant 403
}

// Call the next API for the person whose token this API was given.
func ExampleGuard_TokenOnBehalfOf() {
	tenant := startExchange()
	defer tenant.Close()
	guard := startClient(tenant)
	defer guard.Close()

	set, err := guard.TokenOnBehalfOf(context.Background(), ginauth0api.OnBehalfOfRequest{
		SubjectToken: "token-of-ada",
		Audience:     "https://billing.example.com",
		Scope:        "read:invoices",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.TokenType, set.Scope)
	// Output: Bearer read:invoices
}

// Only the current actor is fit for decisions.
func ExampleToken_CurrentActor() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		actor, err := token.CurrentActor()
		switch {
		case err != nil:
			guard.Refuse(c, err)
		case actor == nil:
			c.String(http.StatusOK, token.Subject())
		default:
			c.String(http.StatusOK, token.Subject()+" through "+actor.Subject)
		}
	})

	call(router, "/", tenant.AccessToken(nil))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": map[string]any{"sub": "support@example.com"}}))
	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": "support@example.com"}))
	// Output:
	// 200 auth0|ada
	// 200 auth0|ada through support@example.com
	// 401 {"error":"invalid_token","error_description":"Claims of the access token are missing or malformed.","error_code":"invalid_claims"}
}

// Who was involved, for the record.
func ExampleToken_DelegationChain() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		chain, err := token.DelegationChain()
		if err != nil {
			guard.Refuse(c, err)
			return
		}
		text := token.Subject()
		for _, actor := range chain {
			text += " < " + actor.Subject
		}
		c.String(http.StatusOK, text)
	})

	call(router, "/", tenant.AccessToken(auth0test.Claims{"act": map[string]any{
		"sub": "billing@clients", "act": map[string]any{"sub": "orders@clients"},
	}}))
	// Output: 200 auth0|ada < billing@clients < orders@clients
}
