package auth0test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// exampleTenant is a tenant for a test of a program, which would have the clock of the test.
func exampleTenant(now func() time.Time) *auth0test.Tenant {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/", Now: now})
	if err != nil {
		panic(err)
	}
	return tenant
}

// ask is what the program does: it posts a form to the tenant, as the default client.
func ask(tenant *auth0test.Tenant, path string, form url.Values) map[string]any {
	form.Set("client_id", auth0test.DefaultClientID)
	form.Set("client_secret", auth0test.DefaultClientSecret)
	return send(tenant, path, form)
}

// send is ask for a program that says itself who it is.
func send(tenant *auth0test.Tenant, path string, form url.Values) map[string]any {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	tenant.ServeHTTP(w, r)
	return decode(w.Body.Bytes())
}

func decode(text []byte) map[string]any {
	var answer map[string]any
	_ = json.Unmarshal(text, &answer)
	return answer
}

// A token of a system of your own is exchanged for one of the tenant.
func ExampleTenant_AcceptSubjectToken() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tenant.AcceptSubjectToken("urn:example:legacy-token", "the token of the old system", "grace")
	answer := ask(tenant, "/oauth/token", url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":      {"the token of the old system"},
		"subject_token_type": {"urn:example:legacy-token"},
		"audience":           {auth0test.DefaultAudience},
		"scope":              {"read:messages"},
	})
	token, _ := answer["access_token"].(string)
	fmt.Println(answer["token_type"], answer["scope"], readClaims(token)["sub"])
	// Output: Bearer read:messages auth0|grace
}

// A person who has connected an account, as the program under test will find it.
func ExampleTenant_AddConnectedAccount() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	id := tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test", "calendar.read")
	token := tenant.AccessToken(auth0test.Claims{
		"aud": tenant.Issuer() + "me/", "sub": "auth0|ada", "scope": "read:me:connected_accounts",
	})
	r := httptest.NewRequest(http.MethodGet, "/me/v1/connected-accounts/accounts", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	tenant.ServeHTTP(w, r)
	var list struct {
		Accounts []struct {
			ID, Connection string
			Scopes         []string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(list.Accounts[0].ID == id, list.Accounts[0].Connection, list.Accounts[0].Scopes)
	// Output: true google-oauth2 [calendar.read]
}

// A login by CIBA, which the test agrees to in the place of the person.
func ExampleTenant_ApproveBackchannelLogin() {
	now := time.Now()
	tenant := exampleTenant(func() time.Time { return now })
	defer tenant.Close()
	started := ask(tenant, "/bc-authorize", url.Values{
		"scope":           {"openid profile"},
		"login_hint":      {`{"format":"iss_sub","iss":"https://tenant.example.test/","sub":"auth0|ada"}`},
		"binding_message": {"Order 17"},
	})
	id, _ := started["auth_req_id"].(string)
	poll := func() map[string]any {
		now = now.Add(5 * time.Second) // the interval
		return ask(tenant, "/oauth/token", url.Values{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {id}})
	}
	fmt.Println(poll()["error"])
	for _, login := range tenant.BackchannelLogins() {
		fmt.Println(login.User, login.BindingMessage)
		if err := tenant.ApproveBackchannelLogin(login.ID); err != nil {
			fmt.Println(err)
		}
	}
	token, _ := poll()["id_token"].(string)
	fmt.Println(readClaims(token)["name"])
	// Output:
	// authorization_pending
	// auth0|ada Order 17
	// Ada Lovelace
}

// The person refuses.
func ExampleTenant_DenyBackchannelLogin() {
	now := time.Now()
	tenant := exampleTenant(func() time.Time { return now })
	defer tenant.Close()
	started := ask(tenant, "/bc-authorize", url.Values{
		"scope":           {"openid"},
		"login_hint":      {`{"format":"iss_sub","iss":"https://tenant.example.test/","sub":"auth0|ada"}`},
		"binding_message": {"Order 17"},
	})
	for _, login := range tenant.BackchannelLogins() {
		if err := tenant.DenyBackchannelLogin(login.ID); err != nil {
			fmt.Println(err)
		}
	}
	now = now.Add(5 * time.Second) // the interval
	id, _ := started["auth_req_id"].(string)
	answer := ask(tenant, "/oauth/token", url.Values{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {id}})
	fmt.Println(answer["error"])
	fmt.Println(tenant.DenyBackchannelLogin(id))
	// Output:
	// access_denied
	// auth0test: there is no such login waiting
}

// From some moment on the tenant wants a second factor.
func ExampleTenant_RequireMFA() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	tenant.AcceptSubjectToken("urn:example:legacy-token", "the token of the old system", "ada")
	tokens := ask(tenant, "/oauth/token", url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":      {"the token of the old system"},
		"subject_token_type": {"urn:example:legacy-token"},
		"scope":              {"openid offline_access"},
	})
	refresh := func() map[string]any {
		token, _ := tokens["refresh_token"].(string)
		return ask(tenant, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	}
	tokens = refresh()
	fmt.Println(tokens["error"])
	tenant.RequireMFA(true)
	fmt.Println(refresh()["error"])
	tenant.RequireMFA(false)
	fmt.Println(refresh()["error"]) // the refresh token is as good as before
	// Output:
	// <nil>
	// mfa_required
	// <nil>
}
