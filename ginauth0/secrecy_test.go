package ginauth0_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A login, refusals and a logout: nothing secret in the log.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var secrets []string
	a.tenant.EditTokenResponse(func(m map[string]any) {
		for _, name := range []string{"access_token", "id_token", "refresh_token"} {
			if text, ok := m[name].(string); ok {
				secrets = append(secrets, text)
			}
		}
	})
	b := a.browser(t)
	callback := b.toCallback("/auth/login?login_hint=hint-of-a-person&returnTo=/secret-path")
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, u.Query().Get("code"), u.Query().Get("state"), secret1, auth0test.DefaultClientSecret, "hint-of-a-person", "secret-path", "ada@example.test")
	for _, c := range b.attemptCookies() {
		secrets = append(secrets, c.Value)
	}
	b.get(callback)
	for _, c := range b.sessionCookies() {
		secrets = append(secrets, c.Value)
	}
	a.browser(t).get(callback)
	a.tenant.EditIDToken(auth0test.WrongNonce)
	b.get(b.toCallback("/auth/login"))
	b.get("/auth/logout")
	log := a.log.String()
	if !strings.Contains(log, "msg=login") || !strings.Contains(log, "msg=logout") || !strings.Contains(log, "invalid_id_token") {
		t.Errorf("log: %s", log)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(log, secret) {
			t.Errorf("the log holds %q: %s", secret, log)
		}
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	show := func(v any) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("v", "v", v)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("v", "v", v)
		if text, err := json.Marshal(v); err == nil {
			printed.Write(text)
		}
	}
	cfg := validConfig()
	show(cfg.ClientSecret)
	show(&cfg.ClientSecret)
	show(cfg.Secrets)
	show(struct{ S ginauth0.Secret }{secret1})
	show(map[string]ginauth0.Secret{"a": secret1})
	show([]any{ginauth0.Secret(secret1)})
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/print", auth.Session(), func(c *gin.Context) {
				session, _ := ginauth0.SessionFrom(c)
				show(session)
				show(*session)
				show(session.Tokens())
				c.Status(http.StatusNoContent)
			})
		}
	})
	var token string
	a.tenant.EditTokenResponse(func(m map[string]any) { token, _ = m["access_token"].(string) })
	b := a.browser(t)
	b.login("/auth/login")
	b.get("/print")
	for _, secret := range []string{secret1, fmt.Sprintf("%x", secret1), token, "ada@example.test"} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("%q was printed", secret)
		}
	}
	if !strings.Contains(printed.String(), "[redacted]") {
		t.Error("nothing was printed")
	}
}
