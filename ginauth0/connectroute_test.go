package ginauth0_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestTheConnectRoute(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o)
	r := b.get(connectRoute + "?connection=github&scopes=repo&scopes=read:user%20gist&returnTo=/files" +
		"&authorization_params=x&redirect_uri=https://evil.example&state=s&code_challenge=c&audience=a&scope=s&app_state=a&login_hint=l")
	back := b.returned(r.location(t))
	sent := members(t, q.one(t, "POST "+accountsPath+"/connect").body)
	if !reflect.DeepEqual(sent["scopes"], []any{"repo", "read:user", "gist"}) || len(sent) != 6 || len(sent["state"].(string)) != 43 ||
		sent["redirect_uri"] != b.app.url+"/auth/callback" {
		t.Errorf("sent %v", sent)
	}
	if got := b.get(back.String()).header.Get("Location"); got != "/files" {
		t.Errorf("leads to %q", got)
	}
	for name, query := range map[string]string{
		"no connection": "", "an empty connection": "?connection=", "a blank connection": "?connection=%20",
		"two connections": "?connection=github&connection=google-oauth2", "two return paths": "?connection=github&returnTo=/a&returnTo=/b",
		"a malformed query": "?connection=github&%zz", "a scope that is none": "?connection=github&scopes=%22",
	} {
		q.take()
		r := b.get(connectRoute+query, asJSON)
		wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
		wantNoCookie(t, name, r)
		q.wantNone(t, name)
	}
}

// A connection leads back by the rules of a login.
func TestWhereAConnectionLeads(t *testing.T) {
	t.Parallel()
	var o options
	_, b, _ := signedInToConnect(t, &o)
	for returnTo, want := range map[string]string{
		"": "/", "https%3A%2F%2Fevil.example": "/", "%2F%2Fevil.example": "/", "%2Fauth%2Fconnect%3Fconnection%3Dgithub": "/", "%2Fauth%2Flogout": "/",
		"%2Fa%3Fb%3D1%23c": "/a?b=1#c",
	} {
		back := b.returned(b.get(connectRoute + "?connection=github&returnTo=" + returnTo).location(t))
		if got := b.get(back.String()).header.Get("Location"); got != want {
			t.Errorf("%s: leads to %q, want %q", returnTo, got, want)
		}
	}
}

// Another site must not choose when an account is connected, linked or unlinked.
func TestAnotherSiteCannotConnect(t *testing.T) {
	t.Parallel()
	for _, linking := range []bool{false, true} {
		var o options
		a, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) {
			c.Routes.EnableConnectedAccounts, c.Routes.EnableLinking = !linking, linking
		}))
		routes := []string{connectRoute}
		if linking {
			routes = append(routes, "/auth/unconnect")
		}
		for _, route := range routes {
			for _, headers := range [][]string{
				{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"},
				{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"},
				{"Sec-Fetch-Site: same-site"},
				{"Sec-Fetch-Site: something new"},
				{"Origin: https://evil.example"},
				{"Origin: null"},
			} {
				r := b.get(route+"?connection=github", append(headers, asJSON)...)
				wantError(t, r, http.StatusForbidden, `"error":"cross_site_request"`)
				wantNoCookie(t, headers[0], r)
			}
			q.wantNone(t, route)
			for _, headers := range [][]string{nil, {"Sec-Fetch-Site: same-origin"}, {"Sec-Fetch-Site: none"}, {"Origin: " + a.url}} {
				if r := b.get(route+"?connection=github", headers...); r.status != http.StatusFound {
					t.Errorf("%s, %v: %d %s", route, headers, r.status, r.body)
				}
				q.take()
			}
		}
	}
}

// What a browser asks for ahead of the person changes nothing.
func TestAPrefetchedConnectRoute(t *testing.T) {
	t.Parallel()
	for _, linking := range []bool{false, true} {
		var o options
		a, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) {
			c.Routes.EnableConnectedAccounts, c.Routes.EnableLinking = !linking, linking
		}))
		o.set(ginauth0.ConnectAccountOptions{Connection: "github"})
		before := a.tenant.Requests(tokenPath)
		routes := []string{connectRoute, "/start"}
		if linking {
			routes = append(routes, "/auth/unconnect")
		}
		for _, route := range routes {
			for _, header := range []string{"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch"} {
				for _, who := range []*browser{b, a.browser(t)} {
					r := who.get(route+"?connection=github", header, "Sec-Fetch-Site: cross-site")
					if r.status != http.StatusNoContent || r.header.Get("Cache-Control") != "private, no-store" || r.body != "" {
						t.Errorf("%s, %s: %d %v", route, header, r.status, r.header)
					}
					wantNoCookie(t, header, r)
				}
			}
		}
		q.wantNone(t, "prefetched")
		a.wantUses(t, before, 0)
	}
}

func TestOtherMethodsOfTheConnectRoutes(t *testing.T) {
	t.Parallel()
	for _, linking := range []bool{false, true} {
		var o options
		a, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) {
			c.Routes.EnableConnectedAccounts, c.Routes.EnableLinking = !linking, linking
		}))
		routes, missing := []string{connectRoute}, []string{"/auth/connect/callback", "/auth/unconnect", "/auth/unconnect/callback"}
		if linking {
			routes, missing = append(routes, missing...), nil
		}
		for _, route := range routes {
			for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
				r := b.do(method, route+"?connection=github", asJSON)
				if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "GET" {
					t.Errorf("%s %s: %d %v", method, route, r.status, r.header)
				}
			}
		}
		for _, route := range missing {
			if r := a.browser(t).get(route); r.status != http.StatusNotFound {
				t.Errorf("%s: %d", route, r.status)
			}
		}
		q.wantNone(t, "other methods")
	}
}

func TestConnectRoutesWithPathsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var o options
	a := newApp(t, connectingAccounts(&o), config(func(c *ginauth0.Config) {
		c.BaseURL += "/app"
		c.Routes.Connect = "/accounts/new"
	}))
	q, b := watchAccounts(a), a.browser(t)
	behind := func(address string) string { return strings.Replace(address, "/app/", "/", 1) } // as the proxy does
	b.get(behind(b.toCallback("/auth/login")))
	r := b.get("/auth/accounts/new?connection=github&returnTo=/app/files")
	if r.status != http.StatusFound {
		t.Fatalf("%d %s", r.status, r.body)
	}
	sent := members(t, q.one(t, "POST "+accountsPath+"/connect").body)
	if sent["redirect_uri"] != b.app.url+"/app/auth/callback" {
		t.Errorf("redirect_uri %v", sent["redirect_uri"])
	}
	if got := b.get(behind(b.returned(r.location(t)).String())).header.Get("Location"); got != "/app/files" {
		t.Errorf("leads to %q", got)
	}
	if r := b.get(connectRoute + "?connection=github"); r.status != http.StatusNotFound {
		t.Errorf("the usual path answers %d", r.status)
	}
}

func TestConnectRoutesOutsideOfTheSessionsPath(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Mount did not panic")
		}
	}()
	newApp(t, config(func(c *ginauth0.Config) {
		c.Session.Path = "/auth"
		c.Routes = ginauth0.RoutesConfig{
			Prefix: "/", Login: "/auth/login", Callback: "/auth/callback", Logout: "/auth/logout", BackchannelLogout: "-",
			EnableConnectedAccounts: true,
		}
	}))
}
