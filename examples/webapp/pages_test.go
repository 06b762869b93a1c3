package main

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

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
