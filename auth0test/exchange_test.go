package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const (
	legacyType      = "urn:example:legacy-token"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
	idTokenType     = "urn:ietf:params:oauth:token-type:id_token"
)

// exchangeForm is a good token exchange of the subject token "legacy" of ada, with changes.
func exchangeForm(changes url.Values) url.Values {
	return changed(url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {"legacy"}, "subject_token_type": {legacyType},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}, changes)
}

// exchangeTenant accepts the subject token of exchangeForm.
func exchangeTenant(t *testing.T, cfg auth0test.Config) *auth0test.Tenant {
	t.Helper()
	tenant := auth0test.Start(t, cfg)
	tenant.AcceptSubjectToken(legacyType, "legacy", "ada")
	return tenant
}

func TestTokenExchange(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	answer := granted(t, tenant, exchangeForm(url.Values{
		"audience": {auth0test.DefaultAudience}, "scope": {"openid profile offline_access read:messages unknown"},
		"requested_token_type": {accessTokenType}, "organization": {"org_1"},
	}))
	if answer["issued_token_type"] != accessTokenType || answer["token_type"] != "Bearer" || answer["expires_in"] != 3600.0 ||
		answer["scope"] != "openid profile offline_access read:messages" {
		t.Errorf("answer %v", answer)
	}
	access := claims(t, tenant, auth0test.DefaultAudience, text(t, answer, "access_token"))
	if access["sub"] != "auth0|ada" || access["azp"] != auth0test.DefaultClientID || access["org_id"] != "org_1" || access["act"] != nil {
		t.Errorf("access token %v", access)
	}
	id := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
	if id["sub"] != "auth0|ada" || id["name"] != "Ada Lovelace" || id["org_id"] != "org_1" || id["nonce"] != nil || id["act"] != nil {
		t.Errorf("ID token %v", id)
	}
	for _, name := range []string{"sid", "auth_time"} { // nobody has signed in here
		if value, there := id[name]; there {
			t.Errorf("ID token with %s %v", name, value)
		}
	}
	granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil))
}

// What is not asked for does not come along.
func TestTokenExchangeWithoutScope(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	answer := granted(t, tenant, exchangeForm(url.Values{"audience": {auth0test.DefaultAudience}}))
	if answer["scope"] != "read:messages write:messages" || answer["id_token"] != nil || answer["refresh_token"] != nil {
		t.Errorf("answer %v", answer)
	}
	answer = granted(t, tenant, exchangeForm(nil))
	if _, there := answer["scope"]; there || answer["issued_token_type"] != accessTokenType {
		t.Errorf("answer %v", answer)
	}
}

func TestTokenExchangeWithActor(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	tenant.AcceptSubjectToken(legacyType, "of an agent", "grace")
	for name, actor := range map[string]url.Values{
		"a legacy token": {"actor_token": {"of an agent"}, "actor_token_type": {legacyType}},
		"an ID token":    {"actor_token": {tenant.IDToken(auth0test.Claims{"sub": "auth0|grace"})}, "actor_token_type": {idTokenType}},
		"an access token": {
			"actor_token": {tenant.AccessToken(auth0test.Claims{"sub": "auth0|grace"})}, "actor_token_type": {accessTokenType},
		},
	} {
		t.Run(name, func(t *testing.T) {
			actor.Set("audience", auth0test.DefaultAudience)
			actor.Set("scope", "openid offline_access")
			answer := granted(t, tenant, exchangeForm(actor))
			after := granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil))
			for _, tokens := range []map[string]any{answer, after} {
				for _, all := range []map[string]any{
					claims(t, tenant, auth0test.DefaultAudience, text(t, tokens, "access_token")),
					claims(t, tenant, auth0test.DefaultClientID, text(t, tokens, "id_token")),
				} {
					act, _ := all["act"].(map[string]any)
					if all["sub"] != "auth0|ada" || len(act) != 1 || act["sub"] != "auth0|grace" {
						t.Errorf("sub %v, act %v", all["sub"], all["act"])
					}
				}
			}
		})
	}
}

// On behalf of: an API shows the token that it was called with.
func TestOwnTokensAreGoodSubjects(t *testing.T) {
	t.Parallel()
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	login := refreshableLogin(t, tenant)
	for name, subject := range map[string]url.Values{
		"access token of a login": {"subject_token": {text(t, login, "access_token")}, "subject_token_type": {accessTokenType}},
		"ID token of a login":     {"subject_token": {text(t, login, "id_token")}, "subject_token_type": {idTokenType}},
		"bound access token": {
			"subject_token": {tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})}, "subject_token_type": {accessTokenType},
		},
	} {
		subject.Set("audience", auth0test.DefaultAudience)
		all := claims(t, tenant, auth0test.DefaultAudience, text(t, granted(t, tenant, exchangeForm(subject)), "access_token"))
		if all["sub"] != "auth0|ada" || all["cnf"] != nil {
			t.Errorf("%s: sub %v, cnf %v", name, all["sub"], all["cnf"])
		}
	}
	// Somebody whom the tenant does not know stays who it is.
	stranger := tenant.AccessToken(auth0test.Claims{"sub": "google-oauth2|1"})
	answer := granted(t, tenant, exchangeForm(url.Values{
		"subject_token": {stranger}, "subject_token_type": {accessTokenType}, "audience": {auth0test.DefaultAudience},
	}))
	if all := claims(t, tenant, auth0test.DefaultAudience, text(t, answer, "access_token")); all["sub"] != "google-oauth2|1" {
		t.Errorf("sub %v", all["sub"])
	}
}

