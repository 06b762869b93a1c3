package auth0test_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// A client that signs with its own key. The tenant knows the public half, the program under test the private one.
func ExampleClientKey() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	tenant, err := auth0test.New(auth0test.Config{
		Clients: []auth0test.Client{{
			ID:            "web",
			Keys:          []auth0test.ClientKey{{KeyID: "2026", Key: private.Public()}},
			RequirePAR:    true,
			AllowLoopback: true,
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	fmt.Println("web signs with a key on", private.Params().Name)
	// Output: web signs with a key on P-256
}

// A tenant with one customer, to which somebody is invited.
func ExampleOrganization() {
	tenant, err := auth0test.New(auth0test.Config{
		Organizations: []auth0test.Organization{{ID: "org_1", Name: "acme", Invitations: []string{"ticket-1"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	fmt.Println("/auth/login?organization=acme&invitation=ticket-1")
	// Output: /auth/login?organization=acme&invitation=ticket-1
}

// The test of a program that links accounts asks the tenant what has become of it.
func ExampleTenant_LinkedConnections() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer:      "https://tenant.example.test/",
		Connections: []auth0test.Connection{{Name: "github"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	// Here ada signs in to the program and asks it to link her account at github.
	fmt.Println(len(tenant.LinkedConnections("ada")))
	// Output: 0
}
