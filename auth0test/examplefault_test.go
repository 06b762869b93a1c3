package auth0test_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// The faults that are there, and one of your own. Requests counts what arrived, broken or
// not: whether a program asks again, and how often.
func ExampleFault() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	visit := func() {
		w := httptest.NewRecorder()
		tenant.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", http.NoBody))
		fmt.Printf("%d, more than 1 MB: %v, elsewhere: %v\n", w.Code, w.Body.Len() > 1<<20, w.Header().Get("Location") != "")
	}
	faults := []auth0test.Fault{
		auth0test.Down,
		auth0test.Garbage,
		auth0test.Slow(time.Millisecond),
		auth0test.Oversized(2 << 20),
		auth0test.Redirect("https://evil.example/keys"),
		func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			w.Header().Set("Cache-Control", "max-age=3600")
			next.ServeHTTP(w, r) // as usual, but for that
		},
	}
	for _, fault := range faults {
		tenant.Break("/.well-known/jwks.json", fault)
		visit()
	}
	tenant.Heal("*")
	fmt.Println(tenant.Requests("/.well-known/jwks.json"), "requests")
	// Output:
	// 503, more than 1 MB: false, elsewhere: false
	// 200, more than 1 MB: false, elsewhere: false
	// 200, more than 1 MB: false, elsewhere: false
	// 200, more than 1 MB: true, elsewhere: false
	// 307, more than 1 MB: false, elsewhere: true
	// 200, more than 1 MB: false, elsewhere: false
	// 6 requests
}

// An endpoint that accepts and then says nothing: what does the program do meanwhile?
func ExampleHang() {
	tenant, err := auth0test.New(auth0test.Config{})
	if err == nil {
		err = tenant.Listen("127.0.0.1:0")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	tenant.Break("/userinfo", auth0test.Hang)
	client := &http.Client{Timeout: 50 * time.Millisecond} // the program's patience
	_, err = client.Get(tenant.URL() + "/userinfo")
	fmt.Println(err != nil)
	// Output: true
}

// Keys change with notice, as they do a few times a year, and without, as after a leak. With
// notice tokens from before still verify.
func ExampleTenant_RotateKeys() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	published := func() int {
		keys, _ := fetch(tenant, "/.well-known/jwks.json")["keys"].([]any)
		return len(keys)
	}
	first := tenant.KeyID()
	fmt.Println(published())
	tenant.RotateKeys()
	fmt.Println(published(), tenant.KeyID() != first)
	tenant.ReplaceKeys()
	fmt.Println(published())
	// Output:
	// 1
	// 2 true
	// 1
}

// fetch reads a document of the tenant.
func fetch(tenant *auth0test.Tenant, path string) map[string]any {
	w := httptest.NewRecorder()
	tenant.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return decode(w.Body.Bytes())
}

// Wrong content in right envelopes: the program must refuse each of these ID tokens.
func ExampleTenant_EditIDToken() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tenant.SetAutoApprove("ada")
	edits := []func(header, claims map[string]any){
		auth0test.WrongNonce,
		auth0test.WrongIssuer,
		auth0test.WrongAudience,
		auth0test.Expired,
		func(header, _ map[string]any) { header["alg"] = "none" },
		func(_, claims map[string]any) { delete(claims, "sub") },
		nil, // as usual again
	}
	for _, edit := range edits {
		tenant.EditIDToken(edit)
		code := authorize(tenant, request(nil)).Get("code")
		token, _ := ask(tenant, "/oauth/token", codeForm(code, nil))["id_token"].(string)
		claims := readClaims(token)
		expires, _ := claims["exp"].(float64)
		fmt.Println(claims["nonce"] == "the-nonce", claims["iss"] == tenant.Issuer(), claims["aud"] == auth0test.DefaultClientID,
			time.Unix(int64(expires), 0).After(time.Now()), claims["sub"])
	}
	// Output:
	// false true true true auth0|ada
	// true false true true auth0|ada
	// true true false true auth0|ada
	// true true true false auth0|ada
	// true true true true auth0|ada
	// true true true true <nil>
	// true true true true auth0|ada
}

// The same for access tokens and for the answer around them.
func ExampleTenant_EditTokenResponse() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tenant.EditAccessToken(func(_, claims map[string]any) { claims["scope"] = "admin:all" })
	tenant.EditTokenResponse(func(response map[string]any) { response["token_type"] = "mac" })
	answer := ask(tenant, "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience}})
	token, _ := answer["access_token"].(string)
	fmt.Println(answer["token_type"], readClaims(token)["scope"])
	// Output: mac admin:all
}

// And for what the tenant says about itself.
func ExampleTenant_EditDiscovery() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tenant.EditDiscovery(func(document map[string]any) { document["issuer"] = "https://evil.example/" })
	tenant.EditJWKS(func(document map[string]any) { document["keys"] = []any{} })
	fmt.Println(fetch(tenant, "/.well-known/openid-configuration")["issuer"])
	fmt.Println(fetch(tenant, "/.well-known/jwks.json")["keys"])
	// Output:
	// https://evil.example/
	// []
}
