package ginauth0_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Options that cannot be are refused before anybody is asked.
func TestConnectAccountOptionsAreJudgedFirst(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o)
	before := a.tenant.Requests(tokenPath)
	for name, test := range map[string]struct {
		options   ginauth0.ConnectAccountOptions
		parameter string
	}{
		"no connection":        {ginauth0.ConnectAccountOptions{}, "connection"},
		"a blank connection":   {ginauth0.ConnectAccountOptions{Connection: " \t"}, "connection"},
		"a scope with a space": {ginauth0.ConnectAccountOptions{Connection: "github", Scopes: []string{"repo user"}}, "scopes"},
		"an empty scope":       {ginauth0.ConnectAccountOptions{Connection: "github", Scopes: []string{""}}, "scopes"},
		"no JSON":              {ginauth0.ConnectAccountOptions{Connection: "github", AuthorizationParams: map[string]any{"f": func() {}}}, "authorization_params"},
		"an AppState too long": {ginauth0.ConnectAccountOptions{Connection: "github", AppState: strings.Repeat("s", 1025)}, ""},
	} {
		o.set(test.options)
		r := b.get("/start", asJSON)
		wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
		var refused *ginauth0.ParameterError
		if err := o.failed(); !errors.Is(err, ginauth0.ErrBadRequest) || errors.As(err, &refused) != (test.parameter != "") ||
			refused != nil && refused.Name != test.parameter {
			t.Errorf("%s: %v", name, err)
		}
		wantNoCookie(t, name, r)
		q.wantNone(t, name)
	}
	a.wantUses(t, before, 0)
}

func TestConnectNeedsASession(t *testing.T) {
	t.Parallel()
	var o options
	a := newApp(t, connectingAccounts(&o))
	q := watchAccounts(a)
	o.set(ginauth0.ConnectAccountOptions{Connection: "github"})
	stranger := a.browser(t)
	for _, target := range []string{"/start", connectRoute + "?connection=github"} {
		r := stranger.get(target, asJSON)
		wantError(t, r, http.StatusUnauthorized, `{"error":"unauthorized","error_description":"Please log in"}`)
		wantNoCookie(t, target, r)
		page := stranger.get(target)
		wantError(t, page, http.StatusUnauthorized, "Please log in")
		if page.header.Get("Location") != "" || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: a page request is answered %v", target, page.header)
		}
		wantNoCookie(t, target, page)
	}
	if err := o.failed(); !errors.Is(err, ginauth0.ErrNoSession) {
		t.Errorf("error %v", err)
	}
	q.wantNone(t, "a stranger")
}

// Without a refresh token there is no token for the API.
func TestConnectNeedsARefreshToken(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) { c.Scopes = nil }))
	r := b.get(connectRoute+"?connection=github", asJSON)
	wantError(t, r, http.StatusUnauthorized, `"error":"missing_refresh_token"`)
	wantNoCookie(t, "no refresh token", r)
	q.wantNone(t, "no refresh token")
}

func TestConnectAfterTheResponseStartedAsksNobody(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o)
	before := a.tenant.Requests(tokenPath)
	o.set(ginauth0.ConnectAccountOptions{Connection: "github"})
	if r := b.get("/start?late=1"); r.status != http.StatusOK || !errors.Is(o.failed(), ginauth0.ErrResponseStarted) {
		t.Errorf("%d, %v", r.status, o.failed())
	}
	a.wantUses(t, before, 0)
	q.wantNone(t, "too late")
}

func TestConnectWithoutACallbackIsNotMounted(t *testing.T) {
	t.Parallel()
	var o options
	a := newApp(t, connectingAccounts(&o), config(func(c *ginauth0.Config) {
		c.Routes.EnableConnectedAccounts = false
		c.Routes.Login, c.Routes.Callback = "-", "-"
	}))
	o.set(ginauth0.ConnectAccountOptions{Connection: "github"})
	wantError(t, a.browser(t).get("/start", asJSON), http.StatusInternalServerError, `"error":"server_error"`)
	if err := o.failed(); !errors.Is(err, ginauth0.ErrNotMounted) {
		t.Errorf("error %v", err)
	}
}
