package ginauth0_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// One application under two hosts, which signs people in at a domain of its own
// for each. The resolver knows its domains by heart: it never makes one out of
// what a request says.
func ExampleConfig_domainResolver() {
	var tenants []*auth0test.Tenant
	for range 2 {
		tenant, err := auth0test.New(auth0test.Config{})
		if err == nil {
			err = tenant.Listen("localhost:0")
		}
		if err != nil {
			log.Fatal(err)
		}
		defer tenant.Close()
		tenants = append(tenants, tenant)
	}
	domains := map[string]string{ // "login.example.com" and so on, in real life
		"app.example.com": tenants[0].Issuer(),
		"app.example.org": tenants[1].Issuer(),
	}
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		DomainResolver: func(r *http.Request) (string, error) {
			domain, known := domains[r.Host]
			if !known {
				return "", fmt.Errorf("no domain for the host %q", r.Host)
			}
			return domain, nil
		},
		ClientID:      auth0test.DefaultClientID,
		ClientSecret:  auth0test.DefaultClientSecret,
		Secrets:       []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL:       "https://app.example.com",
		ExtraBaseURLs: []string{"https://app.example.org"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router)

	for _, host := range []string{"app.example.com", "app.example.org", "evil.example"} {
		request := httptest.NewRequest(http.MethodGet, "/auth/login", nil)
		request.Host = host
		w := httptest.NewRecorder()
		router.ServeHTTP(w, request)
		fmt.Print(host, ": ", w.Code)
		for i, tenant := range tenants {
			if strings.HasPrefix(w.Header().Get("Location"), tenant.Issuer()) {
				fmt.Print(", to tenant ", i+1)
			}
		}
		fmt.Println()
	}
	// Output:
	// app.example.com: 302, to tenant 1
	// app.example.org: 302, to tenant 2
	// evil.example: 400
}
