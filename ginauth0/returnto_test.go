package ginauth0_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestReturnTo(t *testing.T) {
	t.Parallel()
	const base = "https://app.example"
	for raw, want := range map[string]string{
		"/":                             "/",
		"/a?b=1#c":                      "/a?b=1#c",
		"/search?q=a%0Ab":               "/search?q=a%0Ab",
		"/x?path=C%3A%5Cy":              "/x?path=C%3A%5Cy",
		"/a%20b/%C3%A9":                 "/a%20b/%C3%A9",
		"/?a b=\"é\"":                   "/?a%20b=%22%C3%A9%22",
		"/é":                            "/%C3%A9",
		"/a:b":                          "/a:b",
		"/@evil.example":                "/@evil.example",
		"/?next=https://evil.example/":  "/?next=https://evil.example/",
		"https://app.example/a?b#c":     "/a?b#c",
		"https://APP.example:443/a":     "/a",
		"/authentic":                    "/authentic",
		"/auth":                         "/auth",
		"/a%2Fb":                        "/a%2Fb",
		"/..a/b..":                      "/..a/b..",
		"/" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
	} {
		if got, ok := ginauth0.ResolveReturnTo(raw, base, "/auth/login"); !ok || got != want {
			t.Errorf("%.60q resolves to %.60q, %v, want %.60q", raw, got, ok, want)
		}
	}
}

func TestReturnToRefusesOpenRedirectsAndLoops(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "a", "?a", "#a", ".", "..", "https://evil.example", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
		"\\\\evil.example", "/%5Cevil.example", "/%5cevil", "/%2Fevil.example", "//app.example/a", "/a%0Ab", "/a%0d%0aSet-Cookie:x", "/a\nb", "/a\x00", "/a\x7f",
		"/a?b\\c", "/a#\\", "http://app.example/a", "https://app.example:8443/a", "https://app.example.evil.example/", "https://app.example@evil.example/",
		"https://user@app.example/a", "https:app.example", "https:/app.example", "https:///app.example", "javascript:alert(1)", "data:text/html,x", "mailto:a@b",
		"https://app.example", "/../a", "/a/../b", "/a/..", "/./a", "/%2e%2e/a", "/a/%2E%2e%2Fb", "/a%2f..", "/%zz", "/a%", "https://[::1/", "https://evil.example\\@app.example/",
		"/auth/login", "/auth/login/", "/auth/login?x", "/auth//login", "/%61uth/login", "/auth%2Flogin", "/auth/callback", "/auth/logout", "/" + strings.Repeat("a", 2048),
		"\t/a", " /a", "/\t/evil.example", "/\u0085a", "/%C2%85a",
	} {
		if got, ok := ginauth0.ResolveReturnTo(raw, "https://app.example", "/auth/login", "/auth/callback", "/auth/logout"); ok {
			t.Errorf("%.60q resolves to %q", raw, got)
		}
	}
}

func TestReturnToStaysBelowTheBasePath(t *testing.T) {
	t.Parallel()
	const base = "http://localhost:3000/app"
	for raw, ok := range map[string]bool{
		"/app": true, "/app/": true, "/app/a": true, "http://localhost:3000/app/a": true, "/app?x": true,
		"/": false, "/a": false, "/application": false, "/app/auth/login": false, "/app%2F..%2Fa": false, "http://localhost/app": false,
	} {
		if got, accepted := ginauth0.ResolveReturnTo(raw, base, "/app/auth/login"); accepted != ok {
			t.Errorf("%q: %q, %v", raw, got, accepted)
		}
	}
}

// Whatever is accepted is a path of the application for a browser too: it
// resolves to the same origin, and resolving it again changes nothing.
func FuzzReturnTo(f *testing.F) {
	for _, seed := range []string{
		"/a?b=1#c", "https://app.example/a", "//evil.example", "/\\evil", "/%5Cevil.example", "/a/../b", "/%2e%2e/", "/a%0Ab", "/auth/login", "https://user@app.example/", "/é?é#é", "/;a=b", "/a%2fb", "/.//evil.example",
	} {
		f.Add(seed)
	}
	base, err := url.Parse("https://app.example/here")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, ok := ginauth0.ResolveReturnTo(raw, "https://app.example", "/auth/login")
		if !ok {
			return
		}
		if strings.ContainsAny(got, "\\\r\n\t\x00 ") || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Fatalf("%.200q resolves to %.200q", raw, got)
		}
		u, err := base.Parse(got)
		if err != nil || u.Scheme != "https" || u.Host != "app.example" || u.User != nil {
			t.Fatalf("%.200q resolves to %.200q, for a browser %v, %v", raw, got, u, err)
		}
		if strings.TrimSuffix(u.Path, "/") == "/auth/login" {
			t.Fatalf("%q resolves to the login route", raw)
		}
		if again, ok := ginauth0.ResolveReturnTo(got, "https://app.example", "/auth/login"); !ok || again != got {
			t.Fatalf("%.200q resolves to %.200q and then to %.200q, %v", raw, got, again, ok)
		}
	})
}
