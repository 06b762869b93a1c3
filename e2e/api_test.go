package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const (
	allScopes = "openid profile email offline_access read:messages write:messages"

	credentialsMissing = `{"error":"unauthorized","error_description":"An access token is required.",` +
		`"error_code":"credentials_missing"}`
	invalidSignature = `{"error":"invalid_token","error_description":"The signature of the access token is not valid.",` +
		`"error_code":"invalid_signature"}`
	insufficientScope = `{"error":"insufficient_scope","error_description":"The access token lacks a required scope.",` +
		`"error_code":"insufficient_scope"}`
)

func TestAPIJudgesTokens(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		api := s.startAPI(t)
		reader := s.token(machineToken(t, s.tenant, "read:messages"))
		writer := s.token(machineToken(t, s.tenant, "write:messages"))

		for _, c := range []struct {
			name, path, token string
			status            int
			body, challenge   string
		}{
			{"public", "/api/public", "", http.StatusOK, "", ""},
			{"valid", "/api/private", reader, http.StatusOK, "", ""},
			{"with the scope", "/api/private-scoped", reader, http.StatusOK, "", ""},
			{"with one of the scopes", "/api/private-any", writer, http.StatusOK, "", ""},
			{
				"without the scope", "/api/private-scoped", writer, http.StatusForbidden, insufficientScope,
				`Bearer realm="api", error="insufficient_scope", ` +
					`error_description="The access token lacks a required scope.", scope="read:messages"`,
			},
			{
				"one bit flipped", "/api/private", flipped(t, reader), http.StatusUnauthorized, invalidSignature,
				`Bearer realm="api", error="invalid_token", ` +
					`error_description="The signature of the access token is not valid."`,
			},
			{"no token", "/api/private", "", http.StatusUnauthorized, credentialsMissing, `Bearer realm="api"`},
		} {
			t.Run(c.name, func(t *testing.T) {
				answer := get(t, api.url+c.path, bearer(c.token)...)
				answer.want(t, c.status, c.body)
				if got := answer.header.Get("WWW-Authenticate"); got != c.challenge {
					t.Errorf("challenge\n%s\nwant\n%s", got, c.challenge)
				}
				if c.status == http.StatusOK && !strings.Contains(answer.body, `"message":`) {
					t.Errorf("body %s has no message", answer.body)
				}
				if c.status != http.StatusOK && answer.header.Get("Cache-Control") != "no-store" {
					t.Errorf("a refusal may be stored: %q", answer.header.Get("Cache-Control"))
				}
			})
		}
	})
}

func TestAPIKnowsWhoSignedIn(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			s := newSite(t, func(t *testing.T, _ string) tenant { return kind.start(t, c.server.URL) })
			api := s.startAPI(t)
			tab := newBrowser(t, s.known).newTab()
			got := c.login(t, s.tenant, tab, "ada", allScopes)
			wantTokensOf(t, s.tenant, "ada", got)

			answer := get(t, api.url+"/api/private-scoped", bearer(s.token(got.AccessToken))...)
			answer.want(t, http.StatusOK, "")
			var body map[string]any
			if err := json.Unmarshal([]byte(answer.body), &body); err != nil {
				t.Fatal(err)
			}
			if body["user_id"] != s.tenant.subject("ada") || body["scheme"] != "Bearer" || body["message"] == "" {
				t.Errorf("body %s, want a message, the user %q and the scheme Bearer", answer.body, s.tenant.subject("ada"))
			}
		})
	}
}

// flipped changes one bit in the middle of the signature.
func flipped(t *testing.T, token string) string {
	t.Helper()
	cut := strings.LastIndex(token, ".") + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[cut:])
	if err != nil {
		t.Fatal(err)
	}
	signature[len(signature)/2] ^= 1
	return token[:cut] + base64.RawURLEncoding.EncodeToString(signature)
}
