package ginauth0_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

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
			"/weak": &ginauth0.StepUpError{},
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
		"/weak": { // a link to log in would ask the tenant for nothing more
			401, "A stronger or more recent login is needed.", "Please use another login, or go back to the start page.",
			[]string{start, "Log in as somebody else /auth/login?prompt=login&returnTo=%2Fweak"},
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

// A page of the program's own has the status that this package's would have.
func TestStatusOfIsThatOfTheAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"nothing":       {nil, 0, ""},
		"nobody":        {ginauth0.ErrNoSession, 401, "unauthorized"},
		"wrapped":       {fmt.Errorf("at the shop: %w", ginauth0.ErrStore), 503, "store_unavailable"},
		"a check":       {&ginauth0.CheckError{Err: ginauth0.ErrStore}, 403, "forbidden"},
		"the tenant's":  {&ginauth0.ProviderError{Code: "<script>", Op: "authorize"}, 400, "login_failed"},
		"somebody else": {errors.New("broken"), 500, "server_error"},
	} {
		if status, code := ginauth0.StatusOf(test.err); status != test.status || code != test.code {
			t.Errorf("%s: %d %q, want %d %q", name, status, code, test.status, test.code)
		}
	}
}
