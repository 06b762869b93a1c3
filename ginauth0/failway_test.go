package ginauth0_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A login that failed starts again and leads to where the person was going; the code in
// the address is of no use any more.
func TestTheWayBackFromACallback(t *testing.T) {
	t.Parallel()
	const goal = "/orders?page=2#last"
	again := func(text string) string {
		return text + " /auth/login?returnTo=" + url.QueryEscape(goal)
	}
	other := "Log in as somebody else /auth/login?prompt=login&returnTo=" + url.QueryEscape(goal)
	for name, test := range map[string]struct {
		spoil  func(*app, url.Values)
		status int
		links  []string
	}{
		"the state of nobody":   {func(_ *app, q url.Values) { q.Set("state", strings.Repeat("A", 43)) }, 400, []string{"Log in again /auth/login"}},
		"no state":              {func(_ *app, q url.Values) { q.Del("state") }, 400, []string{"Log in again /auth/login"}},
		"two states":            {func(_ *app, q url.Values) { q.Add("state", "x") }, 400, []string{"Start page /"}},
		"another issuer":        {func(_ *app, q url.Values) { q.Set("iss", "https://evil.example/") }, 400, []string{again("Log in again")}},
		"cancelled":             {func(_ *app, q url.Values) { q.Set("error", "access_denied") }, 403, []string{again("Log in again"), other}},
		"the tenant is busy":    {func(_ *app, q url.Values) { q.Set("error", "temporarily_unavailable") }, 503, []string{again("Try again")}},
		"the tenant is down":    {func(a *app, _ url.Values) { a.tenant.Break("/oauth/token", auth0test.Down) }, 502, []string{again("Try again")}},
		"a login of before":     {func(a *app, _ url.Values) { a.tenant.EditIDToken(auth0test.WrongNonce) }, 401, []string{again("Log in again")}},
		"a secret that changed": {func(a *app, _ url.Values) { a.tenant.Break("/oauth/token", unknownClient) }, 500, []string{"Start page /"}},
	} {
		a := newApp(t)
		b := a.browser(t)
		u, err := url.Parse(b.toCallback("/auth/login?returnTo=" + url.QueryEscape(goal)))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		test.spoil(a, q)
		r := b.get("/auth/callback?"+q.Encode(), asPage)
		if r.status != test.status || !slices.Equal(links(r), test.links) {
			t.Errorf("%s: %d, links %q", name, r.status, links(r))
		}
		if code := u.Query().Get("code"); code == "" || strings.Contains(r.body, code) || strings.Contains(r.body, "/auth/callback") {
			t.Errorf("%s: the page has the code %q or the callback: %s", name, code, r.body)
		}
	}
}

