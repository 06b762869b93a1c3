package ginauth0_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Whatever is wrong with the tenant's answer: the browser learns a code of ours, the
// session stays as it was, and once the tenant is well again so is everything.
func TestWhatTheBrowserLearnsWhenATokenIsNotToBeHad(t *testing.T) {
	t.Parallel()
	const (
		refused  = `{"error":"failed_to_refresh_token","error_description":"The access token could not be renewed. Please log in again."}`
		unusable = `{"error":"upstream_error","error_description":"The login service gave an unexpected answer."}`
		away     = `{"error":"temporarily_unavailable","error_description":"The login service is not available at the moment."}`
		setup    = `{"error":"configuration_error","error_description":"Logging in is not set up correctly."}`
		page     = "<!doctype html><title>" + tenantWords + "</title>"
		asked    = "application/json"
	)
	for name, test := range map[string]struct {
		fault  auth0test.Fault
		status int
		body   string
	}{
		"refused":                      {refusing(400, "invalid_request"), 401, refused},
		"refused for this person":      {refusing(403, "access_denied"), 401, refused},
		"with a code of no register":   {refusing(401, tenantWords), 401, refused},
		"client unknown":               {refusing(401, "invalid_client"), 500, setup},
		"client not allowed":           {refusing(403, "unauthorized_client"), 500, setup},
		"too many requests":            {refusing(429, "too_many_requests"), 503, away},
		"in trouble, with a code":      {refusing(500, "server_error"), 502, unusable},
		"in trouble, as if it refused": {refusing(503, "invalid_grant"), 502, unusable},
		"in trouble, wanting a factor": {answeringAs(asked, 500, `{"error":"mfa_required","mfa_token":"`+tenantWords+`"}`), 502, unusable},
		"in trouble, with a page":      {answeringAs("text/html", 502, page), 502, unusable},
		"refused with a page":          {answeringAs("text/html", 403, page), 502, unusable},
		"a page":                       {answeringAs("text/html", 200, page), 502, unusable},
		"a page that says it is JSON":  {answeringAs(asked, 200, page), 502, unusable},
		"nothing":                      {answeringAs(asked, 200, ""), 502, unusable},
		"a list":                       {answeringAs(asked, 200, `["`+tenantWords+`"]`), 502, unusable},
		"no token":                     {answeringAs(asked, 200, `{"token_type":"Bearer"}`), 502, unusable},
		"a token of spaces":            {answeringAs(asked, 200, `{"access_token":"  ","token_type":"Bearer"}`), 502, unusable},
		"a token twice":                {answeringAs(asked, 200, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`), 502, unusable},
		"a lifetime below zero":        {answeringAs(asked, 200, `{"access_token":"a","token_type":"Bearer","expires_in":-1}`), 502, unusable},
		"more than 1 MB":               {auth0test.Oversized(1<<20 + 1), 502, unusable},
		"a refusal of more than 1 MB":  {answeringAs(asked, 400, `{"error":"invalid_request","x":"`+strings.Repeat("x", 1<<20)+`"}`), 502, unusable},
		"sent elsewhere":               {auth0test.Redirect("http://127.0.0.1:1/"), 502, unusable},
		"a status of no use":           {answeringAs(asked, 204, ""), 502, unusable},
		"the connection breaks":        {connectionLost, 503, away},
	} {
		for path, operation := range map[string]string{"/auth/access-token": "refresh", "/fail": "connection"} {
			t.Run(operation+"/"+name, func(t *testing.T) {
				t.Parallel()
				a, b := signedInConnecting(t)
				a.clock.advance(59*time.Minute + 40*time.Second)
				b.get("/profile") // rolls, so that nothing else writes
				before := fmt.Sprint(b.sessionCookies())
				a.tenant.Break(tokenPath, test.fault)
				r := b.get(path, asJSON)
				if r.status != test.status || r.body != test.body || r.header.Get("Cache-Control") != "private, no-store" {
					t.Errorf("%d %s", r.status, r.body)
				}
				for _, values := range r.header {
					if strings.Contains(strings.Join(values, " "), "words") {
						t.Errorf("header %v", r.header)
					}
				}
				if strings.Contains(a.log.String(), "the words of the tenant") {
					t.Error("the tenant's words are in the log")
				}
				if got := fmt.Sprint(b.sessionCookies()); got != before {
					t.Error("the session has changed")
				}
				a.tenant.Heal(tokenPath)
				if r := b.get(path, asJSON); r.status != http.StatusOK {
					t.Errorf("afterwards: %d %s", r.status, r.body)
				}
			})
		}
	}
}

// A tenant that says nothing is waited for as long as HTTPTimeout says.
func TestAConnectionTokenOfATenantThatHangs(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 2 * time.Second }))
	a.tenant.Break(tokenPath, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
	if r := b.get("/fail", asJSON); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, `"error":"temporarily_unavailable"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	a.tenant.Heal(tokenPath)
	b.connection("?of=github")
}

// connectionErrors is an app whose page /errors keeps the error of the call.
func connectionErrors(options ginauth0.ConnectionTokenOptions, failure *error, before ...gin.HandlerFunc) func(*setup) {
	return func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/errors", append(before, func(c *gin.Context) { _, *failure = auth.TokenForConnection(c, options) })...)
		}
	}
}

var ofGitHub = ginauth0.ConnectionTokenOptions{Connection: "github"}

func TestTheErrorOfARefusedConnectionToken(t *testing.T) {
	t.Parallel()
	var failure error
	a, b := signedInConnecting(t, connectionErrors(ofGitHub, &failure))
	var refused *ginauth0.ProviderError
	a.tenant.Break(tokenPath, refusing(http.StatusUnauthorized, "federated_connection_refresh_token_not_found"))
	b.get("/errors")
	if !errors.As(failure, &refused) || refused.Op != "connection" || refused.Status != 401 || refused.Description != tenantWords ||
		refused.Code != "federated_connection_refresh_token_not_found" || strings.Contains(failure.Error(), "words") {
		t.Errorf("error %v, %+v", failure, refused)
	}
	a.tenant.Break(tokenPath, refusing(http.StatusTooManyRequests, "too_many_requests"))
	if b.get("/errors"); !errors.Is(failure, ginauth0.ErrUpstream) || !errors.As(failure, &refused) || refused.Status != 429 {
		t.Errorf("error %v", failure)
	}
}

// Somebody who has connected no such account is told so by the tenant itself.
func TestAConnectionWithoutAnAccount(t *testing.T) {
	t.Parallel()
	var failure error
	a, b := signedInConnecting(t, connectionErrors(ginauth0.ConnectionTokenOptions{Connection: "slack"}, &failure))
	b.get("/errors")
	var refused *ginauth0.ProviderError
	if !errors.As(failure, &refused) || refused.Code != "federated_connection_refresh_token_not_found" || refused.Status != 401 {
		t.Errorf("error %v", failure)
	}
	a.wantUses(t, 1, 1)
}

func TestABlankConnectionIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "\t\n"} {
		var failure error
		a, b := signedInConnecting(t, connectionErrors(ginauth0.ConnectionTokenOptions{Connection: name, LoginHint: "ada"}, &failure))
		b.get("/errors")
		var parameter *ginauth0.ParameterError
		if !errors.As(failure, &parameter) || parameter.Name != "connection" || !errors.Is(failure, ginauth0.ErrBadRequest) {
			t.Errorf("%q: error %v", name, failure)
		}
		a.wantUses(t, 1, 0)
	}
}

func TestNobodySignedInHasNoConnectionToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, connecting)
	if page := a.browser(t).connectionPage("?of=github"); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("%+v", page)
	}
	wantError(t, a.browser(t).get("/fail", asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
}

func TestAConnectionTokenNeedsARefreshToken(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t, config(func(c *ginauth0.Config) { c.Scopes = []string{"openid"} }))
	if page := b.connectionPage("?of=github"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
		t.Errorf("%+v", page)
	}
	wantError(t, b.get("/fail", asJSON), http.StatusUnauthorized, `"error":"missing_refresh_token"`)
	a.wantUses(t, 1, 0)
}

// One that is held serves without a refresh token, until it is over.
func TestAConnectionTokenOutlivesTheRefreshToken(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t, func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/revoke", func(c *gin.Context) {
				if err := auth.RevokeRefreshToken(c); err != nil {
					t.Error(err)
				}
			})
		}
	})
	first := b.connection("?of=github")
	b.get("/revoke")
	if page := b.connection("?of=github"); page.Token != first.Token || page.RefreshToken {
		t.Errorf("%+v", page)
	}
	if page := b.connectionPage("?of=github&force"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
		t.Errorf("%+v", page)
	}
	a.clock.advance(time.Hour)
	if page := b.connectionPage("?of=github"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
		t.Errorf("%+v", page)
	}
}

func TestTheCeilingPassedDuringTheRequest(t *testing.T) {
	t.Parallel()
	var failure error
	var a *app
	a = newApp(t, connecting, connectionErrors(ofGitHub, &failure, func(c *gin.Context) {
		a.auth.Session()(c)
		a.clock.advance(10 * time.Minute)
	}))
	end := a.clock.Now().Add(10 * time.Minute).Unix()
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = end })
	b := a.browser(t)
	b.login("/auth/login")
	if b.get("/errors"); !errors.Is(failure, ginauth0.ErrSessionExpired) {
		t.Errorf("error %v", failure)
	}
	a.wantUses(t, 1, 0)
}

// With a row the session can change when the response has started, and only then.
func TestAConnectionTokenAfterTheResponseStarted(t *testing.T) {
	t.Parallel()
	started := func(c *gin.Context) { c.Writer.WriteHeaderNow() }
	var failure error
	a, b := signedInConnecting(t, connectionErrors(ofGitHub, &failure, started))
	if b.get("/errors"); !errors.Is(failure, ginauth0.ErrResponseStarted) {
		t.Errorf("error %v", failure)
	}
	a.wantUses(t, 1, 0)
	b.connection("?of=github")
	if b.get("/errors"); failure != nil {
		t.Errorf("one that is there: %v", failure)
	}
	a, b = signedInConnecting(t, storedIn(newRowStore()), connectionErrors(ofGitHub, &failure, started))
	if b.get("/errors"); failure != nil {
		t.Errorf("with a row: %v", failure)
	}
	b.connection("?of=github")
	a.wantUses(t, 1, 1)
}

// Tokens and refusals of connections: nothing of them is in the log.
func TestConnectionTokensShowNoSecrets(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t)
	const secret = "the token of the provider"
	used := answeringConnections(a, http.StatusOK, map[string]any{"access_token": secret, "token_type": "Bearer", "expires_in": 3600})
	page := b.connection("?of=github&hint=ada@secret.test")
	used.set(func(url.Values) (int, map[string]any) {
		return http.StatusBadRequest, map[string]any{"error": tenantWords, "error_description": secret}
	})
	b.connectionPage("?of=github&hint=ada@secret.test&force")
	for _, text := range []string{page.Token, used.forms[0].Get("subject_token"), tenantWords, "ada@secret.test"} {
		if text == "" || strings.Contains(a.log.String(), text) {
			t.Errorf("%q is in the log", text)
		}
	}
}
