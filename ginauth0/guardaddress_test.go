package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Behind a proxy that takes a prefix off, in a group and with another prefix of the
// routes, a guard leads to the public address of the login, with that of the page,
// and both kinds of login come back to it.
func TestGuardsUsePublicAddresses(t *testing.T) {
	t.Parallel()
	var behind atomic.Pointer[url.URL]
	proxy := httptest.NewServer(http.StripPrefix("/shop", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind.Load())
	}}))
	t.Cleanup(proxy.Close)
	a := newApp(t, func(s *setup) {
		s.config.BaseURL, s.config.Routes.Prefix = proxy.URL+"/shop", "/sign"
		s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/group") }
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			in := func(c *gin.Context) { c.String(http.StatusOK, "in") }
			router.GET("/group/page/*path", auth.RequireSession(), in)
			router.GET("/group/strong/*path", auth.RequireSession(ginauth0.RequireMFA()), in)
		}
	})
	target, err := url.Parse(a.url)
	if err != nil {
		t.Fatal(err)
	}
	behind.Store(target)
	a.url = proxy.URL
	p := &proof{}
	a.tenant.EditIDToken(p.into)
	b := a.browser(t)
	const page = "/shop/group/page/a%20b/c%2Fd?q=1&r=%2F"
	location := b.get(page).location(t)
	if location.Path != "/shop/group/sign/login" || location.Query().Get("returnTo") != page || len(location.Query()) != 1 || location.Host != "" {
		t.Errorf("leads to %s", location)
	}
	r, asked := b.walk(page, p.obey)
	if r.status != http.StatusOK || r.body != "in" || r.url.String() != proxy.URL+page || len(asked) != 1 || asked[0].Get("redirect_uri") != proxy.URL+"/shop/group/sign/callback" {
		t.Fatalf("%d %s at %s, asked %v\n%s", r.status, r.body, r.url, asked, a.log)
	}
	const strong = "/shop/group/strong/x?y"
	r, asked = b.walk(strong, p.obey)
	if r.body != "in" || r.url.String() != proxy.URL+strong || len(asked) != 1 || asked[0].Get("acr_values") != multiFactor {
		t.Errorf("%d %s at %s, asked %v", r.status, r.body, r.url, asked)
	}
}

// Each base URL has its own login, and a host that is none of them none.
func TestGuardsFollowTheHostOfTheRequest(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.BaseURL, c.ExtraBaseURLs = "http://localhost:1/one", []string{"http://localhost:2/two"}
	}))
	b := a.browser(t)
	for host, want := range map[string]string{
		"localhost:1": "/one/auth/login?returnTo=%2Fone%2Fprofile", "LOCALHOST:2": "/two/auth/login?returnTo=%2Ftwo%2Fprofile",
	} {
		if r := b.get("/profile", "Host: "+host); r.status != http.StatusFound || r.header.Get("Location") != want {
			t.Errorf("%s: %d %s", host, r.status, r.header.Get("Location"))
		}
	}
	if r := b.get("/profile", "Host: localhost:3"); r.status != http.StatusBadRequest || r.header.Get("Location") != "" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("an unknown host: %d %v", r.status, r.header)
	}
}

// 2048 bytes of path and query are the limit, and the query counts.
func TestTheReturnPathOfAGuardIsBounded(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser(t)
	for size, kept := range map[int]bool{2047: true, 2048: true, 2049: false} {
		page := "/profile?q=" + strings.Repeat("x", size-len("/profile?q="))
		location := b.get(page).location(t)
		if got := location.Query().Get("returnTo"); (got == page) != kept || !kept && location.String() != "/auth/login" {
			t.Errorf("%d bytes: leads to %.60s", size, location)
		}
	}
}

// What a browser asks for ahead of the person changes nothing: no redirect, no login
// begun, no handler run.
func TestAGuardAnswersSpeculationWith204(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	for _, header := range append([]string{"Sec-Purpose: PREFETCH", "Sec-Purpose: other, prefetch;prerender"}, speculations...) {
		r := b.get("/profile", header)
		if r.status != http.StatusNoContent || r.body != "" || r.header.Get("Location") != "" || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", header, r.status, r.header)
		}
		if r := b.get("/profile", header, asJSON); r.status != http.StatusUnauthorized {
			t.Errorf("%s, no page: %d", header, r.status)
		}
	}
	for _, header := range []string{"Sec-Purpose: prefetched", "Sec-Purpose: x;prefetch", "Purpose: prerender", "X-Moz: yes"} {
		if r := b.get("/profile", header); r.status != http.StatusFound {
			t.Errorf("%s: %d", header, r.status)
		}
	}
	if r := b.get("/profile", "Sec-Purpose: other", "Purpose: prefetch"); r.status != http.StatusFound {
		t.Errorf("Sec-Purpose decides alone: %d", r.status)
	}
	b.login("/auth/login")
	for _, header := range speculations {
		if r := b.get("/profile", header); r.body != "profile of auth0|ada" {
			t.Errorf("%s, signed in: %d %s", header, r.status, r.body)
		}
	}
}

// HEAD follows GET; no other method is ever redirected.
func TestOnlyGETAndHEADAreRedirected(t *testing.T) {
	t.Parallel()
	var ran atomic.Int32
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.Any("/any", auth.RequireSession(), func(*gin.Context) { ran.Add(1) })
		}
	})
	b := a.browser(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace} {
		want := http.StatusUnauthorized
		if method == http.MethodGet || method == http.MethodHead {
			want = http.StatusFound
		}
		r := b.do(method, "/any", "Accept: text/html")
		if r.status != want || (r.header.Get("Location") == "") != (want == http.StatusUnauthorized) || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %d %v", method, r.status, r.header)
		}
		if want == http.StatusUnauthorized && r.body != `{"error":"unauthorized","error_description":"Please log in"}` {
			t.Errorf("%s: %s", method, r.body)
		}
	}
	if ran.Load() != 0 {
		t.Error("the protected handler ran")
	}
}
