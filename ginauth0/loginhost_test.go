package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const anotherHost = "the login begins at another host than BaseURL; its cookie will not come back"

// Whoever opens 127.0.0.1 for localhost is told so at the login, and not by a callback that fails later.
func TestALoginThatBeginsAtAnotherHostIsInTheLog(t *testing.T) {
	t.Parallel()
	const base = "https://shop.example.test/app"
	long := strings.Repeat("a", 60) + ".example.test"
	for name, test := range map[string]struct {
		host  string
		shown string // as the host of the request in the log; empty: no line
	}{
		"the same":                     {"shop.example.test", ""},
		"in another case":              {"Shop.Example.TEST", ""},
		"with the default port":        {"shop.example.test:443", ""},
		"another port":                 {"shop.example.test:8443", ""}, // the cookie does come back: RFC 6265 section 8.5
		"another":                      {"127.0.0.1:3000", "127.0.0.1:3000"},
		"without www":                  {"www.shop.example.test", "www.shop.example.test"},
		"the beginning of it":          {"shop.example", "shop.example"},
		"longer than a log line bears": {long, long[:64]},
		"no host at all":               {"a b\n\"level=ERROR\u00e9", strconv.Quote(`"a b\n\"level=ERROR\u00e9"`)},
		"none":                         {"", strconv.Quote(`""`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, config(func(c *ginauth0.Config) { c.BaseURL = base }))
			request := httptest.NewRequest(http.MethodGet, "/auth/login", http.NoBody)
			request.Host = test.host
			request.Header.Set("X-Forwarded-Host", "elsewhere.example.test") // says nothing to anybody
			response := httptest.NewRecorder()
			a.server.Config.Handler.ServeHTTP(response, request)
			if response.Code != http.StatusFound || !strings.Contains(response.Header().Get("Location"), "shop.example.test%2Fapp%2Fauth%2Fcallback") {
				t.Errorf("%d to %s", response.Code, response.Header().Get("Location"))
			}
			var lines []string
			for line := range strings.Lines(a.log.String()) {
				if strings.Contains(line, anotherHost) {
					lines = append(lines, line)
				}
			}
			if test.shown == "" {
				if len(lines) != 0 {
					t.Errorf("log %q", lines)
				}
				return
			}
			if len(lines) != 1 || !strings.Contains(lines[0], "level=DEBUG") ||
				!strings.HasSuffix(lines[0], " host="+test.shown+" base_url_host=shop.example.test\n") {
				t.Errorf("log %q, want one line with %s", lines, test.shown)
			}
		})
	}
}

// With several base URLs the host has decided which one is meant, that of a trusted proxy too.
func TestALoginAtOneOfSeveralHostsIsNotInTheLog(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.ExtraBaseURLs, c.TrustedProxies = []string{"http://localhost:3000"}, []string{"127.0.0.1/32"}
	}))
	for _, headers := range [][]string{{"Host: localhost:3000"}, {"Host: internal:8080", "X-Forwarded-Host: localhost:3000"}} {
		if r := a.browser(t).get("/auth/login", headers...); r.status != http.StatusFound {
			t.Errorf("%q: %d", headers, r.status)
		}
	}
	if log := a.log.String(); strings.Contains(log, anotherHost) {
		t.Errorf("log %s", log)
	}
}