func unknownClient(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"words of the tenant"}`))
}

// Whoever wanted to connect an account is signed in: a login would not help.
func TestTheWayBackFromAnAccount(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Routes.EnableLinking = true }))
	b := a.browser(t)
	b.login("/auth/login")
	callback, err := url.Parse(b.toCallback("/auth/connect?connection=github&returnTo=%2Faccounts%3Fa%3Db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"access_denied": {"Go back /accounts?a=b"}, "temporarily_unavailable": {"Go back /accounts?a=b"}} {
		fresh, err := url.Parse(b.toCallback("/auth/connect?connection=github&returnTo=%2Faccounts%3Fa%3Db"))
		if err != nil {
			t.Fatal(err)
		}
		q := fresh.Query()
		q.Set("error", name)
		if r := b.get("/auth/connect/callback?"+q.Encode(), asPage); !slices.Equal(links(r), want) {
			t.Errorf("%s: %d, links %q", name, r.status, links(r))
		}
	}
	// Signed out meanwhile, a login does help.
	q := callback.Query()
	q.Del("error")
	q.Set("code", "one")
	callback.RawQuery = q.Encode()
	b.setCookies(&http.Cookie{Name: "_a0_session", Path: "/", MaxAge: -1})
	if r := b.get(callback.String(), asPage); r.status != http.StatusUnauthorized || !slices.Equal(links(r), []string{"Log in /auth/login?returnTo=%2Faccounts%3Fa%3Db"}) {
		t.Errorf("signed out: %d, links %q", r.status, links(r))
	}
}

// A page that is guarded is repeated, the login route with all that it was told.
func TestTheWayBackWhileTheTenantIsDown(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant.Break("*", auth0test.Down)
	const login = "/auth/login?returnTo=/orders&screen_hint=signup"
	r := a.browser(t).get(login, asPage)
	if r.status != http.StatusServiceUnavailable || !slices.Equal(links(r), []string{"Try again " + login}) {
		t.Errorf("%d, links %q", r.status, links(r))
	}
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 72 {
		t.Errorf("Retry-After %q, want whole seconds of the back-off", r.header.Get("Retry-After"))
	}
}

// Links have the path that a proxy removes, and the group that routes are mounted in.
func TestTheWayBackInAnApplicationBelowAPath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit  func(*setup)
		path  string
		links []string
	}{
		"a proxy removes it": {
			config(func(c *ginauth0.Config) { c.BaseURL += "/shop" }), "/forbidden",
			[]string{"Start page /shop/", "Log in as somebody else /shop/auth/login?prompt=login&returnTo=%2Fshop%2Fforbidden"},
		},
		"a group": {
			func(s *setup) {
				s.config.Routes.AfterLogin = "/shop/"
				s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/shop") }
			}, "/forbidden",
			[]string{"Start page /shop/", "Log in as somebody else /shop/auth/login?prompt=login&returnTo=%2Fforbidden"},
		},
		"both, to try again": {
			func(s *setup) {
				s.config.BaseURL += "/shop"
				s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/people") }
			}, "/down?a=b", []string{"Try again /shop/down?a=b"},
		},
		"without the login route": {
			config(func(c *ginauth0.Config) { c.Routes.Login = "-" }), "/forbidden", []string{"Start page /"},
		},
		"without the login route, expired": {
			config(func(c *ginauth0.Config) { c.Routes.Login = "-" }), "/expired", []string{"Start page /"},
		},
		"prompt is not forwarded": {
			config(func(c *ginauth0.Config) { c.ForwardParams = []string{} }), "/forbidden", []string{"Start page /"},
		},
		"another login route": {
			config(func(c *ginauth0.Config) { c.Routes.Prefix, c.Routes.Login = "/", "/in" }), "/expired", []string{"Log in again /in?returnTo=%2Fexpired"},
		},
		"several hosts, and none of them": {
			config(func(c *ginauth0.Config) {
				c.BaseURL, c.ExtraBaseURLs = "http://localhost:1", []string{"http://localhost:2"}
			}),
			"/expired",
			[]string{"Start page /"},
		},
	} {
		a := newApp(t, failingPages, test.edit)
		r := a.browser(t).get(test.path, asPage)
		if !slices.Equal(links(r), test.links) {
			t.Errorf("%s: %d, links %q, want %q", name, r.status, links(r), test.links)
		}
		if len(test.links) == 1 && strings.HasPrefix(test.links[0], "Start page") &&
			!strings.Contains(r.body, "<p>Please go back to the start page and try it from there.</p>") {
			t.Errorf("%s: the page advises what it has no link for: %s", name, r.body)
		}
	}
}

// Whatever an address or a returnTo holds: each link is a path of this application, and
// the page has nothing of it but there, escaped.
func TestAPageLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		failingPages(s)
		s.config.Routes.EnableLinking = true // signed out, it offers to log in
		plain := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			plain(router, auth)
			router.NoRoute(func(c *gin.Context) {
				if c.Query("how") == "retry" {
					auth.Fail(c, ginauth0.ErrUpstream)
					return
				}
				auth.Fail(c, ginauth0.ErrSessionExpired)
			})
		}
	})
	b := a.browser(t)
	const mark = "evil-4711"
	for _, hostile := range []string{
		"https://" + mark + ".example/", "//" + mark + ".example/", `/\` + mark + ".example/", `\\` + mark + ".example", "/%5c" + mark, "/%2f" + mark + ".example",
		"javascript:alert('" + mark + "')", "data:text/html," + mark, "/../" + mark, "/a/%2e%2e/" + mark, "http:" + mark, "/\t/" + mark, "https:/" + mark + ".example",
		`/"><script>alert("` + mark + `")</script>`, "/' onclick='" + mark, "/x?a=\"><img src=x onerror=" + mark + ">", "/auth/callback?code=" + mark, "/auth/logout?a=" + mark,
		"http://user:pass@" + mark, "/{{" + mark + "}}", "/\r\nSet-Cookie: " + mark,
	} {
		escaped := url.QueryEscape(hostile)
		addresses := []string{"/auth/login?organization=&returnTo=" + escaped, "/auth/connect?connection=a&returnTo=" + escaped, "/auth/callback?returnTo=" + escaped, "/expired?returnTo=" + escaped, "/forbidden?x=" + escaped, "/down?x=" + escaped}
		if path := (&url.URL{Path: hostile}).EscapedPath(); strings.HasPrefix(path, "/") {
			addresses = append(addresses, a.url+path, a.url+path+"?how=retry")
		}
		for _, address := range addresses {
			wantOwnLinks(t, b.get(address, asPage), mark)
		}
		callback, err := url.Parse(b.toCallback("/auth/login?returnTo=" + escaped))
		if err != nil {
			t.Fatal(err)
		}
		q := callback.Query()
		for _, name := range []string{"error", "error_description", "error_uri", "iss", "code"} {
			q.Set(name, hostile)
		}
		q.Del("iss")
		wantOwnLinks(t, b.get("/auth/callback?"+q.Encode(), asPage), mark)
	}
}

