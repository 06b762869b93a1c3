package auth0test_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Wrong tokens, each wrong in one way. All that is not said stays as in a good one only in
// AccessToken: Sign begins with nothing.
func ExampleTenant_Sign() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	good := func(header map[string]any) string {
		return tenant.Sign(header, auth0test.Claims{
			"iss": tenant.Issuer(), "aud": auth0test.DefaultAudience, "sub": "auth0|ada", "exp": time.Now().Add(time.Hour),
		})
	}
	wrong := map[string]string{
		"expired":              tenant.AccessToken(auth0test.Claims{"exp": time.Now().Add(-time.Hour)}),
		"another audience":     tenant.AccessToken(auth0test.Claims{"aud": "https://another.example"}),
		"another issuer":       tenant.AccessToken(auth0test.Claims{"iss": "https://evil.example/"}),
		"for people":           tenant.IDToken(nil),
		"not signed":           good(map[string]any{"alg": "none"}),
		"public key as secret": good(map[string]any{"alg": "HS256"}),
		"unknown key":          good(map[string]any{"kid": "another"}),
		"type of a logout":     good(map[string]any{"typ": "logout+jwt"}),
	}
	fmt.Println(len(wrong), "tokens that an API refuses")
	// Output: 8 tokens that an API refuses
}

// A tenant that tells an application of a logout, rightly and wrongly. LogoutClaims is what a
// wrong one begins with.
func ExampleTenant_LogoutToken() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tokens := []string{
		tenant.LogoutToken(auth0test.Claims{"sub": "auth0|grace", "sid": nil}), // all her sessions
		tenant.LogoutToken(auth0test.Claims{"nonce": "n"}),                     // refused: it may have none
		tenant.Sign(map[string]any{"typ": "JWT"}, tenant.LogoutClaims(auth0test.Claims{"events": nil})),
	}
	for _, token := range tokens {
		claims := readClaims(token)
		fmt.Println(claims["sub"], claims["sid"] != nil, claims["nonce"], claims["events"] != nil)
	}
	// Output:
	// auth0|grace false <nil> true
	// auth0|ada true n true
	// auth0|ada true <nil> false
}

// The tenant itself sends a logout token when somebody has logged out. Here it is wrong.
func ExampleTenant_EditLogoutToken() {
	received := make(chan string, 1)
	application := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		received <- r.PostFormValue("logout_token")
	}))
	defer application.Close()
	tenant, err := auth0test.New(auth0test.Config{
		Issuer: "https://tenant.example.test/",
		Clients: []auth0test.Client{{
			ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true,
			BackchannelLogoutURI: application.URL,
		}},
		AutoApprove: "ada",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	tenant.EditLogoutToken(auth0test.WrongAudience)

	// A browser logs in, and out again.
	login := httptest.NewRecorder()
	tenant.ServeHTTP(login, httptest.NewRequest(http.MethodGet, "/authorize?"+request(nil).Encode(), http.NoBody))
	logout := httptest.NewRequest(http.MethodGet, "/oidc/logout?"+url.Values{"id_token_hint": {tenant.IDToken(nil)}}.Encode(), http.NoBody)
	for _, cookie := range login.Result().Cookies() {
		logout.AddCookie(cookie)
	}
	tenant.ServeHTTP(httptest.NewRecorder(), logout)
	claims := readClaims(<-received)
	fmt.Println(claims["sub"], claims["aud"] == auth0test.DefaultClientID)
	// Output: auth0|ada false
}

// The one answer about logins by CIBA that are not there, or not any more.
func ExampleBackchannelLogin() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	ask(tenant, "/bc-authorize", url.Values{
		"scope":            {"openid"},
		"login_hint":       {`{"format":"iss_sub","iss":"https://tenant.example.test/","sub":"auth0|grace"}`},
		"binding_message":  {"Order 17"},
		"requested_expiry": {"60"},
	})
	for _, login := range tenant.BackchannelLogins() {
		fmt.Println(login.User, login.ClientID, login.BindingMessage, login.Scope, time.Until(login.Expires).Round(time.Minute))
		fmt.Println(tenant.ApproveBackchannelLogin(login.ID))
		fmt.Println(errors.Is(tenant.ApproveBackchannelLogin(login.ID), auth0test.ErrNoBackchannelLogin))
	}
	// Output:
	// auth0|grace dev-client Order 17 openid 1m0s
	// <nil>
	// true
}

// What a bound token names, and what a login may promise ahead (dpop_jkt).
func ExampleProofKey_Thumbprint() {
	key := auth0test.NewProofKey("ES256")
	fmt.Println(key.Confirmation()["jkt"] == key.Thumbprint(), len(key.Thumbprint()))
	// Output: true 43
}
