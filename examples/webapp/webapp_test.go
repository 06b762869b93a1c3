package main

import (
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// app is the web app on a port of its own, and a browser that follows redirects and keeps cookies.
type app struct {
	t       *testing.T
	url     string
	prefix  string // that a proxy takes off requests
	browser *http.Client
	tenant  *auth0test.Tenant
}

func startApp(t *testing.T, tenant auth0test.Config, prefix string, edits ...func(*settings)) *app {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	a := &app{t: t, url: "http://" + server.Listener.Addr().String(), prefix: prefix, tenant: auth0test.Start(t, tenant)}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a.browser = &http.Client{Jar: jar}

	set := settings{development: true, auth: ginauth0.Config{
		Domain:       a.tenant.Issuer(),
		ClientID:     auth0test.DefaultClientID,
		ClientSecret: auth0test.DefaultClientSecret,
		Secrets:      []ginauth0.Secret{"a secret of 32 bytes and more for tests"},
		BaseURL:      a.url + prefix,
		Audience:     auth0test.DefaultAudience,
		Scopes:       []string{"openid", "profile", "email", "offline_access", "read:messages"},
	}}
	offerAccounts(&set.auth)
	for _, edit := range edits {
		edit(&set)
	}
	auth, err := ginauth0.New(t.Context(), set.auth)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	server.Config.Handler = http.StripPrefix(prefix, newRouter(auth, set)) // as a proxy does
	server.Start()
	return a
}

type answer struct {
	*http.Response
	body string
}

func (a *app) get(path string, headers ...string) answer {
	a.t.Helper()
	request, err := http.NewRequest(http.MethodGet, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	return a.send(request, headers)
}

// submit sends a form, as a page of ours does unless headers say otherwise.
func (a *app) submit(path string, form url.Values, headers ...string) answer {
	a.t.Helper()
	request, err := http.NewRequest(http.MethodPost, a.url+a.prefix+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.send(request, headers)
}

// send sends a request with further headers.
func (a *app) send(request *http.Request, headers []string) answer {
	a.t.Helper()
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := a.browser.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer{response, string(body)}
}

// want fails the test unless the answer has this status, stands at this path, and its body holds all texts.
func (r answer) want(t *testing.T, status int, path string, texts ...string) {
	t.Helper()
	if r.StatusCode != status || r.Request.URL.Path != path {
		t.Fatalf("%d at %s, want %d at %s; body %s", r.StatusCode, r.Request.URL.Path, status, path, r.body)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("%s lacks %s in\n%s", path, text, r.body)
		}
	}
}

func TestLoginAndLogout(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	home := a.get("/")
	home.want(t, 200, "/", `data-testid="login" href="/auth/login?returnTo=/profile"`)
	if strings.Contains(home.body, "logout") {
		t.Error("somebody who is not signed in can log out")
	}

	profile := a.get("/auth/login?returnTo=/profile")
	profile.want(t, 200, "/profile", `data-testid="user-name">Ada Lovelace<`, `data-testid="user-email">ada@example.test<`,
		`data-testid="logout" href="/auth/logout"`, `>AL<`, "auth0|ada", "https://api.example.test", "read:messages", "Refresh token")
	if strings.Contains(profile.body, "eyJ") {
		t.Error("there is a token in the page")
	}
	a.get("/").want(t, 200, "/", "Hello, Ada.", `data-testid="logout"`)

	me := a.get("/api/me")
	me.want(t, 200, "/api/me")
	var claims map[string]any
	if err := json.Unmarshal([]byte(me.body), &claims); err != nil || claims["sub"] != "auth0|ada" || claims["name"] != "Ada Lovelace" {
		t.Errorf("%s, %v", me.body, err)
	}

	a.get("/auth/logout").want(t, 200, "", `data-testid="login"`) // the base URL, without a slash
	wantSignedOut(t, a)
}

func wantSignedOut(t *testing.T, a *app) {
	t.Helper()
	r := a.get("/api/me", "Accept", "application/json")
	r.want(t, 401, "/api/me")
	const want = `{"error":"unauthorized","error_description":"Please log in"}`
	if r.body != want || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s %s, want %s", r.Header.Get("Content-Type"), r.body, want)
	}
}

func TestProgramsWithoutSessionAreRefused(t *testing.T) {
	wantSignedOut(t, startApp(t, auth0test.Config{}, ""))
}

func TestProfileSendsToLoginAndBack(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "grace"}, "")
	r := a.get("/profile?from=afar")
	r.want(t, 200, "/profile", "Grace Hopper")
	if r.Request.URL.RawQuery != "from=afar" {
		t.Errorf("the query is %s", r.Request.URL.RawQuery)
	}
}

