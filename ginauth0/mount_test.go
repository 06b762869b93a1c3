package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestMountedInAGroupWithAnotherPrefix(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.config.Routes = ginauth0.RoutesConfig{Prefix: "/id", Login: "/in", Callback: "/back", Logout: "/out", AfterLogin: "/profile"}
		s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/v1") }
	})
	b := a.browser(t)
	if got := b.get("/v1/id/in").location(t).Query().Get("redirect_uri"); got != a.url+"/v1/id/back" {
		t.Errorf("redirect_uri %s", got)
	}
	if got := b.login("/v1/id/in").header.Get("Location"); got != "/profile" {
		t.Errorf("leads to %s", got)
	}
	if location := a.browser(t).get("/profile").location(t); location.Path != "/v1/id/in" {
		t.Errorf("the guard sends people to %s", location)
	}
	b.get("/v1/id/out")
	if b.signedIn() {
		t.Error("still signed in")
	}
}

func TestBehindAProxyThatStripsAPrefix(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.BaseURL += "/app" }))
	b := a.browser(t)
	if got := b.get("/auth/login").location(t).Query().Get("redirect_uri"); got != a.url+"/app/auth/callback" {
		t.Errorf("redirect_uri %s", got)
	}
	location := b.get("/profile?x=1").location(t)
	if location.Path != "/app/auth/login" || location.Query().Get("returnTo") != "/app/profile?x=1" {
		t.Errorf("the guard sends people to %s", location)
	}
	callback := strings.Replace(b.toCallback("/auth/login?returnTo=/app/profile"), "/app/", "/", 1)
	if got := b.get(callback).header.Get("Location"); got != "/app/profile" {
		t.Errorf("leads to %s", got)
	}
	if page := a.browser(t).get("/auth/callback"); !strings.Contains(page.body, `href="/app/auth/login"`) {
		t.Errorf("the way back on the error page: %s", page.body)
	}
}

func TestOtherMethodsAndRoutesThatAreOff(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Routes.Logout = "-" }))
	b := a.browser(t)
	for _, route := range []string{"/auth/login", "/auth/callback"} {
		for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			r := b.do(method, route, asJSON)
			if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "GET" || len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s %s: %d %v", method, route, r.status, r.header)
			}
			if method != "HEAD" && !strings.Contains(r.body, `"error":"method_not_allowed"`) {
				t.Errorf("%s %s: %s", method, route, r.body)
			}
		}
	}
	for _, path := range []string{"/auth/logout", "/auth/profile", "/auth/access-token", "/auth/connect"} {
		if r := b.get(path); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

func TestSeveralBaseURLs(t *testing.T) {
	t.Parallel()
	for name, trusted := range map[string][]string{"trusted": {"127.0.0.0/8"}, "not trusted": nil} {
		a := newApp(t, config(func(c *ginauth0.Config) {
			c.BaseURL, c.ExtraBaseURLs = "http://localhost:3000", []string{"http://localhost", "http://127.0.0.1:8080/app"}
			c.TrustedProxies = trusted
		}))
		b := a.browser(t)
		for host, want := range map[string]string{
			"localhost:3000": "http://localhost:3000/auth/callback", "LOCALHOST:80": "http://localhost/auth/callback",
			"127.0.0.1:8080": "http://127.0.0.1:8080/app/auth/callback",
		} {
			if got := b.get("/auth/login", "Host: "+host).location(t).Query().Get("redirect_uri"); got != want {
				t.Errorf("%s, %s: %s", name, host, got)
			}
		}
		for _, host := range []string{"evil.example", "localhost:8080", "localhost:3000.evil.example"} {
			r := b.get("/auth/login", "Host: "+host, asJSON)
			wantError(t, r, http.StatusBadRequest, "invalid_request")
			if len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s: a cookie was set", host)
			}
		}
		forwarded := b.get("/auth/login", "Host: localhost:3000", "X-Forwarded-Host: 127.0.0.1:8080, evil.example").location(t).Query().Get("redirect_uri")
		want := "http://localhost:3000/auth/callback"
		if trusted != nil {
			want = "http://127.0.0.1:8080/app/auth/callback"
		}
		if forwarded != want {
			t.Errorf("%s: X-Forwarded-Host leads to %s", name, forwarded)
		}
	}
}

func TestOneBaseURLReadsNoHeader(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.TrustedProxies = []string{"127.0.0.1"} }))
	got := a.browser(t).get("/auth/login", "Host: evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https").location(t).Query().Get("redirect_uri")
	if got != a.url+"/auth/callback" {
		t.Errorf("redirect_uri %s", got)
	}
}

func TestMountPanics(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(*ginauth0.Auth, *gin.Engine){
		"twice":                      func(a *ginauth0.Auth, r *gin.Engine) { a.Mount(r); a.Mount(r.Group("/b")) },
		"in a group with parameters": func(a *ginauth0.Auth, r *gin.Engine) { a.Mount(r.Group("/:tenant")) },
		"outside of Session.Path":    func(a *ginauth0.Auth, r *gin.Engine) { a.Mount(r.Group("/apple")) },
	} {
		func() {
			cfg := validConfig()
			if name == "outside of Session.Path" {
				cfg.Session.Path = "/app"
			}
			auth, err := ginauth0.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer auth.Close()
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "ginauth0: Mount: ") {
					t.Errorf("%s: panic %q", name, text)
				}
			}()
			mount(auth, gin.New())
			t.Errorf("%s: no panic", name)
		}()
	}
	cfg := validConfig()
	cfg.Session.Path = "/app"
	auth, err := ginauth0.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer auth.Close()
	auth.Mount(gin.New().Group("/app"))
}

// Nothing may be asked of the tenant before somebody logs in.
func TestAnApplicationStartsWhileItsTenantIsDown(t *testing.T) {
	t.Parallel()
	cfg := validConfig()
	cfg.Domain, cfg.BaseURL = "http://127.0.0.1:1", "http://localhost:3000"
	auth, err := ginauth0.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router)
	router.GET("/", auth.Session(), func(c *gin.Context) { c.String(http.StatusOK, "up") })
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Body.String() != "up" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/login", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("login: %d", w.Code)
	}
}

// A login may lead to what shows something, and to none of our own routes that send
// the browser on.
func TestALoginMayLeadToTheProfileRouteAndToNoOtherOfOurs(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Routes.EnableProfile, c.Routes.EnableAccessToken = true, true }))
	for path, target := range map[string]string{
		"/auth/profile": "/auth/profile", "/auth/login": "/", "/auth/callback": "/", "/auth/logout": "/", "/auth/backchannel-logout": "/",
	} {
		if got := a.browser(t).login("/auth/login?returnTo=" + path).location(t).String(); got != target {
			t.Errorf("%s: the login leads to %s, want %s", path, got, target)
		}
	}
}

// Whoever reads the log is told what to do.
func TestTheCauseOfRoutesThatAreNotMountedNamesMount(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, _ *ginauth0.Auth) {
			auth, err := ginauth0.New(t.Context(), s.config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(auth.Close)
			router.GET("/guarded", auth.RequireSession())
			router.GET("/sign-in", func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	for i, path := range []string{"/guarded", "/sign-in"} {
		if r := a.browser(t).get(path); r.status != http.StatusInternalServerError || !strings.Contains(r.body, "server_error") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
		if got := strings.Count(a.log.String(), `"ginauth0: routes are not mounted: call Mount"`); got != i+1 {
			t.Errorf("%s: %d lines with the cause, want %d: %s", path, got, i+1, a.log)
		}
	}
}
