package ginauth0_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// wantOneLinePerName checks the Set-Cookie lines of an answer: one for each cookie (RFC
// 6265 section 4.1.1).
func wantOneLinePerName(t testing.TB, r answer) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range r.header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(line, "=")
		if seen[name] {
			t.Errorf("two lines for %s: %q", name, r.header.Values("Set-Cookie"))
		}
		seen[name] = true
		if len(line) > 4096 {
			t.Errorf("a line of %d bytes for %s", len(line), name)
		}
	}
	if len(seen) > 0 && r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("cookies in an answer with Cache-Control %q", r.header.Get("Cache-Control"))
	}
}

// carrier is a browser behind a proxy that the test plays: it keeps every cookie,
// whatever its attributes, and sends all of them.
type carrier struct {
	*browser

	held map[string]string
}

func (b *carrier) get(target string) answer {
	b.t.Helper()
	pairs := make([]string, 0, len(b.held))
	for _, name := range slices.Sorted(maps.Keys(b.held)) {
		pairs = append(pairs, name+"="+b.held[name])
	}
	r := b.browser.get(target, "Cookie: "+strings.Join(pairs, "; "))
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.MaxAge < 0 {
			delete(b.held, c.Name)
		} else {
			b.held[c.Name] = c.Value
		}
	}
	return r
}

func TestLinesOfLongNamesPathsAndDomains(t *testing.T) {
	t.Parallel()
	const domain = "a-rather-long-label-of-a-domain-name.another-label-of-nearly-the-same-length.example.com"
	path := "/" + strings.Repeat("p", 300)
	base := "https://app." + domain + path
	name, prefix := "session-"+strings.Repeat("n", 200), "login-"+strings.Repeat("l", 200)
	a := newApp(t, func(s *setup) {
		s.tenant.Clients = []auth0test.Client{{
			ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, RedirectURIs: []string{base + "/auth/callback"},
		}}
		s.config.BaseURL = base
		c := &s.config.Session
		c.Domain, c.Path, c.Name, c.AttemptPrefix, c.MaxBytes = domain, path, name, prefix, 30000
	})
	check := func(r answer) (set, deleted []string) {
		t.Helper()
		lines := map[string][]string{}
		for _, line := range r.header.Values("Set-Cookie") {
			if len(line) > 4096 {
				t.Errorf("a line of %d bytes", len(line))
			}
			for _, want := range []string{"; Path=" + path + ";", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
				if !strings.Contains(line, want) {
					t.Errorf("no %s in %s", want, line)
				}
			}
			name, _, _ := strings.Cut(line, "=")
			lines[name] = append(lines[name], line)
		}
		for name, l := range lines {
			withDomain := strings.Contains(l[0], "; Domain="+domain+";")
			gone := strings.HasPrefix(l[0], name+"=; ") && strings.Contains(l[0], "; Max-Age=0") && strings.Contains(l[0], "; Expires=Thu, 01 Jan 1970")
			switch {
			case gone && withDomain && len(l) == 2 && l[1] == strings.Replace(l[0], "; Domain="+domain, "", 1):
				deleted = append(deleted, name)
			case !gone && withDomain && len(l) == 1:
				set = append(set, name)
			default:
				t.Errorf("lines of %s: %q", name, l)
			}
		}
		if r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("Cache-Control %q", r.header.Get("Cache-Control"))
		}
		slices.Sort(set)
		slices.Sort(deleted)
		return set, deleted
	}
	b := &carrier{a.browser(t), map[string]string{}}
	login := func() (set, deleted []string) {
		t.Helper()
		start := b.get("/auth/login")
		set, deleted = check(start)
		attempt := prefix + start.location(t).Query().Get("state")[:16]
		if !slices.Equal(set, []string{attempt}) || len(deleted) != 0 {
			t.Errorf("a login sets %v, deletes %v", set, deleted)
		}
		back := b.browser.get(start.location(t).String()).location(t)
		if !strings.HasPrefix(back.String(), base) {
			t.Fatalf("the tenant leads to %s", back)
		}
		set, deleted = check(b.get(strings.TrimPrefix(back.RequestURI(), path)))
		if !slices.Contains(deleted, attempt) {
			t.Errorf("the attempt is not deleted: %v", deleted)
		}
		return set, slices.DeleteFunc(deleted, func(name string) bool { return name == attempt })
	}

	claimsOf(a, 12<<10)
	set, deleted := login()
	if len(set) < 3 || set[0] != name+".0" || len(deleted) != 0 {
		t.Errorf("a large session sets %v, deletes %v", set, deleted)
	}
	pieces := set
	claimsOf(a, 10)
	set, deleted = login()
	if !slices.Equal(set, []string{name}) || !slices.Equal(deleted, pieces) {
		t.Errorf("a small session after it sets %v, deletes %v", set, deleted)
	}
	claimsOf(a, 12<<10)
	if set, deleted = login(); !slices.Equal(set, pieces) || !slices.Equal(deleted, []string{name}) {
		t.Errorf("a large session after that sets %v, deletes %v", set, deleted)
	}
	if r := b.get("/"); r.body != "hello Ada Lovelace" {
		t.Errorf("not signed in: %s", r.body)
	}
	b.get("/auth/login")
	if set, deleted = check(b.get("/auth/logout")); len(set) != 0 || len(deleted) != len(pieces)+1 {
		t.Errorf("a logout sets %v, deletes %v", set, deleted)
	}
	if len(b.held) != 0 {
		t.Errorf("the browser keeps %v", slices.Collect(maps.Keys(b.held)))
	}
}

