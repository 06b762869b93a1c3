package ginauth0_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// An application that has no secret: it proves who it is with a private key, whose public
// half is registered at the tenant. ConfigFromEnv reads the key from
// AUTH0_CLIENT_ASSERTION_SIGNING_KEY.
func ExampleParseSigningKey() {
	text := makeKey() // in real life a file, made with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048
	key, err := ginauth0.ParseSigningKey(ginauth0.Secret(text))
	if err != nil {
		log.Fatal(err)
	}
	cfg := ginauth0.Config{
		Domain:          "tenant.eu.auth0.com",
		ClientID:        "my-client",
		ClientAssertion: ginauth0.ClientAssertion{Key: key, KeyID: "2026-11", Algorithm: "PS256"},
		Secrets:         []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL:         "https://app.example.com",
	}
	auth, err := ginauth0.New(context.Background(), cfg) // signs once, to see that it can
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	fmt.Println(cfg.ClientAssertion)

	_, err = ginauth0.ParseSigningKey("ssh-rsa AAAA...")
	fmt.Println(errors.Is(err, ginauth0.ErrSigningKey))
	// Output:
	// ginauth0.ClientAssertion{KeyID: "2026-11", Algorithm: "PS256"}
	// true
}

// makeKey does what openssl genpkey does.
func makeKey() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// With PAR the tenant gets the request from the application itself. The browser carries
// its name, so that nobody on the way reads or changes what the person is asked to
// authorize.
func ExampleConfig_pushedRequests() {
	const payments = "https://payments.example.test"
	tenant, err := auth0test.New(auth0test.Config{APIs: []auth0test.API{{Audience: payments, AuthorizationDetailsTypes: []string{"payment"}}}})
	if err == nil {
		err = tenant.Listen("localhost:0")
	}
	if err != nil {
		log.Fatal(err)
	}
	defer tenant.Close()
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain:       tenant.Issuer(),
		ClientID:     auth0test.DefaultClientID,
		ClientSecret: auth0test.DefaultClientSecret,
		Secrets:      []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL:      "http://localhost:3000",
		Audience:     payments,
		PAR:          true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router)
	router.GET("/pay", func(c *gin.Context) {
		details := json.RawMessage(`[{"type": "payment", "amount": "123.50", "currency": "EUR"}]`)
		if err := auth.Login(c, ginauth0.LoginOptions{AuthorizationDetails: details, ReturnTo: "/paid"}); err != nil {
			auth.Fail(c, err)
		}
	})

	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/pay", nil))
	at, err := w.Result().Location()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(at.Path, slices.Sorted(maps.Keys(at.Query())))
	// Output: /authorize [client_id request_uri]
}
