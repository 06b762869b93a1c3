package ginauth0_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

var pageLink = regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`)

// links are those of a page, as "text path".
func links(r answer) []string {
	var list []string
	for _, match := range pageLink.FindAllStringSubmatch(r.body, -1) {
		list = append(list, match[2]+" "+html.UnescapeString(match[1]))
	}
	return list
}

// failingPages adds pages that end in an error of each kind.
func failingPages(s *setup) {
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		for path, err := range map[string]error{
			"/expired": ginauth0.ErrSessionExpired, "/forbidden": &ginauth0.CheckError{Err: errors.New("no")}, "/down": ginauth0.ErrUpstream,
			"/store": ginauth0.ErrStore, "/config": ginauth0.ErrConfig, "/broken": errors.New("broken"), "/signedout": ginauth0.ErrNoSession,
			"/bad": ginauth0.ErrBadRequest, "/unexpected": ginauth0.ErrTokenType, "/mfa": &ginauth0.MFARequiredError{},
		} {
			router.GET(path, func(c *gin.Context) { auth.Fail(c, err) })
		}
	}
}

// What each kind of error says to a person, and where it leads.
func TestAPageShowsTheWayBack(t *testing.T) {
	t.Parallel()
	const (
		start = "Start page /"
		again = "Log in again /auth/login"
	)
	a := newApp(t, failingPages)
	b := a.browser(t)
	for path, want := range map[string]struct {
		status        int
		heading, says string
		links         []string
	}{
		"/expired": {401, "The session has ended.", "Please log in again.", []string{again + "?returnTo=%2Fexpired"}},
		"/expired?tab=2&q=a+b": {
			401, "The session has ended.", "Please log in again.", []string{again + "?returnTo=%2Fexpired%3Ftab%3D2%26q%3Da%2Bb"},
		},
		"/signedout": {401, "Please log in", "This page is for people who are logged in.", []string{"Log in /auth/login?returnTo=%2Fsignedout"}},
		"/mfa":       {403, "A second factor is needed.", "Please log in again.", []string{again + "?returnTo=%2Fmfa"}},
		"/forbidden": {
			403, "You may not do that.", "Please use another login, or go back to the start page.",
			[]string{start, "Log in as somebody else /auth/login?prompt=login&returnTo=%2Fforbidden"},
		},
		"/down":       {503, "The login service is not available at the moment.", "Please try again in a moment.", []string{"Try again /down"}},
		"/down?a=1":   {503, "The login service is not available at the moment.", "Please try again in a moment.", []string{"Try again /down?a=1"}},
		"/unexpected": {502, "The login service gave an unexpected answer.", "Please try again in a moment.", []string{"Try again /unexpected"}},
		"/store":      {503, "Sessions are not available at the moment.", "Please try again in a moment.", []string{"Try again /store"}},
		"/config":     {500, "Logging in is not set up correctly.", "Trying again does not help. Please tell those who run this application, with the reference below.", []string{start}},
		"/broken":     {500, "The request could not be processed.", "Trying again does not help. Please tell those who run this application, with the reference below.", []string{start}},
		"/bad":        {400, "The request is not valid.", "Please go back to the start page and try it from there.", []string{start}},
		"/auth/login?organization=": {
			400, "The request is not valid.", "Please go back to the start page and try it from there.", []string{start},
		},
	} {
		r := b.get(path, asPage)
		if r.status != want.status || !strings.Contains(r.body, "<h1>"+want.heading+"</h1>\n<p>"+want.says+"</p>") || !slices.Equal(links(r), want.links) {
			t.Errorf("%s: %d, links %q, page %s", path, r.status, links(r), r.body)
		}
		if retry := r.header.Get("Retry-After"); (retry != "") != (r.status == http.StatusServiceUnavailable) {
			t.Errorf("%s: Retry-After %q with status %d", path, retry, r.status)
		}
	}
}

// Nothing runs on the page, nothing is fetched for it, and it stays in no cache.
func TestAPageIsBareAndReadable(t *testing.T) {
	t.Parallel()
	a := newApp(t, failingPages)
	r := a.browser(t).get("/expired", asPage)
	_, style, _ := strings.Cut(r.body, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	for name, value := range map[string]string{
		"Content-Security-Policy": want, "Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store",
	} {
		if got := r.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	for _, part := range []string{
		`<html lang="en">`, `<meta name="viewport" content="width=device-width, initial-scale=1">`, "color-scheme:light dark",
		"prefers-color-scheme:dark", "<title>The session has ended.</title>", "user-select:all", "<dd>session_expired</dd>",
		a.clock.Now().UTC().Format("2006-01-02 15:04:05") + " UTC</time>",
	} {
		if !strings.Contains(r.body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	for _, part := range []string{"<script", "javascript:", "src=", "url(", "@import", " style=", "<form", "<link", "<base"} {
		if strings.Contains(r.body, part) {
			t.Errorf("the page has %s", part)
		}
	}
}

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
		if r := a.browser(t).get(test.path, asPage); !slices.Equal(links(r), test.links) {
			t.Errorf("%s: %d, links %q, want %q", name, r.status, links(r), test.links)
		}
	}
}

// Whatever an address or a returnTo holds: each link is a path of this application, and
// the page has nothing of it but there, escaped.
func TestAPageLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		failingPages(s)
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
		addresses := []string{"/auth/login?organization=&returnTo=" + escaped, "/auth/callback?returnTo=" + escaped, "/expired?returnTo=" + escaped, "/forbidden?x=" + escaped, "/down?x=" + escaped}
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
		}
		if u != nil && slices.Contains([]string{"/auth/callback", "/auth/logout"}, u.Path) {
			t.Errorf("%s leads to %q", r.url, path)
		}
	}
	if strings.Contains(rest, mark) || strings.Contains(rest, "<script") || strings.Contains(rest, "<img") {
		t.Errorf("%s: the page has what it was told: %s", r.url, r.body)
	}
}

// As long as the tenant asks for, in whole seconds; 5 if nobody says.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	a := newApp(t, failingPages)
	if got := a.browser(t).get("/store", asJSON).header.Get("Retry-After"); got != "5" {
		t.Errorf("Retry-After %q", got)
	}
	b := a.browser(t)
	callback := b.toCallback("/auth/login")
	a.tenant.Break("/oauth/token", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"error":"too_many_requests"}`))
	})
	if r := b.get(callback, asJSON); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") != "17" {
		t.Errorf("%d, Retry-After %q", r.status, r.header.Get("Retry-After"))
	}
}

// The time is that of the error in UTC, wherever the server is.
func TestTheTimeOnAPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, failingPages)
	a.clock.advance(time.Until(time.Date(2031, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))))
	if r := a.browser(t).get("/bad", asPage); !strings.Contains(r.body, `<time datetime="2031-02-03T03:05:0`) || !strings.Contains(r.body, ">2031-02-03 03:05:0") {
		t.Errorf("page %s", r.body)
	}
}
