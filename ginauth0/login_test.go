package ginauth0_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestLoginSendsTheAuthorizationRequest(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Audience = auth0test.DefaultAudience
		c.Scopes = []string{"openid", "profile", "offline_access"}
		c.AudienceScopes = map[string][]string{auth0test.DefaultAudience: {"read:messages"}}
		c.AuthorizationParams = map[string]string{"ui_locales": "en", "ext-theme": "calm"}
	}))
	b := a.browser(t)
	response := b.get("/auth/login?screen_hint=signup&ui_locales=fr")
	if response.status != http.StatusFound {
		t.Fatalf("status %d", response.status)
	}
	location := response.location(t)
	if got := location.Scheme + "://" + location.Host + location.Path; got != a.tenant.URL()+"/authorize" {
		t.Errorf("sent to %s", got)
	}
	query := location.Query()
	for name, want := range map[string]string{
		"client_id": auth0test.DefaultClientID, "redirect_uri": a.url + "/auth/callback", "response_type": "code",
		"scope": "openid profile offline_access read:messages", "code_challenge_method": "S256",
		"audience": auth0test.DefaultAudience, "screen_hint": "signup", "ui_locales": "fr", "ext-theme": "calm",
	} {
		if got := query[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		raw, err := base64.RawURLEncoding.DecodeString(query.Get(name))
		if err != nil || len(raw) != 32 {
			t.Errorf("%s = %q is not 32 bytes in base64url", name, query.Get(name))
		}
	}
	if got := response.header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
	lines := response.header.Values("Set-Cookie")
	want := regexp.MustCompile(`^_a0_tx_` + regexp.QuoteMeta(query.Get("state")[:16]) +
		`=[\w-]+; Path=/; Expires=[^;]+; Max-Age=3600; HttpOnly; SameSite=Lax$`)
	if len(lines) != 1 || !want.MatchString(lines[0]) {
		t.Errorf("Set-Cookie = %q", lines)
	}
	if strings.Contains(lines[0], query.Get("nonce")) || strings.Contains(lines[0], query.Get("state")) {
		t.Error("the cookie shows the attempt")
	}
}

func TestLoginIgnoresOwnedAndUnknownParameters(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser(t)
	plain := b.get("/auth/login").location(t).Query()
	attack := url.Values{}
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method",
		"request", "request_uri", "dpop_jkt", "client_secret", "client_assertion", "client_assertion_type", "audience", "scope", "foo",
	} {
		attack.Set(name, "evil")
	}
	query := b.get("/auth/login?" + attack.Encode()).location(t).Query()
	for name, values := range query {
		if slices.Contains(values, "evil") {
			t.Errorf("%s came from the query", name)
		}
	}
	if len(query) != len(plain) {
		t.Errorf("parameters %v, without the attack %v", query, plain)
	}
}

func TestForwardParamsMayAddScopeAndAudienceAndOpenIDStays(t *testing.T) {
	t.Parallel()
	b := newApp(t, config(func(c *ginauth0.Config) { c.ForwardParams = []string{"scope", "audience"} })).browser(t)
	query := b.get("/auth/login?scope=read:messages&audience=https://other.example&prompt=login").location(t).Query()
	if query.Get("scope") != "openid read:messages" || query.Get("audience") != "https://other.example" || query.Has("prompt") {
		t.Errorf("query = %v", query)
	}
	none := newApp(t, config(func(c *ginauth0.Config) { c.ForwardParams = []string{} })).browser(t)
	if query := none.get("/auth/login?screen_hint=signup&prompt=login").location(t).Query(); query.Has("screen_hint") || query.Has("prompt") {
		t.Errorf("query = %v", query)
	}
}

func TestLoginParameterRules(t *testing.T) {
	t.Parallel()
	b := newApp(t, config(func(c *ginauth0.Config) {
		c.AuthorizationParams = map[string]string{"prompt": "login", "acr_values": "gold"}
	})).browser(t)
	if q := b.get("/auth/login?prompt=&acr_values=bronze").location(t).Query(); !q.Has("prompt") || q.Get("prompt") != "" || q.Get("acr_values") != "gold" {
		t.Errorf("an empty value is kept, acr_values are not for the query: %v", q)
	}
	for _, query := range []string{
		"prompt=login&prompt=none", "returnTo=/a&returnTo=/b", "max_age=abc", "max_age=-1", "max_age=", "max_age=1.5", "max_age=2147483648",
		"organization=", "invitation=", "invitation=inv_1", "screen_hint=%zz",
	} {
		response := b.get("/auth/login?"+query, "Accept: application/json")
		wantError(t, response, http.StatusBadRequest, `"error":"invalid_request"`)
		if len(response.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: a cookie was set", query)
		}
	}
	for _, query := range []string{"max_age=0", "max_age=2147483647", "organization=org_1&invitation=inv_1"} {
		if response := b.get("/auth/login?" + query); response.status != http.StatusFound {
			t.Errorf("%s: status %d", query, response.status)
		}
	}
}

