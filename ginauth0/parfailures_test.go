package ginauth0_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Whatever goes wrong on the way: no attempt, nothing of the tenant's words, and the
// session of before as it was.
func TestPARFails(t *testing.T) {
	t.Parallel()
	const words = "<b>hunter2</b>"
	refusal := func(status int, code string) auth0test.Fault {
		return answering(status, `{"error":"`+code+`","error_description":"`+words+`"}`)
	}
	without := func(member string) func(map[string]any) {
		return func(d map[string]any) { delete(d, member) }
	}
	for name, test := range map[string]struct {
		fault    auth0test.Fault
		document func(map[string]any)
		status   int
		code     string
		is       error
		provider string // code of a *ProviderError
	}{
		"no endpoint":               {nil, without("pushed_authorization_request_endpoint"), 500, "configuration_error", ginauth0.ErrConfig, ""},
		"no authorization endpoint": {nil, without("authorization_endpoint"), 500, "configuration_error", ginauth0.ErrConfig, ""},
		"an endpoint elsewhere on http": {
			nil, func(d map[string]any) { d["pushed_authorization_request_endpoint"] = "http://evil.example/par" }, 500, "configuration_error", ginauth0.ErrConfig, "",
		},
		"refused":                        {refusal(400, "invalid_request"), nil, 400, "invalid_request", nil, "invalid_request"},
		"refused with a code of its own": {refusal(400, "hunter2"), nil, 400, "login_failed", nil, "hunter2"},
		"the details refused":            {refusal(400, "invalid_authorization_details"), nil, 400, "invalid_authorization_details", nil, "invalid_authorization_details"},
		"the client refused":             {refusal(401, "invalid_client"), nil, 500, "configuration_error", ginauth0.ErrConfig, "invalid_client"},
		"the client not allowed":         {refusal(403, "unauthorized_client"), nil, 500, "configuration_error", ginauth0.ErrConfig, "unauthorized_client"},
		"a nonce asked of nobody":        {refusal(400, "use_dpop_nonce"), nil, 400, "login_failed", nil, "use_dpop_nonce"},
		"too many requests":              {refusal(429, "too_many_requests"), nil, 503, "temporarily_unavailable", ginauth0.ErrUpstream, "too_many_requests"},
		"in trouble":                     {refusal(500, "invalid_request"), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"down":                           {auth0test.Down, nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"HTML":                           {auth0test.Garbage, nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"too much":                       {auth0test.Oversized(2 << 20), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"sent elsewhere":                 {auth0test.Redirect("https://evil.example/"), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"hangs":                          {auth0test.Hang, nil, 503, "temporarily_unavailable", ginauth0.ErrUpstream, ""},
		"hangs up":                       {func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, nil, 503, "temporarily_unavailable", ginauth0.ErrUpstream, ""},
		"no request_uri":                 {answering(201, `{"expires_in":30,"x":"`+words+`"}`), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"request_uri no text":            {answering(201, `{"request_uri":["urn:x:1"],"expires_in":30}`), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"broken JSON":                    {answering(201, `{"request_uri":"urn:x:1","x":"`+words), nil, 502, "upstream_error", ginauth0.ErrUpstream, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failed atomic.Pointer[error]
			a := newApp(t, withPAR, config(func(c *ginauth0.Config) {
				c.OnError = func(_ *gin.Context, err error) { failed.Store(&err) }
				if name == "hangs" {
					c.HTTPTimeout = 100 * time.Millisecond
				}
			}))
			a.tenant.EditDiscovery(test.document)
			b := a.browser(t)
			signedIn := test.document == nil && name != "hangs"
			if signedIn {
				b.login("/auth/login")
			}
			before := a.tenant.Requests(parPath)
			if test.fault != nil {
				a.tenant.Break(parPath, test.fault)
			}
			for _, accept := range []string{asJSON, "Accept: text/html"} {
				response := b.get("/auth/login?returnTo=/x", accept)
				if response.status != test.status || accept == asJSON && !strings.Contains(response.body, `"error":"`+test.code+`"`) {
					t.Errorf("%d %s, want %d %s", response.status, response.body, test.status, test.code)
				}
				if strings.Contains(response.body, "hunter2") || strings.Contains(response.body, a.tenant.URL()) {
					t.Errorf("the tenant's words: %s", response.body)
				}
				if lines := response.header.Values("Set-Cookie"); len(lines) != 0 || response.header.Get("Location") != "" {
					t.Errorf("sets %q, leads to %q", lines, response.header.Get("Location"))
				}
			}
			if sent := a.tenant.Requests(parPath) - before; test.fault != nil && sent != 2 || test.fault == nil && sent != 0 {
				t.Errorf("%d requests for two logins", sent)
			}
			err := *failed.Load()
			var provider *ginauth0.ProviderError
			isProvider := errors.As(err, &provider)
			if test.is != nil && !errors.Is(err, test.is) || isProvider != (test.provider != "") {
				t.Fatalf("error %v", err)
			}
			if isProvider && (provider.Op != "par" || provider.Code != test.provider || provider.Description != words || provider.Status < 400) {
				t.Errorf("provider error %+v", provider)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(a.log.String(), "hunter2") {
				t.Errorf("the tenant's words are in %v, or in the log", err)
			}
			if b.signedIn() != signedIn || len(b.attemptCookies()) != 0 {
				t.Errorf("signed in %v, want %v; %d attempts", b.signedIn(), signedIn, len(b.attemptCookies()))
			}
		})
	}
}

// Nothing is pushed for what a browser asks for on suspicion, or while the tenant cannot
// even say where to.
func TestPARPushesNothingInVain(t *testing.T) {
	t.Parallel()
	a := newApp(t, withPAR)
	b := a.browser(t)
	for _, header := range []string{"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch"} {
		if r := b.get("/auth/login", header); r.status != http.StatusNoContent || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %d %v", header, r.status, r.header)
		}
	}
	wantError(t, b.get("/auth/login?max_age=abc", asJSON), http.StatusBadRequest, "invalid_request")
	wantError(t, b.get("/auth/login?organization=", asJSON), http.StatusBadRequest, "invalid_request")
	a.tenant.Break("/.well-known/openid-configuration", auth0test.Down)
	wantError(t, b.get("/auth/login", asJSON), http.StatusServiceUnavailable, "temporarily_unavailable")
	if got := a.tenant.Requests(parPath); got != 0 || len(b.attemptCookies()) != 0 {
		t.Errorf("%d requests, %d attempts", got, len(b.attemptCookies()))
	}
}

// A program that starts a login itself gets the error and may answer what it likes.
func TestLoginWithPARWritesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	a := newApp(t, withPAR, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/custom", func(c *gin.Context) {
				err := auth.Login(c, ginauth0.LoginOptions{})
				var provider *ginauth0.ProviderError
				if !errors.As(err, &provider) || provider.Op != "par" || provider.Code != "invalid_request" || provider.Status != http.StatusBadRequest {
					t.Errorf("error %v", err)
				}
				if c.Writer.Written() || c.IsAborted() || len(c.Writer.Header()) != 0 {
					t.Errorf("written: %v", c.Writer.Header())
				}
				c.String(http.StatusTeapot, "tea")
			})
		}
	})
	a.tenant.Break(parPath, answering(http.StatusBadRequest, `{"error":"invalid_request"}`))
	if r := a.browser(t).get("/custom"); r.status != http.StatusTeapot || r.body != "tea" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
}