// What a claim holds is text, whoever wrote it.
func TestClaimsAreEscaped(t *testing.T) {
	const script = `<script>alert("it's me")</script>`
	long := strings.Repeat("x", 300)
	a := startApp(t, auth0test.Config{
		AutoApprove: "mallory",
		Users: []auth0test.User{{Name: "mallory", Email: "m@example.test", Claims: map[string]any{
			"name": script, "nickname": script, "picture": "javascript:alert(1)", script: script,
			"roles": []string{"a", "b"}, "nothing": nil, "long": long,
		}}},
	}, "")
	r := a.get("/profile")
	r.want(t, 200, "/profile", html.EscapeString(script), "[&#34;a&#34;,&#34;b&#34;]", "<td>null</td>", long)
	for _, bad := range []string{"<script>", `="javascript:`, "<img src=\"javascript"} {
		if strings.Contains(r.body, bad) {
			t.Errorf("the page holds %s:\n%s", bad, r.body)
		}
	}
}

func TestPagesBehindAPrefix(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "/app")
	a.get("/app/").want(t, 200, "/app/", `href="/app/auth/login?returnTo=%2fapp/profile"`, `href="/app/static/style.css?v=`)
	a.get("/app/auth/login?returnTo=%2fapp/profile").want(t, 200, "/app/profile", "Ada Lovelace", `href="/app/auth/logout"`)
}

func TestHeaders(t *testing.T) {
	a := startApp(t, auth0test.Config{}, "")
	for _, path := range []string{"/", "/nowhere", "/static/nothing.css"} {
		r := a.get(path)
		if status := map[bool]int{true: 200, false: 404}[path == "/"]; r.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, r.StatusCode, status)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Cache-Control":           "private, no-store",
			"Content-Type":            "text/html; charset=utf-8",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if strings.Count(r.body, "<script") != 1 || !strings.Contains(r.body, `<script src="/static/back.js?v=`) || strings.Contains(r.body, "style=") {
			t.Errorf("%s has scripts or styles in its markup", path)
		}
	}
}

func TestStaticFilesAreKept(t *testing.T) {
	a := startApp(t, auth0test.Config{}, "")
	for name, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml", "back.js": "text/javascript; charset=utf-8"} {
		address, err := asset(name)
		if err != nil {
			t.Fatal(err)
		}
		r := a.get(address)
		r.want(t, 200, "/static/"+name)
		if got := r.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" || r.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %s, %s", name, got, r.Header.Get("Content-Type"))
		}
		if strings.Contains(r.body, "//") && name == "style.css" {
			t.Error("the style sheet takes something from elsewhere")
		}
	}
}

func TestHealth(t *testing.T) {
	r := startApp(t, auth0test.Config{}, "").get("/healthz")
	r.want(t, 200, "/healthz", `{"status":"ok"}`)
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Lovelace": "AL", "ada": "A", "Ada Byron King": "AK", "élodie Ångström": "ÉÅ", "": "?", "  ": "?", "<b>": "B", "🙂": "?",
	} {
		if got := initials(&ginauth0.User{Name: name}); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAway(t *testing.T) {
	const half = 30 * time.Second // so that it does not matter how long the test takes
	for distance, want := range map[time.Duration]string{
		-72 * time.Hour: "3 days ago", -5*time.Minute + half: "5 min ago", -time.Second: "less than a minute ago",
		half: "in less than a minute", 59*time.Minute + half: "in 59 min", 24*time.Hour + half: "in 24 h", 72*time.Hour + half: "in 3 days",
	} {
		if got := away(time.Now().Add(distance)); got != want {
			t.Errorf("%s: %q, want %q", distance, got, want)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := strings.Cut(listener.Addr().String(), ":")
	return port
}
