package ginauth0_test

import (
	"crypto/elliptic"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Nothing of what goes between the application and its tenant is in the log, however it
// ends: neither the request that was pushed nor what stands for it, no assertion, no proof.
func TestLogsHoldNothingOfTheClient(t *testing.T) {
	t.Parallel()
	key := ecKey(t, elliptic.P256())
	a := newApp(t, withAssertion(ginauth0.ClientAssertion{Key: key}), withAllCalls, config(func(c *ginauth0.Config) { c.DPoP = true }))
	var recorders []*recorder
	var secrets []string
	remember := func(texts ...string) { secrets = append(secrets, texts...) }
	for _, path := range []string{"/oauth/par", "/oauth/token", "/oauth/revoke", "/bc-authorize"} {
		recorders = append(recorders, a.record(path))
	}
	b := a.browser(t)
	remember(b.get("/auth/login").location(t).Query().Get("request_uri"))
	b.login("/auth/login")
	for _, page := range []string{"/refresh", "/device", "/revoke"} {
		if r := b.get(page, asJSON); r.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", page, r.status, r.body)
		}
	}
	a.tenant.Break("/oauth/par", answering(http.StatusUnauthorized, `{"error":"invalid_client","error_description":"hunter2"}`))
	wantError(t, b.get("/auth/login", asJSON), http.StatusInternalServerError, "configuration_error")
	a.tenant.Break("/oauth/par", auth0test.Down)
	wantError(t, b.get("/auth/login", asJSON), http.StatusBadGateway, "upstream_error")
	remember("hunter2")
	for _, r := range recorders {
		for _, sent := range r.all() {
			for _, name := range []string{"client_assertion", "state", "nonce", "code_challenge", "code", "code_verifier", "refresh_token", "token", "dpop_jkt", "login_hint"} {
				remember(sent.form.Get(name))
			}
			remember(sent.proofs...)
		}
	}
	scalar, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	remember(string(scalar))
	log := a.log.String()
	if !strings.Contains(log, "msg=login") || !strings.Contains(log, "configuration_error") || !strings.Contains(log, "upstream_error") {
		t.Errorf("log: %s", log)
	}
	found := 0
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		found++
		if strings.Contains(log, secret) || strings.Contains(log, url.QueryEscape(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if found < 20 {
		t.Errorf("only %d secrets seen", found)
	}
}
