package auth0test_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func discovery(t *testing.T, tenant *auth0test.Tenant) page {
	t.Helper()
	response, err := http.Get(tenant.URL() + "/.well-known/openid-configuration")
	return read(t, response, err)
}

func TestDiscovery(t *testing.T) {
	tenant := auth0test.Start(t)
	answer := discovery(t, tenant)
	if answer.status != http.StatusOK || answer.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("status %d, type %q", answer.status, answer.header.Get("Content-Type"))
	}
	document := answer.json(t)
	url := tenant.URL()
	for name, want := range map[string]any{
		"issuer":                                     url + "/",
		"authorization_endpoint":                     url + "/authorize",
		"token_endpoint":                             url + "/oauth/token",
		"pushed_authorization_request_endpoint":      url + "/oauth/par",
		"backchannel_authentication_endpoint":        url + "/bc-authorize",
		"backchannel_token_delivery_modes_supported": []any{"poll"},
		"backchannel_user_code_parameter_supported":  false,
		"grant_types_supported": []any{
			"authorization_code", "refresh_token", "client_credentials",
			"urn:ietf:params:oauth:grant-type:token-exchange",
			"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token",
			"urn:openid:params:grant-type:ciba",
		},
		"userinfo_endpoint":                                url + "/userinfo",
		"jwks_uri":                                         url + "/.well-known/jwks.json",
		"end_session_endpoint":                             url + "/oidc/logout",
		"response_types_supported":                         []any{"code"},
		"subject_types_supported":                          []any{"public"},
		"code_challenge_methods_supported":                 []any{"S256"},
		"id_token_signing_alg_values_supported":            []any{"RS256"},
		"token_endpoint_auth_methods_supported":            []any{"client_secret_post", "client_secret_basic", "private_key_jwt", "none"},
		"token_endpoint_auth_signing_alg_values_supported": []any{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"},
		"authorization_response_iss_parameter_supported":   true,
		"backchannel_logout_supported":                     true,
		"backchannel_logout_session_supported":             true,
		"auth0test":                                        true,
	} {
		if !reflect.DeepEqual(document[name], want) {
			t.Errorf("%s is %v, want %v", name, document[name], want)
		}
	}
}
