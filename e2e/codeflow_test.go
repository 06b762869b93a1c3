package e2e_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// client is a web app written by hand with the standard library, so that a provider can be asked for tokens, and be
// tested, without any code of ours.
type client struct {
	server *httptest.Server
	codes  chan url.Values
}

func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{codes: make(chan url.Values, 1)}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/auth/callback" {
			http.NotFound(w, r)
			return
		}
		c.codes <- r.URL.Query()
		_, _ = w.Write([]byte("<p id=done>done</p>"))
	}))
	t.Cleanup(c.server.Close)
	return c
}

// login signs somebody in with the authorization code flow and PKCE, and returns the tokens.
func (c *client) login(t *testing.T, of tenant, on *tab, login, scope string) tokens {
	t.Helper()
	provider := discover(t, of)
	state, verifier := rand.Text(), rand.Text()+rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	on.open(provider.Authorize + "?" + url.Values{
		"client_id":             {clientID},
		"response_type":         {"code"},
		"redirect_uri":          {c.server.URL + "/auth/callback"},
		"scope":                 {scope},
		"audience":              {audience},
		"state":                 {state},
		"nonce":                 {rand.Text()},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}.Encode())
	of.signIn(on, login)
	on.await("#done")

	answer := <-c.codes
	if answer.Get("state") != state {
		t.Fatal("the provider sent another state back")
	}
	return requestTokens(t, provider.Token, url.Values{
		"grant_type":    {"authorization_code"},
		"client_id":     {clientID},
		"client_secret": {clientSecret},
		"redirect_uri":  {c.server.URL + "/auth/callback"},
		"code":          {answer.Get("code")},
		"code_verifier": {verifier},
	})
}

// wantTokensOf fails the test unless the tokens are those of somebody who signed in with this login, for all scopes.
func wantTokensOf(t *testing.T, of tenant, login string, got tokens) {
	t.Helper()
	_, id := decodeJWT(t, got.IDToken)
	for name, want := range map[string]any{"sub": of.subject(login), "name": of.name(login), "email": of.email(login)} {
		if id[name] != want {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	if got.RefreshToken == "" {
		t.Error("no refresh token, although offline_access was asked for")
	}
	_, access := decodeJWT(t, got.AccessToken)
	if access["sub"] != of.subject(login) {
		t.Errorf("access token: sub is %v, want %v", access["sub"], of.subject(login))
	}
}
