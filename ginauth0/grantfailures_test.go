package ginauth0_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// upstream is a text of the tenant that nobody else may see.
const upstream = "UPSTREAM-TEXT"

// grantFailures are the ways in which an endpoint fails, and what they come to.
func grantFailures() map[string]grantFailure {
	says := func(status int, code string) auth0test.Fault {
		return saying(status, map[string]any{"error": code, "error_description": upstream})
	}
	page := func(status int) auth0test.Fault {
		return answeringAs("text/html", status, "<title>"+upstream+"</title>")
	}
	return map[string]grantFailure{
		"invalid_grant":        {says(403, "invalid_grant"), 400, "login_failed", nil, "invalid_grant"},
		"a code of its own":    {says(400, upstream), 400, "login_failed", nil, upstream},
		"invalid_client":       {says(401, "invalid_client"), 500, "configuration_error", ginauth0.ErrConfig, "invalid_client"},
		"unauthorized_client":  {says(403, "unauthorized_client"), 500, "configuration_error", ginauth0.ErrConfig, "unauthorized_client"},
		"too many requests":    {says(429, "too_many_requests"), 503, "temporarily_unavailable", ginauth0.ErrUpstream, "too_many_requests"},
		"trouble in JSON":      {says(500, "invalid_grant"), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"trouble in HTML":      {page(503), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"a refusal in HTML":    {page(403), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"HTML as success":      {page(200), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"an empty object":      {saying(200, map[string]any{}), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"more than 1 MiB":      {auth0test.Oversized(1<<20 + 1), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"another status of OK": {saying(202, map[string]any{"access_token": upstream, "token_type": "Bearer"}), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"a redirect":           {auth0test.Redirect("/elsewhere"), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"hangs up":             {func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, 503, "temporarily_unavailable", ginauth0.ErrUpstream, ""},
	}
}

type grantFailure struct {
	fault    auth0test.Fault
	status   int
	code     string
	is       error  // nil: a *ProviderError alone
	provider string // Code of the *ProviderError, empty if there is none
}

// check judges an error and what Fail makes of it.
func (f grantFailure) check(t testing.TB, what, op string, auth *ginauth0.Auth, err error) {
	t.Helper()
	if f.is != nil && !errors.Is(err, f.is) || err == nil {
		t.Errorf("%s: error %v, want %v", what, err, f.is)
		return
	}
	var refused *ginauth0.ProviderError
	if found := errors.As(err, &refused); found != (f.provider != "") || found && (refused.Code != f.provider || refused.Op != op) {
		t.Errorf("%s: error %v with %+v, want code %q", what, err, refused, f.provider)
	}
	if strings.Contains(err.Error(), upstream) {
		t.Errorf("%s: the error quotes the tenant: %v", what, err)
	}
	status, body := failed(auth, err)
	if status != f.status || !strings.Contains(body, `"error":"`+f.code+`"`) || strings.Contains(body, upstream) {
		t.Errorf("%s: answer %d %s, want %d %s", what, status, body, f.status, f.code)
	}
}

// failed is the answer to an error.
func failed(auth *ginauth0.Auth, err error) (status int, body string) {
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
	auth.Fail(c, err)
	return w.Code, w.Body.String()
}

// wantNowhere checks that texts are not in the log.
func (a *app) wantNowhere(t testing.TB, secrets ...string) {
	t.Helper()
	log := a.log.String()
	for _, secret := range secrets {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("%q is in the log: %s", secret, log)
		}
	}
}

// wantParameter checks the error of a call that refused an argument.
func wantParameter(t testing.TB, what string, err error, name string) {
	t.Helper()
	var refused *ginauth0.ParameterError
	if !errors.As(err, &refused) || refused.Name != name || !errors.Is(err, ginauth0.ErrBadRequest) || refused.Reason == "" {
		t.Errorf("%s: error %v, want a *ParameterError of %q", what, err, name)
	}
}
