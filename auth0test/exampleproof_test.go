package auth0test_test

import (
	"fmt"
	"net/http"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// A request with an access token that is bound to a key, and the proof that goes with it.
func ExampleProofKey() {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"scope": "read:messages", "cnf": key.Confirmation()})

	r, err := http.NewRequest(http.MethodGet, "https://api.example.test/messages?page=2", http.NoBody)
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", key.Proof(r.Method, r.URL.String(), token))

	claims := readClaims(r.Header.Get("DPoP"))
	fmt.Println(claims["htm"], claims["htu"])
	// Output: GET https://api.example.test/messages
}

// Wrong proofs, each wrong in one way.
func ExampleProofKey_Proof() {
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	const url = "https://api.example.test/messages"
	wrong := map[string]string{
		"another method":      key.Proof("POST", url, "token"),
		"another token":       key.Proof("GET", url, "another token"),
		"no jti":              key.Proof("GET", url, "token", auth0test.Claims{"jti": nil}),
		"htm of another type": key.Proof("GET", url, "token", auth0test.Claims{"htm": 1}),
		"type of any JWT":     key.Proof("GET", url, "token", auth0test.Header{"typ": "JWT"}),
		"not signed":          key.Proof("GET", url, "token", auth0test.Header{"alg": "none"}),
		"signed by another":   other.Proof("GET", url, "token", auth0test.Header{"jwk": key.JWK()}),
		"cut off":             key.Proof("GET", url, "token")[:100],
	}
	fmt.Println(len(wrong), readClaims(wrong["no jti"])["jti"])
	// Output: 8 <nil>
}
