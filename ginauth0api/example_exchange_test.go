package ginauth0api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

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
		SubjectToken:     "token-of-ada",
		SubjectTokenType: ginauth0api.TokenTypeAccessToken, // or TokenTypeRefreshToken
		Connection:       "google-oauth2",
		LoginHint:        "ada@gmail.test", // which of several accounts
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

// Say who acts for the person, and what else an Action of the tenant wants to know. A
// refresh token may stand for the person too.
func ExampleExchangeRequest() {
	tenant := startExchange()
	defer tenant.Close()
	guard := startClient(tenant)
	defer guard.Close()

	set, err := guard.ExchangeToken(context.Background(), ginauth0api.ExchangeRequest{
		SubjectToken:       "token-of-ada",
		SubjectTokenType:   ginauth0api.TokenTypeRefreshToken,
		ActorToken:         "token-of-the-desk",
		ActorTokenType:     "urn:example:desk",
		Organization:       "org_4Kx2",
		RequestedTokenType: ginauth0api.TokenTypeAccessToken,
		Extra:              url.Values{"device": {"counter 7"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.TokenType)
	// Output: Bearer
}

// The same on the way to the next API.
func ExampleOnBehalfOfRequest() {
	tenant := startExchange()
	defer tenant.Close()
	guard := startClient(tenant)
	defer guard.Close()

	set, err := guard.TokenOnBehalfOf(context.Background(), ginauth0api.OnBehalfOfRequest{
		SubjectToken:   "token-of-ada",
		ActorToken:     "token-of-the-desk",
		ActorTokenType: "urn:example:desk",
		Audience:       "https://billing.example.com",
		Organization:   "org_4Kx2",
		Extra:          url.Values{"device": {"counter 7"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.TokenType, set.RefreshToken == "")
	// Output: Bearer true
}

// An API that proves with a private key who it is, in place of a secret.
func ExampleClientAssertion() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // in real life from a file, or in a device
	if err != nil {
		log.Fatal(err)
	}
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
		Client: ginauth0api.ClientConfig{
			ID:        "my-client",
			Assertion: ginauth0api.ClientAssertion{Key: key, KeyID: "2026-11", Algorithm: "ES256"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	fmt.Println("ready")
	// Output: ready
}

// Without a client there is nobody to ask as. Nothing is sent.
func ExampleClientConfig() {
	cfg := ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
		Client:   ginauth0api.ClientConfig{ID: "my-client", Secret: "from the secret manager"},
	}
	cfg.Client = ginauth0api.ClientConfig{} // as if it had been forgotten
	guard, err := ginauth0api.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()
	_, err = guard.TokenOnBehalfOf(context.Background(), ginauth0api.OnBehalfOfRequest{
		SubjectToken: "token-of-ada", Audience: "https://billing.example.com",
	})
	var refused *ginauth0api.TokenEndpointError
	fmt.Println(errors.As(err, &refused), refused.Code)
	// Output: true client_credentials_missing
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
