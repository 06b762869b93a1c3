package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Who reads the log learns which setting the tenant does not like, without its words.
func TestTheLogSaysWhichSettingTheTenantRefuses(t *testing.T) {
	t.Parallel()
	const (
		secrets = "look at ClientID (AUTH0_CLIENT_ID) and ClientSecret (AUTH0_CLIENT_SECRET), or the key of ClientAssertion (AUTH0_CLIENT_ASSERTION_SIGNING_KEY)"
		rights  = "look at ClientID (AUTH0_CLIENT_ID), and at the tenant for the grant types, APIs and callback URLs of the application"
	)
	for name, test := range map[string]struct {
		status int
		body   string // of the token endpoint; empty: the error is at the callback
		answer int
		code   string
		hint   string
	}{
		"another secret":              {401, `{"error":"invalid_client","error_description":"tenant-words"}`, 500, "configuration_error", secrets},
		"another secret, as of Auth0": {401, `{"error":"access_denied","error_description":"tenant-words"}`, 500, "configuration_error", secrets},
		"a grant that is off":         {403, `{"error":"unauthorized_client","error_description":"tenant-words"}`, 500, "configuration_error", rights},
		"refused by an Action":        {403, `{"error":"access_denied","error_description":"tenant-words"}`, 400, "login_failed", ""},
		"a code of before":            {403, `{"error":"invalid_grant","error_description":"tenant-words"}`, 400, "login_failed", ""},
		"at the callback":             {0, "", 400, "unauthorized_client", rights},
	} {
		a := newApp(t)
		b := a.browser(t)
		callback, err := url.Parse(b.toCallback("/auth/login"))
		if err != nil {
			t.Fatal(err)
		}
		if test.body == "" {
			q := callback.Query()
			q.Set("error", "unauthorized_client")
			q.Set("error_description", "tenant-words")
			callback.RawQuery = q.Encode()
		}
		a.tenant.Break(tokenPath, answering(test.status, test.body))
		r := b.get(callback.String(), asJSON)
		wantError(t, r, test.answer, `"error":"`+test.code+`"`)
		log := a.log.String()
		if test.hint != "" && !strings.Contains(log, test.hint) || test.hint == "" && strings.Contains(log, "look at") {
			t.Errorf("%s: log %s", name, log)
		}
		if strings.Contains(log, "tenant-words") || strings.Contains(r.body, "look at") {
			t.Errorf("%s: log %s, body %s", name, log, r.body)
		}
	}
}

// Auth0 answers a wrong secret with 401 access_denied. The person would be told to log in
// again, and again.
func TestAWrongSecretDoesNotLookLikeALoginThatFailed(t *testing.T) {
	t.Parallel()
	unauthorized := refusing(http.StatusUnauthorized, "access_denied")
	wantConfig := func(a *app, what, op string, err error) {
		t.Helper()
		var refused *ginauth0.ProviderError
		if !errors.Is(err, ginauth0.ErrConfig) || !errors.As(err, &refused) || refused.Op != op || refused.Code != "access_denied" ||
			!strings.Contains(err.Error(), "ClientSecret (AUTH0_CLIENT_SECRET)") {
			t.Errorf("%s: %v", what, err)
		}
		if status, code := ginauth0.StatusOf(err); status != http.StatusInternalServerError || code != "configuration_error" {
			t.Errorf("%s: %d %s", what, status, code)
		}
	}
	var failed atomic.Value
	a := newApp(t, func(s *setup) {
		s.config.PAR, s.config.OnError = true, func(_ *gin.Context, err error) { failed.Store(err) }
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/refresh", func(c *gin.Context) {
				_, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
				auth.Fail(c, err)
			})
			router.GET("/revoke", func(c *gin.Context) { auth.Fail(c, auth.RevokeRefreshToken(c)) })
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	for what, at := range map[string]struct{ endpoint, op, path string }{
		"a pushed request": {"/oauth/par", "par", "/auth/login"},
		"a code":           {"/oauth/token", "code", b.toCallback("/auth/login")},
		"a refresh":        {"/oauth/token", "refresh", "/refresh"},
		"a revocation":     {"/oauth/revoke", "revoke", "/revoke"},
	} {
		a.tenant.Break(at.endpoint, unauthorized)
		r := b.get(at.path, asJSON)
		a.tenant.Heal(at.endpoint)
		wantError(t, r, http.StatusInternalServerError, `"error":"configuration_error"`)
		err, _ := failed.Load().(error)
		wantConfig(a, what, at.op, err)
	}
	if !b.signedIn() {
		t.Error("nobody is signed in any more")
	}
	a.tenant.Break("/bc-authorize", unauthorized)
	_, err := a.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|ada"})
	wantConfig(a, "a login on a device", "ciba", err)
}
