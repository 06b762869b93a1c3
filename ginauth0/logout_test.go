package ginauth0_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestLogoutEndsTheSessionAndTellsTheTenant(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	b.toCallback("/auth/login") // a second login, left in progress
	held := b.sessionCookies()
	r := b.get("/auth/logout?returnTo=/bye%3Fa%3Db")
	location := r.location(t)
	query := location.Query()
	if r.status != http.StatusFound || location.Path != "/oidc/logout" || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d to %s", r.status, location)
	}
	if query.Get("client_id") != auth0test.DefaultClientID || query.Get("post_logout_redirect_uri") != a.url+"/bye?a=b" ||
		strings.Count(query.Get("id_token_hint"), ".") != 2 || query.Get("logout_hint") == "" || query.Has("federated") || query.Has("state") {
		t.Errorf("query %v", query)
	}
	if len(b.jarCookies()) > 2 { // the tenant's own, on the same host
		t.Errorf("cookies left: %v", b.jarCookies())
	}
	if len(b.sessionCookies())+len(b.attemptCookies()) != 0 || b.signedIn() {
		t.Error("the session or a login in progress is still there")
	}
	// The tenant accepts the request and comes back.
	if back := b.get(location.String()).location(t); back.String() != a.url+"/bye?a=b" {
		t.Errorf("the tenant sends the browser to %s", back)
	}
	without := b.get("/auth/logout").location(t)
	for _, name := range []string{"id_token_hint", "logout_hint"} {
		if without.Query().Has(name) {
			t.Errorf("without a session there is a %s", name)
		}
	}
	if without.Query().Get("post_logout_redirect_uri") != a.url {
		t.Errorf("default return address %s", without.Query().Get("post_logout_redirect_uri"))
	}
	if len(held) == 0 {
		t.Error("there was no session to end")
	}
}

func TestOneLinePerCookieInAResponse(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/bye", auth.Session(), func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour) // the session rolls before it is ended
	b.setCookies(&http.Cookie{Name: "_a0_tx_0123456789abcdef", Value: "x", Path: "/"}, &http.Cookie{Name: "_a0_tx_0123456789abcdef", Value: "y", Path: "/bye"})
	r := b.get("/bye")
	for _, name := range []string{"_a0_session", "_a0_tx_0123456789abcdef"} {
		if lines := r.cookies(name); len(lines) != 1 || lines[0].MaxAge >= 0 {
			t.Errorf("%s: %v", name, r.header["Set-Cookie"])
		}
	}
}

func TestLogoutOfASplitSessionClearsEveryPiece(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	claimsOf(a, 4<<10)
	b := a.browser(t)
	b.login("/auth/login")
	if len(b.sessionCookies()) < 2 {
		t.Fatal("the session is not split")
	}
	b.setCookies(&http.Cookie{Name: "_a0_session.9", Value: "stale", Path: "/"}, &http.Cookie{Name: "_a0_session_of_another", Value: "x", Path: "/"})
	b.get("/auth/logout")
	if left := b.sessionCookies(); len(left) != 1 || left[0].Name != "_a0_session_of_another" {
		t.Errorf("left: %v", left)
	}
}

func TestLogoutReturnsOnlyWhereItMay(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Logout.ReturnTo = []string{"https://www.example/bye"} }))
	b := a.browser(t)
	for raw, want := range map[string]string{
		"":                         a.url,
		"/bye":                     a.url + "/bye",
		a.url + "/bye#x":           a.url + "/bye#x",
		"https://www.example/bye":  "https://www.example/bye",
		"https://www.example/bye/": a.url,
		"https://www.example/":     a.url,
		"https://evil.example/":    a.url,
		"//evil.example":           a.url,
		"/\\evil.example":          a.url,
		"/auth/logout":             a.url,
		"javascript:alert(1)":      a.url,
	} {
		got := b.get("/auth/logout?returnTo=" + url.QueryEscape(raw)).location(t).Query().Get("post_logout_redirect_uri")
		if got != want {
			t.Errorf("%q returns to %s, want %s", raw, got, want)
		}
	}
	wantError(t, b.get("/auth/logout?returnTo=/a&returnTo=/b", asJSON), http.StatusBadRequest, "invalid_request")
}