// Where several of our parts write cookies in one answer, the last word counts.
func TestOneLinePerNameWhereverSeveralWrite(t *testing.T) {
	t.Parallel()
	var a *app
	a = newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/out", auth.Session(), func(c *gin.Context) {
				if err := auth.Logout(c, ginauth0.LogoutOptions{}); err != nil {
					auth.Fail(c, err)
				}
			})
			router.GET("/again", auth.Session(), func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) { a.auth.Session()(c) })
		}
	})
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["https://app.example/blob"] = strings.Repeat("x", 4<<10) })
	b := a.browser(t)
	b.login("/auth/login")
	split := len(b.sessionCookies())
	a.clock.advance(time.Hour) // what loads the session rolls it
	for _, path := range []string{"/again", "/auth/login", "/auth/login"} {
		wantOneLinePerName(t, b.get(path))
		a.clock.advance(time.Hour / 2)
	}
	a.tenant.EditIDToken(nil)
	r := b.get(b.toCallback("/auth/login")) // rolls the split one, then writes a whole one
	wantOneLinePerName(t, r)
	if whole := r.cookies("_a0_session"); len(whole) != 1 || whole[0].MaxAge <= 0 || len(b.sessionCookies()) != 1 || split < 2 {
		t.Errorf("%d pieces became %v", split, r.header["Set-Cookie"])
	}
	a.clock.advance(time.Hour)
	r = b.get("/out")
	wantOneLinePerName(t, r)
	if len(b.sessionCookies())+len(b.attemptCookies()) != 0 {
		t.Errorf("left: %v", b.jarCookies())
	}
	for i := range 12 { // and evictions
		wantOneLinePerName(t, b.get("/auth/login?returnTo=/"+strings.Repeat("r", 50*i)))
	}
}

// A session that is split at first and whole in the end, in one answer, leaves no
// pieces of the first.
func TestPiecesThatTheSameAnswerHadSetAreTakenBack(t *testing.T) {
	t.Parallel()
	revokes := false
	var auth *ginauth0.Auth
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Session.OmitIDToken, c.Scopes = true, []string{"openid", "profile", "offline_access"}
		c.OnCallback = func(c *gin.Context, _ ginauth0.CallbackEvent) string {
			if revokes {
				auth.Fail(c, auth.RevokeRefreshToken(c))
			}
			return ""
		}
	}))
	auth = a.auth
	claimsOf(a, 1000)
	line := len(a.browser(t).login("/auth/login").header.Values("Set-Cookie")[1])
	claimsOf(a, 1000+(4096-line)*3/4+20) // a little too long for one line, and no more without the refresh token
	if r := a.browser(t).login("/auth/login"); len(r.cookies("_a0_session.1")) != 1 {
		t.Fatalf("one line of %d bytes was enough: %v", line, r.header)
	}
	revokes = true
	b := a.browser(t)
	r := b.login("/auth/login")
	wantOneLinePerName(t, r)
	if len(r.cookies("_a0_session")) != 1 || len(r.cookies("_a0_session.0"))+len(r.cookies("_a0_session.1")) != 0 || !b.signedIn() {
		t.Errorf("lines %q", r.header.Values("Set-Cookie"))
	}
}

// Every answer of a mounted route is kept out of caches, whatever it says.
func TestAnswersOfRoutesAreNotCached(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Routes.EnableProfile = true
		c.OnError = func(c *gin.Context, _ error) { c.String(http.StatusTeapot, "ours") }
	}))
	b := a.browser(t)
	for _, target := range []string{
		"/auth/login", "/auth/login?max_age=x", "/auth/callback", "/auth/callback?state=" + strings.Repeat("A", 43),
		"/auth/logout", "/auth/logout?returnTo=a&returnTo=b", "/auth/profile",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodDelete} {
			if r := b.do(method, target); r.header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s %s: %d with Cache-Control %q", method, target, r.status, r.header.Get("Cache-Control"))
			}
		}
	}
	if u, err := url.Parse(b.toCallback("/auth/login")); err != nil || b.get("/auth/callback?"+u.RawQuery+"&code=x").header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("a repeated code: %v", err)
	}
}
