package auth0test_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// A test of a handler that wants an access token. The tenant lives as long as the test.
func ExampleStart() {
	testMessages := func(t *testing.T) {
		tenant := auth0test.Start(t)

		// The handler of your program, set up with the issuer of the tenant.
		handler := newHandler(tenant.Issuer(), auth0test.DefaultAudience)

		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/messages", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+tenant.AccessToken(auth0test.Claims{"scope": "read:messages"}))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("status %d, want 200", w.Code)
		}
	}
	_ = testMessages // go test calls it, when it is named TestMessages
}

// newHandler stands for the program under test.
func newHandler(issuer, audience string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "tokens of %s for %s are checked here", issuer, audience)
	})
}

// A program that is a tenant, until it is interrupted.
func ExampleNew() {
	tenant, err := auth0test.New(auth0test.Config{
		Users: []auth0test.User{{Name: "ada", Email: "ada@example.test", Permissions: []string{"admin:all"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	if err := tenant.Listen("localhost:4000"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("The development tenant is at", tenant.Issuer())
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	<-interrupt
}

// Tokens can be minted without a login. What is given replaces a default, nil removes it.
func ExampleTenant_AccessToken() {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	token := tenant.AccessToken(auth0test.Claims{
		"sub":         "auth0|grace",
		"scope":       "read:messages",
		"permissions": []string{"read:messages"},
		"azp":         nil,
	})
	claims := readClaims(token)
	fmt.Println(claims["iss"], claims["aud"])
	fmt.Println(claims["sub"], claims["scope"], claims["permissions"], claims["azp"])
	// Output:
	// https://tenant.example.test/ https://api.example.test
	// auth0|grace read:messages [read:messages] <nil>
}

// The token endpoint is down, then it is not.
func ExampleTenant_Break() {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(tenant)
	defer server.Close()
	ask := func() {
		response, err := http.Post(server.URL+"/oauth/token", "application/x-www-form-urlencoded", http.NoBody)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		fmt.Println(response.StatusCode, json.Valid(body))
	}
	tenant.Break("/oauth/token", auth0test.Down)
	ask()
	tenant.Break("/oauth/token", auth0test.Garbage)
	ask()
	tenant.Heal("/oauth/token")
	ask()
	// Output:
	// 503 false
	// 200 false
	// 401 true
}

// readClaims reads the payload of a token without verifying it.
func readClaims(token string) map[string]any {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return nil
	}
	var claims map[string]any
	_ = json.Unmarshal(payload, &claims)
	return claims
}
