package auth0test_test

import (
	"net/http"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestStartServesDiscovery(t *testing.T) {
	tenant := auth0test.Start(t)
	response, err := http.Get(tenant.URL() + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200", response.StatusCode)
	}
	if tenant.AccessToken(nil) == "" || tenant.IDToken(nil) == "" {
		t.Fatal("no token")
	}
}
