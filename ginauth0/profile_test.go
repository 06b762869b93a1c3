package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func profiled(t *testing.T, edits ...func(*ginauth0.Config)) *app {
	t.Helper()
	all := []func(*setup){config(func(c *ginauth0.Config) {
		c.Routes.EnableProfile = true
		c.Scopes = []string{"openid", "profile", "email", "offline_access"}
	})}
	for _, edit := range edits {
		all = append(all, config(edit))
	}
	return newApp(t, all...)
}

func TestProfileShowsTheClaimsAndNoToken(t *testing.T) {
	t.Parallel()
	a := profiled(t)
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		claims["https://app.example/limit"] = json.RawMessage(`9007199254740993`)
		claims["amr"], claims["acr"], claims["nickname"] = []string{"pwd"}, "gold", "<script>"
	})
	var tokens []string
	a.tenant.EditTokenResponse(func(response map[string]any) {
		for _, name := range []string{"access_token", "id_token", "refresh_token"} {
			token, _ := response[name].(string)
			tokens = append(tokens, token)
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	for _, accept := range []string{asJSON, "Accept: text/html", "Accept: */*"} {
		r := b.get("/auth/profile", accept)
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/json; charset=utf-8" || r.header.Get("Cache-Control") != "private, no-store" ||
			r.header.Get("X-Content-Type-Options") != "nosniff" || len(r.header.Values("Set-Cookie")) != 0 {
			t.Fatalf("%s: %d %v", accept, r.status, r.header)
		}
		var claims map[string]json.RawMessage
		if err := json.Unmarshal([]byte(r.body), &claims); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"sub": `"auth0|ada"`, "name": `"Ada Lovelace"`, "email": `"ada@example.test"`, "email_verified": `true`,
			"acr": `"gold"`, "amr": `["pwd"]`, "https://app.example/limit": `9007199254740993`,
		} {
			if string(claims[name]) != want {
				t.Errorf("%s is %s, want %s", name, claims[name], want)
			}
		}
		for _, name := range []string{
			"iss", "aud", "exp", "nbf", "iat", "azp", "nonce", "at_hash", "c_hash", "s_hash", "sid", "session_expiry",
			"id_token", "refresh_token", "access_token", "tokens",
		} {
			if _, there := claims[name]; there {
				t.Errorf("%s is shown", name)
			}
		}
		if len(tokens) != 3 || slices.Contains(tokens, "") {
			t.Fatalf("the tenant gave %d tokens", len(tokens))
		}
		for i, token := range tokens {
			if strings.Contains(r.body, token) {
				t.Errorf("token %d is shown", i)
			}
		}
	}
}

func TestProfileOfNobodyIs401(t *testing.T) {
	t.Parallel()
	a := profiled(t)
	const body = `{"error":"unauthorized","error_description":"Please log in"}`
	b := a.browser(t)
	for _, headers := range [][]string{{asJSON}, {"Accept: */*"}, {"X-Requested-With: XMLHttpRequest"}, {asJSON, "Sec-Purpose: prefetch"}} {
		r := b.get("/auth/profile", headers...)
		if r.status != http.StatusUnauthorized || r.body != body || r.header.Get("Cache-Control") != "private, no-store" || len(r.header.Values("Set-Cookie")) != 0 ||
			r.header.Get("WWW-Authenticate") != "" || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %s %v", headers, r.status, r.body, r.header)
		}
	}
	if r := b.get("/auth/profile"); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "Please log in") || r.header.Get("Location") != "" {
		t.Errorf("a page request: %d %s", r.status, r.body)
	}
	b.login("/auth/login")
	a.clock.advance(25 * time.Hour)
	if r := b.get("/auth/profile", asJSON); r.status != http.StatusUnauthorized || r.body != body || len(b.sessionCookies()) != 0 {
		t.Errorf("a session that is over: %d %s", r.status, r.body)
	}
}

func TestProfileRollsLikeAnyPage(t *testing.T) {
	t.Parallel()
	a := profiled(t)
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	if r := b.get("/auth/profile", asJSON, "Sec-Purpose: prefetch"); r.status != http.StatusOK || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("ahead of the person: %d %v", r.status, r.header)
	}
	if r := b.get("/auth/profile", asJSON); r.status != http.StatusOK || len(r.cookies("_a0_session")) != 1 {
		t.Errorf("%d %v", r.status, r.header)
	}
}

func TestProfileIsMountedOnlyOnRequest(t *testing.T) {
	t.Parallel()
	off := newApp(t)
	b := off.browser(t)
	b.login("/auth/login")
	if r := b.get("/auth/profile"); r.status != http.StatusNotFound {
		t.Errorf("not asked for: %d", r.status)
	}
	a := profiled(t, func(c *ginauth0.Config) { c.Routes.Profile = "/me" })
	b = a.browser(t)
	b.login("/auth/login")
	if r := b.get("/auth/me"); r.status != http.StatusOK {
		t.Errorf("a path of its own: %d", r.status)
	}
	for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodDelete} {
		if r := b.do(method, "/auth/me"); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != http.MethodGet {
			t.Errorf("%s: %d %v", method, r.status, r.header)
		}
	}
}

// unreachableMarks is a LogoutStore that is down.
type unreachableMarks struct{ ginauth0.LogoutStore }

func (unreachableMarks) Marked(context.Context, ...string) ([]time.Time, error) {
	return nil, errors.New("connection refused")
}

// A store that is down is no statement about the person: 503, and the cookie stays.
func TestAStoreThatIsDownIsNo401(t *testing.T) {
	t.Parallel()
	a := profiled(t, func(c *ginauth0.Config) { c.LogoutStore = unreachableMarks{} })
	healthy := newApp(t, config(func(c *ginauth0.Config) { c.Domain = a.tenant.Issuer() }))
	hb := healthy.browser(t)
	hb.login("/auth/login")
	b := a.browser(t)
	b.setCookies(&http.Cookie{Name: "_a0_session", Value: hb.sessionCookies()[0].Value, Path: "/"})
	for _, path := range []string{"/auth/profile", "/profile"} {
		r := b.get(path, asJSON)
		wantError(t, r, http.StatusServiceUnavailable, `{"error":"store_unavailable"`)
		if page := b.get(path); page.status != http.StatusServiceUnavailable || len(page.header.Values("Set-Cookie")) != 0 || page.header.Get("Location") != "" {
			t.Errorf("%s: a page request: %d %v", path, page.status, page.header)
		}
	}
	if r := b.get("/"); r.status != http.StatusOK || r.body != "hello stranger" || len(b.sessionCookies()) != 1 {
		t.Errorf("a page that requires nothing: %d %s", r.status, r.body)
	}
}
