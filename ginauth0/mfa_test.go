package ginauth0_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestMFARequired(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	requests := tokenRequests{answer: func(url.Values) (int, map[string]any) {
		return http.StatusForbidden, map[string]any{
			"error": "mfa_required", "error_description": "words", "mfa_token": "the token of the tenant",
			"mfa_requirements": map[string]any{"challenge": []any{map[string]any{"type": "otp"}}},
		}
	}}
	requests.watch(a)
	a.clock.advance(time.Hour)
	r := b.get(tokenRoute, asJSON)
	var body struct {
		Error, ErrorDescription string
		Token                   string `json:"mfa_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"error":"mfa_required","error_description":"A second factor is needed.","mfa_token":%q}`, body.Token)
	if r.status != http.StatusForbidden || r.body != want || body.Token == "" {
		t.Errorf("%d %s, want %s", r.status, r.body, want)
	}
	raw, err := base64.RawURLEncoding.DecodeString(body.Token)
	if err != nil || strings.Contains(string(raw), "tenant") || strings.Contains(a.log.String(), "the token of the tenant") {
		t.Errorf("not sealed: %v", err)
	}
	if token, ok := a.auth.OpenMFA(body.Token); !ok || token != "the token of the tenant" {
		t.Errorf("opens to %q", token)
	}
	a.clock.advance(5*time.Minute - time.Second)
	if _, ok := a.auth.OpenMFA(body.Token); !ok {
		t.Error("it does not open within 300 s")
	}
	a.clock.advance(time.Second)
	if _, ok := a.auth.OpenMFA(body.Token); ok {
		t.Error("it opens after 300 s")
	}
	if page := b.tokenPage(""); !page.RefreshToken || !page.SignedIn {
		t.Errorf("the session has changed: %+v", page)
	}
	// A page has no use for it.
	if r := b.get(tokenRoute); r.status != http.StatusForbidden || strings.Contains(r.body, "mfa_token") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestMFARequiredWithoutATokenOfTheTenant(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	requests := tokenRequests{answer: func(url.Values) (int, map[string]any) {
		return http.StatusForbidden, map[string]any{"error": "mfa_required"}
	}}
	requests.watch(a)
	a.clock.advance(time.Hour)
	if r := b.get(tokenRoute, asJSON); r.status != http.StatusForbidden || r.body != `{"error":"mfa_required","error_description":"A second factor is needed."}` {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// The tenant's own mfa_token is for the tenant: what the browser gets opens for
// nobody but us.
func TestMFARequiredForAConnectionToken(t *testing.T) {
	t.Parallel()
	var failure error
	a, b := signedInConnecting(t, connectionErrors(ofGitHub, &failure))
	const secret = "the mfa_token of the tenant"
	answeringConnections(a, http.StatusForbidden, map[string]any{
		"error": "mfa_required", "error_description": tenantWords, "mfa_token": secret, "mfa_requirements": map[string]any{"challenge": []any{}},
	})
	r := b.get("/fail", asJSON)
	var body struct {
		Token string `json:"mfa_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"error":"mfa_required","error_description":"A second factor is needed.","mfa_token":%q}`, body.Token)
	if r.status != http.StatusForbidden || r.body != want || body.Token == "" || strings.Contains(a.log.String(), secret) {
		t.Errorf("%d %s, want %s", r.status, r.body, want)
	}
	if token, ok := a.auth.OpenMFA(body.Token); !ok || token != secret {
		t.Errorf("opens to %q", token)
	}
	a.clock.advance(5 * time.Minute)
	if _, ok := a.auth.OpenMFA(body.Token); ok {
		t.Error("it opens after 300 s")
	}
	b.get("/errors")
	var required *ginauth0.MFARequiredError
	if !errors.As(failure, &required) || string(required.Requirements) != `{"challenge":[]}` || strings.Contains(fmt.Sprintf("%+v %#v", failure, failure), secret) {
		t.Errorf("error %v", failure)
	}
	a.tenant.Heal(tokenPath)
	b.connection("?of=github")
}