func TestTokenExchangeIsRefused(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{
		ExchangeParameters: []string{"reason"}, Organizations: []auth0test.Organization{{ID: "org_1", Name: "acme"}},
	})
	foreign := exchangeTenant(t, auth0test.Config{Issuer: tenant.Issuer()})
	subject := func(token, tokenType string) url.Values {
		return url.Values{"subject_token": {token}, "subject_token_type": {tokenType}}
	}
	ended := refreshableLogin(t, tenant)
	revoke(t, tenant, revocation(text(t, ended, "refresh_token"), nil))
	past := time.Now().Add(-time.Second)
	tests := []struct {
		name    string
		changes url.Values
		status  int
		error   string
	}{
		{"subject_token missing", url.Values{"subject_token": {""}}, http.StatusBadRequest, "invalid_request"},
		{"subject_token_type missing", url.Values{"subject_token_type": {""}}, http.StatusBadRequest, "invalid_request"},
		{"guessed", subject("guessed", legacyType), http.StatusBadRequest, "invalid_request"},
		{"accepted under another type", subject("legacy", "urn:example:other-token"), http.StatusBadRequest, "invalid_request"},
		{"of another tenant", subject(foreign.AccessToken(nil), accessTokenType), http.StatusBadRequest, "invalid_request"},
		{"expired access token", subject(tenant.AccessToken(auth0test.Claims{"exp": past}), accessTokenType), http.StatusBadRequest, "invalid_request"},
		{"expired ID token", subject(tenant.IDToken(auth0test.Claims{"exp": past}), idTokenType), http.StatusBadRequest, "invalid_request"},
		{"ID token as an access token", subject(tenant.IDToken(nil), accessTokenType), http.StatusBadRequest, "invalid_request"},
		{"access token as an ID token", subject(tenant.AccessToken(nil), idTokenType), http.StatusBadRequest, "invalid_request"},
		{"ID token of another client", subject(tenant.IDToken(auth0test.Claims{"aud": "other"}), idTokenType), http.StatusBadRequest, "invalid_request"},
		{"logout token as an ID token", subject(tenant.LogoutToken(nil), idTokenType), http.StatusBadRequest, "invalid_request"},
		{"access token for an unknown API", subject(tenant.AccessToken(auth0test.Claims{"aud": "https://x.test"}), accessTokenType), http.StatusBadRequest, "invalid_request"},
		{"access token of a revoked login", subject(text(t, ended, "access_token"), accessTokenType), http.StatusBadRequest, "invalid_request"},
		{"actor without a type", url.Values{"actor_token": {"legacy"}}, http.StatusBadRequest, "invalid_request"},
		{"type without an actor", url.Values{"actor_token_type": {legacyType}}, http.StatusBadRequest, "invalid_request"},
		{"guessed actor", url.Values{"actor_token": {"guessed"}, "actor_token_type": {legacyType}}, http.StatusBadRequest, "invalid_request"},
		{"another token wanted", url.Values{"requested_token_type": {idTokenType}}, http.StatusBadRequest, "invalid_request"},
		{"unknown audience", url.Values{"audience": {"https://other.example.test"}}, http.StatusForbidden, "access_denied"},
		{"unknown organization", url.Values{"organization": {"org_2"}}, http.StatusBadRequest, "invalid_request"},
		{"parameter that nobody reads", url.Values{"resource": {"https://api.example.test"}}, http.StatusBadRequest, "invalid_request"},
		{"parameter twice", url.Values{"scope": {"openid", "openid"}}, http.StatusBadRequest, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, exchangeForm(test.changes)), test.status, test.error)
		})
	}
	granted(t, tenant, exchangeForm(url.Values{"reason": {"support"}, "organization": {"acme"}}))
	wantNamed(t, token(t, tenant, exchangeForm(url.Values{"resource": {"x"}})).json(t), "resource")
}

func TestExchangedTokenIsBound(t *testing.T) {
	t.Parallel()
	tenant, key := exchangeTenant(t, auth0test.Config{}), auth0test.NewProofKey("")
	answer := bound(t, tenant, exchangeForm(url.Values{"audience": {auth0test.DefaultAudience}}), key)
	if got := thumbprintOf(t, tenant, answer); got != key.Thumbprint() {
		t.Errorf("cnf.jkt %s, want %s", got, key.Thumbprint())
	}
}
