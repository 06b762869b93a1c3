package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	audience      = "https://api.example.test"
	clientID      = "e2e-web"
	clientSecret  = "e2e-web-secret-of-this-test"
	machineID     = "e2e-machine"
	machineSecret = "e2e-machine-secret-of-this-test"
)

// tenant is an OpenID provider that a scenario runs against. It knows the client and the machine client above.
type tenant interface {
	// domain is the value for AUTH0_DOMAIN.
	domain() string
	// signIn fills in the login page that the tab shows and returns on the page that follows it.
	signIn(on *tab, login string)
	// awaitSignIn returns when the tab shows the login page.
	awaitSignIn(on *tab)
	// finishLogout answers what the provider asks before it ends its own session, if it asks.
	finishLogout(on *tab)
	// endSession ends the session at the provider itself, without the web app.
	endSession(on *tab)
	// name and email are what the ID token says of somebody who signed in with this login.
	name(login string) string
	email(login string) string
	// subject is the sub claim of this login.
	subject(login string) string
	// stop ends the tenant; start brings it back on the same address, with new keys.
	stop(t *testing.T)
	start(t *testing.T)
}

// metadata is what the tests read of a discovery document.
type metadata struct {
	Issuer    string   `json:"issuer"`
	Authorize string   `json:"authorization_endpoint"`
	Token     string   `json:"token_endpoint"`
	Methods   []string `json:"code_challenge_methods_supported"`
	IssParam  bool     `json:"authorization_response_iss_parameter_supported"`
}

func discover(t *testing.T, of tenant) metadata {
	t.Helper()
	var document metadata
	getJSON(t, strings.TrimSuffix(of.domain(), "/")+"/.well-known/openid-configuration", &document)
	return document
}

// tokens are the answer of a token endpoint.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
}

// requestTokens sends a form to the token endpoint, which must answer with an access token.
func requestTokens(t *testing.T, endpoint string, form url.Values) tokens {
	t.Helper()
	response, err := http.PostForm(endpoint, form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer tokens
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("token endpoint: status %d: %v", response.StatusCode, err)
	}
	if answer.AccessToken == "" {
		t.Fatalf("token endpoint: status %d, %s: %s", response.StatusCode, answer.Error, answer.Description)
	}
	return answer
}

// machineToken gets an access token for the API with the client credentials grant.
func machineToken(t *testing.T, of tenant, scope string) string {
	t.Helper()
	return requestTokens(t, discover(t, of).Token, url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {machineID},
		"client_secret": {machineSecret},
		"audience":      {audience}, // Auth0 asks for it, oidc-provider overlooks it
		"scope":         {scope},
	}).AccessToken
}

// getJSON reads a JSON document that must be there.
func getJSON(t *testing.T, address string, into any) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d", address, response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
}
