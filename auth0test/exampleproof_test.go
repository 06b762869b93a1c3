package auth0test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

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

// A program that gets a bound token for itself, and uses it. The tenant asks for nonces, which the client answers.
func ExampleProofKey_Client() {
	tenant, err := auth0test.New(auth0test.Config{RequireDPoPNonce: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	if err := tenant.Listen("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		return
	}
	key := auth0test.NewProofKey("")
	response, err := key.Client(nil, "").PostForm(tenant.URL()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	var tokens struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	if err := json.NewDecoder(response.Body).Decode(&tokens); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.StatusCode, tokens.TokenType)

	// The API of your program.
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Authorization") == "DPoP "+tokens.AccessToken, readClaims(r.Header.Get("DPoP"))["htm"])
		w.WriteHeader(http.StatusNoContent)
	}))
	defer api.Close()
	answer, err := key.Client(nil, tokens.AccessToken).Get(api.URL + "/messages")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode)
	// Output:
	// 200 DPoP
	// true GET
	// 204
}

// A tenant that asks for nonces only from some moment on.
func ExampleTenant_RequireDPoPNonce() {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	key := auth0test.NewProofKey("")
	ask := func(edits ...auth0test.ProofEdit) *httptest.ResponseRecorder {
		return serve(tenant, "/oauth/token", url.Values{
			"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
			"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		}, key.Proof("POST", "https://tenant.example.test/oauth/token", "", edits...))
	}
	fmt.Println(ask().Code)
	tenant.RequireDPoPNonce(true)
	answer := ask()
	fmt.Println(answer.Code, readError(answer))
	fmt.Println(ask(auth0test.Claims{"nonce": answer.Header().Get("DPoP-Nonce")}).Code)
	// Output:
	// 200
	// 400 use_dpop_nonce
	// 200
}

// readError reads the error of an answer of the token endpoint.
func readError(answer *httptest.ResponseRecorder) string {
	var body struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &body)
	return body.Error
}