func TestLogoutStrategies(t *testing.T) {
	t.Parallel()
	noEndSession := func(d map[string]any) { delete(d, "end_session_endpoint") }
	auth0WithoutEndSession := func(d map[string]any) {
		delete(d, "end_session_endpoint")
		d["mfa_challenge_endpoint"] = d["issuer"].(string) + "mfa/challenge" //nolint:forcetypeassert // ours
	}
	evilEndSession := func(d map[string]any) { d["end_session_endpoint"] = "http://evil.example/logout" }
	for name, test := range map[string]struct {
		strategy ginauth0.LogoutStrategy
		edit     func(map[string]any)
		want     string // path at the tenant, empty for a local logout
		query    string
	}{
		"auto, OIDC":                        {ginauth0.LogoutAuto, nil, "/oidc/logout", ""},
		"auto, an Auth0 tenant without it":  {ginauth0.LogoutAuto, auth0WithoutEndSession, "/v2/logout", ""},
		"auto, any other tenant without it": {ginauth0.LogoutAuto, noEndSession, "", ""},
		"auto, an endpoint without TLS":     {ginauth0.LogoutAuto, evilEndSession, "", ""},
		"OIDC":                              {ginauth0.LogoutOIDC, nil, "/oidc/logout", ""},
		"OIDC, without an endpoint":         {ginauth0.LogoutOIDC, auth0WithoutEndSession, "", ""},
		"v2":                                {ginauth0.LogoutV2, nil, "/v2/logout", ""},
		"v2, federated":                     {ginauth0.LogoutV2, nil, "/v2/logout", "federated"},
		"OIDC, federated":                   {ginauth0.LogoutOIDC, nil, "/oidc/logout", "federated=true"},
		"OIDC, federated by 1":              {ginauth0.LogoutOIDC, nil, "/oidc/logout", "federated=1"},
		"OIDC, not federated":               {ginauth0.LogoutOIDC, nil, "/oidc/logout", "federated=false"},
		"local":                             {ginauth0.LogoutLocal, nil, "", ""},
	} {
		a := newApp(t, config(func(c *ginauth0.Config) { c.Logout.Strategy = test.strategy }))
		a.tenant.EditDiscovery(test.edit)
		b := a.browser(t)
		b.login("/auth/login")
		location := b.get("/auth/logout?" + test.query).location(t)
		if test.want == "" {
			if location.String() != a.url {
				t.Errorf("%s: to %s", name, location)
			}
			continue
		}
		if !strings.HasPrefix(location.String(), a.tenant.URL()+test.want+"?") {
			t.Errorf("%s: to %s", name, location)
		}
		q := location.Query()
		if v2 := test.want == "/v2/logout"; v2 && (q.Get("returnTo") != a.url || q.Get("client_id") == "" || q.Has("id_token_hint") || q.Has("post_logout_redirect_uri")) {
			t.Errorf("%s: %v", name, q)
		}
		wantFederated := test.query != "" && test.query != "federated=false"
		if q.Has("federated") != wantFederated {
			t.Errorf("%s: %s", name, location.RawQuery)
		}
		if bare := strings.HasSuffix(location.RawQuery, "&federated"); wantFederated && bare != (test.want == "/v2/logout") {
			t.Errorf("%s: %s", name, location.RawQuery)
		}
		if r := b.get(location.String()); r.status >= 400 {
			t.Errorf("%s: the tenant answers %d", name, r.status)
		}
	}
}

func TestLogoutParameters(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.config.Logout.Params = map[string]string{"ui_locales": "en", "theme": "dark"}
		s.config.Logout.NoIDTokenHint = true
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/bye", func(c *gin.Context) {
				if err := auth.Logout(c, ginauth0.LogoutOptions{ReturnTo: "/x", State: "s1", Params: map[string]string{"ui_locales": "fr", "theme": "", "logout_hint": ""}}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	q := b.get("/bye").location(t).Query()
	if q.Get("ui_locales") != "fr" || q.Has("theme") || q.Get("state") != "s1" || q.Has("id_token_hint") || q.Has("logout_hint") || q.Get("post_logout_redirect_uri") != a.url+"/x" {
		t.Errorf("query %v", q)
	}
}

func TestLogoutWhileTheTenantIsDownIsLocal(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]auth0test.Fault{"down": auth0test.Down, "hangs": auth0test.Hang} {
		a := newApp(t)
		b := a.browser(t)
		b.login("/auth/login")
		cookies := b.sessionCookies()
		cold := newApp(t, config(func(c *ginauth0.Config) { c.Domain = a.tenant.Issuer() })) // knows nothing of the tenant yet
		a.tenant.Break("*", fault)
		cb := cold.browser(t)
		cb.setCookies(&http.Cookie{Name: "_a0_session", Value: cookies[0].Value, Path: "/"})
		begin := time.Now()
		r := cb.get("/auth/logout")
		if r.status != http.StatusFound || r.header.Get("Location") != cold.url || cb.signedIn() {
			t.Errorf("%s: %d to %s", name, r.status, r.header.Get("Location"))
		}
		if name == "hangs" && time.Since(begin) > 20*time.Second {
			t.Errorf("%s: not bounded", name)
		}
	}
}

func TestAnotherSiteCannotLogOut(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	for name, headers := range map[string][]string{
		"an image":         {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"},
		"a fetch":          {"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"},
		"a frame":          {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"},
		"a foreign Origin": {"Origin: https://evil.example"},
		"an opaque Origin": {"Origin: null"},
		"a similar Origin": {"Origin: " + a.url + ".evil.example"},
	} {
		r := b.get("/auth/logout", append(headers, asJSON)...)
		wantError(t, r, http.StatusForbidden, `"error":"cross_site_request"`)
		if !b.signedIn() {
			t.Fatalf("%s logged out", name)
		}
	}
	for name, headers := range map[string][]string{
		"a link of another site": {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"},
		"our own page":           {"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"},
		"typed":                  {"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"},
		"our own Origin":         {"Origin: " + a.url},
	} {
		if r := b.get("/auth/logout", headers...); r.status != http.StatusFound {
			t.Errorf("%s: %d", name, r.status)
		}
	}
}

func TestLogoutByPostOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Logout.PostOnly = true }))
	b := a.browser(t)
	b.login("/auth/login")
	if r := b.get("/auth/logout", asJSON); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "POST" || !b.signedIn() {
		t.Errorf("GET: %d %v", r.status, r.header)
	}
	if r := b.do(http.MethodPost, "/auth/logout", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"); r.status != http.StatusForbidden || !b.signedIn() {
		t.Errorf("POST of another site: %d", r.status)
	}
	if r := b.do(http.MethodPost, "/auth/logout", "Sec-Fetch-Site: same-origin"); r.status != http.StatusFound || b.signedIn() {
		t.Errorf("POST: %d", r.status)
	}
}
