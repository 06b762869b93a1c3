package auth0test_test

import (
	"crypto/elliptic"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestBackchannelStartIsReadStrictly(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret}, {ID: "native", Public: true},
	}})
	hint := func(changes map[string]any) url.Values {
		members := map[string]any{"format": "iss_sub", "iss": tenant.Issuer(), "sub": "auth0|ada"}
		for name, value := range changes {
			members[name] = value
		}
		return url.Values{"login_hint": {loginHint(t, members)}}
	}
	tests := []struct {
		name    string
		changes url.Values
		status  int
		error   string
	}{
		{"scope missing", url.Values{"scope": {""}}, http.StatusBadRequest, "invalid_request"},
		{"scope without openid", url.Values{"scope": {"profile"}}, http.StatusBadRequest, "invalid_scope"},
		{"login_hint missing", url.Values{"login_hint": {""}}, http.StatusBadRequest, "invalid_request"},
		{"login_hint that is no JSON", url.Values{"login_hint": {"ada"}}, http.StatusBadRequest, "invalid_request"},
		{"login_hint of another tenant", hint(map[string]any{"iss": "https://another.example.test/"}), http.StatusBadRequest, "invalid_request"},
		{"login_hint of another format", hint(map[string]any{"format": "email"}), http.StatusBadRequest, "invalid_request"},
		{"login_hint without sub", hint(map[string]any{"sub": ""}), http.StatusBadRequest, "invalid_request"},
		{"login_hint with more", hint(map[string]any{"email": "ada@example.test"}), http.StatusBadRequest, "invalid_request"},
		{"login_hint with a number", hint(map[string]any{"sub": 1}), http.StatusBadRequest, "invalid_request"},
		{"login_hint with a member twice", url.Values{"login_hint": {
			strings.Replace(hint(nil).Get("login_hint"), "{", `{"sub":"auth0|grace",`, 1),
		}}, http.StatusBadRequest, "invalid_request"},
		{"nobody", hint(map[string]any{"sub": "google-oauth2|1"}), http.StatusBadRequest, "unknown_user_id"},
		{"a name for a sub", hint(map[string]any{"sub": "ada"}), http.StatusBadRequest, "unknown_user_id"},
		{"binding_message too long", url.Values{"binding_message": {strings.Repeat("a", 65)}}, http.StatusBadRequest, "invalid_binding_message"},
		{"binding_message with markup", url.Values{"binding_message": {"<b>"}}, http.StatusBadRequest, "invalid_binding_message"},
		{"unknown audience", url.Values{"audience": {"https://other.example.test"}}, http.StatusForbidden, "access_denied"},
		{"expiry of nothing", url.Values{"requested_expiry": {"0"}}, http.StatusBadRequest, "invalid_request"},
		{"negative expiry", url.Values{"requested_expiry": {"-1"}}, http.StatusBadRequest, "invalid_request"},
		{"expiry that is no integer", url.Values{"requested_expiry": {"1.5"}}, http.StatusBadRequest, "invalid_request"},
		{"unknown parameter", url.Values{"acr_values": {"gold"}}, http.StatusBadRequest, "invalid_request"},
		{"parameter twice", url.Values{"scope": {"openid", "openid"}}, http.StatusBadRequest, "invalid_request"},
		{"wrong secret", url.Values{"client_secret": {"guessed"}}, http.StatusUnauthorized, "invalid_client"},
		{"public client", url.Values{"client_id": {"native"}, "client_secret": {""}}, http.StatusBadRequest, "unauthorized_client"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, backchannel(t, tenant, backchannelForm(t, tenant, test.changes)), test.status, test.error)
		})
	}
	if left := tenant.BackchannelLogins(); len(left) != 0 {
		t.Errorf("%d logins wait after refusals", len(left))
	}
	startedBackchannel(t, tenant, hint(map[string]any{"sub": "auth0|a typed name"}))
}

func TestBackchannelLoginWithAssertion(t *testing.T) {
	t.Parallel()
	key := ecKey(t, elliptic.P256())
	tenant := auth0test.Start(t, auth0test.Config{
		Clients: []auth0test.Client{{ID: "web", Keys: []auth0test.ClientKey{{Key: &key.PublicKey}}}},
		APIs:    []auth0test.API{{Audience: auth0test.DefaultAudience, AuthorizationDetailsTypes: []string{"payment"}}},
	})
	const details = `[{"type":"payment","amount":17}]`
	form := assertedForm(assert(t, tenant, jose.ES256, key, nil, nil), backchannelForm(t, tenant, url.Values{
		"client_id": {"web"}, "client_secret": {""}, "authorization_details": {details},
	}))
	if answer := backchannel(t, tenant, changed(form, url.Values{"grant_type": {""}})); answer.status != http.StatusOK {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
	if logins := tenant.BackchannelLogins(); len(logins) != 1 || logins[0].AuthorizationDetails != details {
		t.Errorf("logins %+v", logins)
	}
	wantRefusal(t, backchannel(t, tenant, form), http.StatusUnauthorized, "invalid_client") // an assertion passes once
}