// wantOwnLinks checks what a browser would make of the links of a page.
func wantOwnLinks(t *testing.T, r answer, mark string) {
	t.Helper()
	list := pageLink.FindAllStringSubmatch(r.body, -1)
	if len(list) == 0 {
		t.Errorf("%s: no way back: %d %s", r.url, r.status, r.body)
	}
	rest := r.body
	for _, link := range list {
		rest = strings.Replace(rest, link[0], "", 1)
		path := html.UnescapeString(link[1])
		u, err := r.url.Parse(path)
		if err != nil || u.Host != r.url.Host || u.Scheme != r.url.Scheme || path[0] != '/' || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t\"<>'") {
			t.Errorf("%s leads to %q", r.url, path)
			continue
		}
		if text := u.Query().Get("returnTo"); text != "" && u.Path == "/auth/login" {
			goal, err := url.Parse(text)
			if err != nil || goal.Host != "" || goal.Scheme != "" || text[0] != '/' || strings.ContainsAny(text, "\\\r\n\t\"<>") ||
				strings.Contains(goal.Path, "/..") || slices.Contains([]string{"/auth/login", "/auth/callback", "/auth/logout"}, goal.Path) {
				t.Errorf("%s leads to %q by a login", r.url, text)
			}
		}
		if slices.Contains([]string{"/auth/callback", "/auth/logout"}, u.Path) {
			t.Errorf("%s leads to %q", r.url, path)
		}
	}
	if strings.Contains(rest, mark) || strings.Contains(rest, "<script") || strings.Contains(rest, "<img") {
		t.Errorf("%s: the page has what it was told: %s", r.url, r.body)
	}
}

// Whoever follows the links arrives: where they were going, and as somebody else.
func TestTheWayBackIsAWay(t *testing.T) {
	t.Parallel()
	a := newApp(t, failingPages)
	b := a.browser(t)
	follow := func(r answer, text string) answer {
		t.Helper()
		for _, link := range links(r) {
			if path, found := strings.CutPrefix(link, text+" "); found {
				return b.login(path)
			}
		}
		t.Fatalf("no link %q: %s", text, r.body)
		return r
	}
	failed, err := url.Parse(b.toCallback("/auth/login?returnTo=%2Forders%3Fpage%3D2"))
	if err != nil {
		t.Fatal(err)
	}
	q := failed.Query()
	q.Set("iss", "https://evil.example/")
	if r := follow(b.get("/auth/callback?"+q.Encode(), asPage), "Log in again"); r.header.Get("Location") != "/orders?page=2" || !b.signedIn() {
		t.Errorf("leads to %q", r.header.Get("Location"))
	}
	a.tenant.SetAutoApprove("grace")
	if r := follow(b.get("/forbidden?a=b", asPage), "Log in as somebody else"); r.header.Get("Location") != "/forbidden?a=b" || b.get("/profile").body != "profile of auth0|grace" {
		t.Errorf("leads to %q as %s", r.header.Get("Location"), b.get("/profile").body)
	}
}
