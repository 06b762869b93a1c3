package auth0test_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

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
		Issuer: "https://tenant.example.test/",
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
	assertion, err := signAssertion(private, "2026", map[string]any{
		"iss": "web", "sub": "web", "aud": tenant.Issuer(), "jti": rand.Text(), "exp": time.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"audience":              {auth0test.DefaultAudience},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	fmt.Println(send(tenant, "/oauth/token", form)["token_type"])
	fmt.Println(send(tenant, "/oauth/token", form)["error"]) // an assertion passes once
	// Output:
	// Bearer
	// invalid_client
}

// signAssertion is what the program does: it says who it is in a JWT (RFC 7523).
func signAssertion(key *ecdsa.PrivateKey, keyID string, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, nil)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// A tenant with one customer, to which somebody is invited once.
func ExampleOrganization() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer:        "https://tenant.example.test/",
		Organizations: []auth0test.Organization{{ID: "org_1", Name: "acme", Invitations: []string{"ticket-1"}}},
		AutoApprove:   "ada",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	invited := url.Values{"organization": {"acme"}, "invitation": {"ticket-1"}}
	answer := send(tenant, "/oauth/token", codeForm(authorize(tenant, request(invited)).Get("code"), nil))
	token, _ := answer["id_token"].(string)
	claims := readClaims(token)
	fmt.Println(claims["org_id"], claims["org_name"])
	fmt.Println(authorize(tenant, request(invited)).Get("error"))
	// Output:
	// org_1 acme
	// invalid_request
}

// authorize is what a browser does for the program: it brings a request to the tenant, and the answer back.
func authorize(tenant *auth0test.Tenant, request url.Values) url.Values {
	w := httptest.NewRecorder()
	tenant.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/authorize?"+request.Encode(), http.NoBody))
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		return nil
	}
	return back.Query()
}

// The test of a program that links accounts asks the tenant what has become of it.
func ExampleTenant_LinkedConnections() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer:      "https://tenant.example.test/",
		Connections: []auth0test.Connection{{Name: "github"}},
		AutoApprove: "ada",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	fmt.Println(tenant.LinkedConnections("ada"))
	// Here the program would send the browser to link her account.
	answer := authorize(tenant, request(url.Values{
		"scope":                {"openid link_account"},
		"audience":             {"my-account"},
		"requested_connection": {"github"},
		"id_token_hint":        {tenant.IDToken(auth0test.Claims{"sub": "auth0|ada"})},
	}))
	fmt.Println(answer.Has("code"), tenant.LinkedConnections("ada"))
	// Output:
	// []
	// true [github]
}