func TestLoginOptionsGoBeforeQueryAndConfiguration(t *testing.T) {
	t.Parallel()
	age := 90 * time.Second
	a := newApp(t, func(s *setup) {
		s.config.Organization = "org_pinned"
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/custom", func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{
					ReturnTo: "/profile", Organization: "org_other", Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages", "openid"},
					MaxAge: &age, ACRValues: []string{"a", "b"}, Params: map[string]string{"connection": "x", "state": "evil"},
				}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	b := a.browser(t)
	query := b.get("/custom").location(t).Query()
	for name, want := range map[string]string{
		"organization": "org_other", "audience": auth0test.DefaultAudience, "scope": "openid profile email read:messages",
		"max_age": "90", "acr_values": "a b", "connection": "x",
	} {
		if query.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, query.Get(name), want)
		}
	}
	if query.Get("state") == "evil" {
		t.Error("the state came from Params")
	}
	if got := b.get("/auth/login").location(t).Query().Get("organization"); got != "org_pinned" {
		t.Errorf("organization = %q", got)
	}
	wantError(t, b.get("/auth/login?organization=org_evil", "Accept: */*"), http.StatusBadRequest, "invalid_request")
}

func TestLoginWhileTheTenantIsDown(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant.Break("*", auth0test.Down)
	b := a.browser(t)
	response := b.get("/auth/login", "Accept: application/json")
	wantError(t, response, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
	if len(b.attemptCookies()) != 0 {
		t.Error("an attempt cookie was set")
	}
	a.tenant.Heal("*")
	a.clock.advance(2 * time.Second) // the back-off
	b.login("/auth/login")
}

func TestManyLoginsInProgressStayInTheBudget(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	session := b.sessionCookies()
	b.setCookies(&http.Cookie{Name: "_a0_tx_0123456789abcdef", Value: "junk-that-does-not-open", Path: "/"}, &http.Cookie{Name: "other", Value: strings.Repeat("x", 3000), Path: "/"})
	var callbacks []string
	for range 20 {
		a.clock.advance(time.Second)
		callbacks = append(callbacks, b.toCallback("/auth/login"))
	}
	sum := 0
	for _, c := range b.attemptCookies() {
		sum += len(c.Name) + 1 + len(c.Value)
		if c.Value == "junk-that-does-not-open" {
			t.Error("what does not open was not evicted first")
		}
	}
	if sum > 3500 || len(b.attemptCookies()) < 3 {
		t.Errorf("%d attempts of %d bytes", len(b.attemptCookies()), sum)
	}
	if now := b.sessionCookies(); len(now) != len(session) || now[0].Value != session[0].Value {
		t.Error("the session's cookie was touched")
	}
	if r := b.get(callbacks[19]); r.status != http.StatusFound || r.header.Get("Location") != "/" {
		t.Errorf("the newest login: %d", r.status)
	}
}

func TestLoginsInTwoTabsFinishInEitherOrder(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		a := newApp(t)
		b := a.browser(t)
		tabs := []string{b.toCallback("/auth/login?returnTo=/profile"), b.toCallback("/auth/login?returnTo=/?second")}
		want := []string{"/profile", "/?second"}
		for _, i := range order {
			if r := b.get(tabs[i]); r.header.Get("Location") != want[i] {
				t.Errorf("order %v, tab %d: %d to %q", order, i, r.status, r.header.Get("Location"))
			}
		}
		if !b.signedIn() || len(b.attemptCookies()) != 0 {
			t.Errorf("order %v: signed in %v, %d attempts left", order, b.signedIn(), len(b.attemptCookies()))
		}
	}
}

func TestAnAttemptThatIsTooLargeLosesItsReturnPath(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/custom", func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{
					ReturnTo: "/" + strings.Repeat("r", 2000), Scopes: []string{strings.Repeat("s", 1024), strings.Repeat("c", len(c.Query("n")))},
				}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	b := a.browser(t)
	if got := b.login("/custom?n=x").header.Get("Location"); got != "/" {
		t.Errorf("leads to %.40q", got)
	}
	wantError(t, b.get("/custom?n="+strings.Repeat("n", 3000), "Accept: */*"), http.StatusBadRequest, "invalid_request")
}

func TestTelemetryNamesTheModuleUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, disabled := range []bool{false, true} {
		a := newApp(t, config(func(c *ginauth0.Config) { c.DisableTelemetry = disabled }))
		seen := map[string]http.Header{}
		a.tenant.Break("*", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			seen[r.URL.Path] = r.Header.Clone()
			next.ServeHTTP(w, r)
		})
		a.browser(t).login("/auth/login")
		for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth/token"} {
			h := seen[path]
			if !strings.HasPrefix(h.Get("User-Agent"), "gin-auth0/") {
				t.Errorf("%s: User-Agent %q", path, h.Get("User-Agent"))
			}
			client, err := base64.StdEncoding.DecodeString(h.Get("Auth0-Client"))
			if disabled == strings.Contains(string(client), `"name":"gin-auth0"`) || err != nil {
				t.Errorf("%s, disabled %v: Auth0-Client %q", path, disabled, client)
			}
		}
	}
}
