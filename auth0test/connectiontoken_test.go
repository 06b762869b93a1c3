package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// connectionForm is a good request for a connection token, with changes.
func connectionForm(refresh string, changes url.Values) url.Values {
	return changed(url.Values{
		"grant_type":           {"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"},
		"subject_token":        {refresh},
		"subject_token_type":   {"urn:ietf:params:oauth:token-type:refresh_token"},
		"requested_token_type": {"http://auth0.com/oauth/token-type/federated-connection-access-token"},
		"connection":           {"google-oauth2"},
		"client_id":            {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}, changes)
}

func TestConnectionToken(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{ConnectionTokenLifetime: 10 * time.Minute})
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test", "calendar.read", "mail.read")
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	first := granted(t, tenant, connectionForm(refresh, nil))
	if first["token_type"] != "Bearer" || first["expires_in"] != 600.0 || first["scope"] != "calendar.read mail.read" ||
		first["issued_token_type"] != "http://auth0.com/oauth/token-type/federated-connection-access-token" ||
		first["refresh_token"] != nil || first["id_token"] != nil {
		t.Errorf("answer %v", first)
	}
	// The refresh token is not used up, and every token is another one.
	if second := granted(t, tenant, connectionForm(refresh, nil)); text(t, second, "access_token") == text(t, first, "access_token") {
		t.Error("the same token twice")
	}
	granted(t, tenant, refreshForm(refresh, nil))
}

func TestConnectionTokenOfTheAccountThatTheHintNames(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{Connections: []auth0test.Connection{
		{Name: "google-oauth2", Scopes: []string{"email"}}, {Name: "github"},
	}})
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	home := tenant.AddConnectedAccount("ada", "google-oauth2", "home@gmail.test", "home")
	work := tenant.AddConnectedAccount("ada@example.test", "google-oauth2", "work@gmail.test", "work")
	tenant.AddConnectedAccount("auth0|ada", "github", "ada")
	tenant.AddConnectedAccount("grace", "google-oauth2", "grace@gmail.test", "hers")
	if home == work {
		t.Errorf("two accounts with the id %s", home)
	}
	for hint, want := range map[string]any{"": "home", "home@gmail.test": "home", "work@gmail.test": "work"} {
		if got := granted(t, tenant, connectionForm(refresh, url.Values{"login_hint": {hint}}))["scope"]; got != want {
			t.Errorf("login_hint %q: scope %v, want %v", hint, got, want)
		}
	}
	// The account at github has no scope, and an empty one is none (RFC 6749 section 3.3).
	if scope, there := granted(t, tenant, connectionForm(refresh, url.Values{"connection": {"github"}}))["scope"]; there {
		t.Errorf("scope %v of an account without any", scope)
	}
	if again := tenant.AddConnectedAccount("ada", "google-oauth2", "home@gmail.test"); again != home {
		t.Errorf("connected anew, the account has the id %s, want %s", again, home)
	}
	if got := granted(t, tenant, connectionForm(refresh, nil))["scope"]; got != "email" {
		t.Errorf("scope %v of an account without scopes of its own, want those of the connection", got)
	}
}

func TestConnectionTokenIsRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{
		Now: clock.Now, RefreshTokenLifetime: time.Hour,
		Connections: []auth0test.Connection{{Name: "google-oauth2"}, {Name: "github"}},
		Clients: []auth0test.Client{
			{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
			{ID: "other", Secret: "s"},
			{ID: "native", Public: true},
		},
	})
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	tenant.AddConnectedAccount("grace", "github", "grace")
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	const missing = "federated_connection_refresh_token_not_found"
	tests := []struct {
		name    string
		changes url.Values
		status  int
		error   string
	}{
		{"subject_token missing", url.Values{"subject_token": {""}}, http.StatusBadRequest, "invalid_request"},
		{"subject_token_type missing", url.Values{"subject_token_type": {""}}, http.StatusBadRequest, "invalid_request"},
		{"requested_token_type missing", url.Values{"requested_token_type": {""}}, http.StatusBadRequest, "invalid_request"},
		{"connection missing", url.Values{"connection": {""}}, http.StatusBadRequest, "invalid_request"},
		{"another subject_token_type", url.Values{"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}}, http.StatusBadRequest, "invalid_request"},
		{"another requested_token_type", url.Values{"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"}}, http.StatusBadRequest, "invalid_request"},
		{"unknown connection", url.Values{"connection": {"gitlab"}}, http.StatusBadRequest, "invalid_request"},
		{"parameter of another grant", url.Values{"audience": {auth0test.DefaultAudience}}, http.StatusBadRequest, "invalid_request"},
		{"parameter twice", url.Values{"login_hint": {"ada@gmail.test", "ada@gmail.test"}}, http.StatusBadRequest, "invalid_request"},
		{"guessed refresh token", url.Values{"subject_token": {"guessed"}}, http.StatusBadRequest, "invalid_grant"},
		{"refresh token of another client", url.Values{"client_id": {"other"}, "client_secret": {"s"}}, http.StatusBadRequest, "invalid_grant"},
		{"public client", url.Values{"client_id": {"native"}, "client_secret": {""}}, http.StatusBadRequest, "unauthorized_client"},
		{"account of another person", url.Values{"connection": {"github"}}, http.StatusUnauthorized, missing},
		{"hint of no account", url.Values{"login_hint": {"eve@gmail.test"}}, http.StatusUnauthorized, missing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, connectionForm(refresh, test.changes)), test.status, test.error)
		})
	}
	t.Run("second factor required", func(t *testing.T) {
		tenant.RequireMFA(true)
		defer tenant.RequireMFA(false)
		wantSecondFactor(t, token(t, tenant, connectionForm(refresh, nil)))
	})
	granted(t, tenant, connectionForm(refresh, nil)) // none of these has spoiled it
	t.Run("expired refresh token", func(t *testing.T) {
		clock.advance(time.Hour + time.Second)
		wantRefusal(t, token(t, tenant, connectionForm(refresh, nil)), http.StatusBadRequest, "invalid_grant")
	})
}

// A refresh token that was rotated away is in two hands, whatever it is shown for.
func TestStolenRefreshTokenAsSubjectRevokesTheFamily(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	first := text(t, refreshableLogin(t, tenant), "refresh_token")
	second := text(t, granted(t, tenant, refreshForm(first, nil)), "refresh_token")
	granted(t, tenant, connectionForm(second, nil))
	wantRefusal(t, token(t, tenant, connectionForm(first, nil)), http.StatusBadRequest, "invalid_grant")
	wantRefusal(t, token(t, tenant, connectionForm(second, nil)), http.StatusBadRequest, "invalid_grant")
}

// The token is the provider's own, who knows nothing of the key; the proof has to be right all the same.
func TestConnectionTokenStaysBearerUnderProof(t *testing.T) {
	t.Parallel()
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	form := connectionForm(text(t, refreshableLogin(t, tenant), "refresh_token"), nil)
	answer := proven(t, tenant, form, key.Proof("POST", tenant.URL()+"/oauth/token", ""))
	if answer.status != http.StatusOK || answer.json(t)["token_type"] != "Bearer" {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
	wantRefusal(t, proven(t, tenant, form, key.Proof("GET", tenant.URL()+"/oauth/token", "")), http.StatusBadRequest, "invalid_dpop_proof")
}

func TestAddConnectedAccountKnowsItsConnection(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	defer func() {
		if recover() == nil {
			t.Error("an account at an unknown connection")
		}
	}()
	tenant.AddConnectedAccount("ada", "github", "ada")
}
