package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// wantNamed wants an invalid_request that names the parameter.
func wantNamed(t *testing.T, answer map[string]any, parameter string) {
	t.Helper()
	description, _ := answer["error_description"].(string)
	if answer["error"] != "invalid_request" || !strings.Contains(description, " "+parameter+" ") {
		t.Errorf("answer %v, want invalid_request about %s", answer, parameter)
	}
}

// A client whose request is misspelled would otherwise pass here, and fail at a real tenant without a word.
func TestUnknownParameterOfAnAuthorizationRequest(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	for _, name := range []string{
		"orgnization", "Scope", "ext", "extra", "code_verifier", "client_secret", "client_assertion", "client_assertion_type", "grant_type",
	} {
		t.Run(name, func(t *testing.T) {
			changes := url.Values{name: {"x"}}
			answer := newBrowser(t, tenant).get(authorizeURL(tenant, changes)).location(t)
			wantNamed(t, map[string]any{"error": answer.Get("error"), "error_description": answer.Get("error_description")}, name)
			if strings.HasPrefix(name, "client_") {
				return // at the other endpoint these say who the client is
			}
			wantNamed(t, push(t, tenant, pushForm(changes)).json(t), name)
		})
	}
	t.Run("without a value", func(t *testing.T) {
		answer := newBrowser(t, tenant).get(authorizeURL(tenant, nil) + "&orgnization=").location(t)
		wantNamed(t, map[string]any{"error": answer.Get("error"), "error_description": answer.Get("error_description")}, "orgnization")
	})
}

// What logins forward to Auth0, and what a program may make up under Auth0's prefix.
func TestKnownParametersOfAnAuthorizationRequest(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	for name, value := range map[string]string{
		"screen_hint": "signup", "login_hint": "ada", "ui_locales": "fr", "prompt": "consent", "connection": "google-oauth2",
		"organization": "org_1", "acr_values": "gold", "max_age": "60", "display": "page", "response_mode": "query",
		"ext-theme": "calm",
	} {
		t.Run(name, func(t *testing.T) {
			changes := url.Values{name: {value}}
			if got := newBrowser(t, tenant).get(authorizeURL(tenant, changes)).location(t); got.Get("code") == "" {
				t.Errorf("answer %v, want a code", got)
			}
			pushed(t, tenant, pushForm(changes))
		})
	}
}

// Each kind of request knows its own parameters and no other's.
func TestUnknownParameterOfATokenRequest(t *testing.T) {
	tenant := auth0test.Start(t)
	code := newBrowser(t, tenant).login(url.Values{"scope": {"openid offline_access"}})
	good := codeForm(code, nil)
	refused := func(name string, form url.Values, path string) {
		t.Helper()
		answer := post(t, tenant.URL()+path, changed(form, url.Values{name: {"x"}}).Encode(), nil)
		wantRefusal(t, answer, http.StatusBadRequest, "invalid_request")
		wantNamed(t, answer.json(t), name)
	}
	for _, name := range []string{"audience", "scope", "state", "nonce", "refresh_token", "ext-x", "resource"} {
		refused(name, codeForm(code, nil), "/oauth/token")
	}
	answer := granted(t, tenant, good) // no refusal has spent the code
	refresh := text(t, answer, "refresh_token")
	for _, name := range []string{"code", "redirect_uri", "code_verifier", "ext-x", "resource", "organization"} {
		refused(name, refreshForm(refresh, nil), "/oauth/token")
	}
	answer = granted(t, tenant, refreshForm(refresh, url.Values{"audience": {auth0test.DefaultAudience}, "scope": {"read:messages"}}))
	for _, name := range []string{"redirect_uri", "code", "subject_token", "ext-x"} {
		refused(name, machineForm(nil), "/oauth/token")
	}
	revocation := func(token string) url.Values {
		return url.Values{
			"token": {token}, "token_type_hint": {"refresh_token"},
			"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		}
	}
	refresh = text(t, answer, "refresh_token")
	for _, name := range []string{"refresh_token", "grant_type", "ext-x"} {
		refused(name, revocation(refresh), "/oauth/revoke")
	}
	refresh = text(t, granted(t, tenant, refreshForm(refresh, nil)), "refresh_token") // no refusal has revoked it
	if got := post(t, tenant.URL()+"/oauth/revoke", revocation(refresh).Encode(), nil); got.status != http.StatusOK {
		t.Errorf("revocation: status %d: %s", got.status, got.body)
	}
}
