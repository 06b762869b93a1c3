package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestLinkOptionsAreJudgedFirst(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o)
	for name, test := range map[string]struct {
		target, parameter string
		options           ginauth0.LinkOptions
	}{
		"no connection to link":   {"/link", "requested_connection", ginauth0.LinkOptions{}},
		"no connection to unlink": {"/unlink", "requested_connection", ginauth0.LinkOptions{RequestedConnection: " "}},
		"scopes to unlink":        {"/unlink", "requested_connection_scope", ginauth0.LinkOptions{RequestedConnection: "github", RequestedConnectionScope: "repo"}},
		"a scope that is none":    {"/link", "requested_connection_scope", ginauth0.LinkOptions{RequestedConnection: "github", RequestedConnectionScope: `re"po`}},
		"an AppState too long":    {"/link", "", ginauth0.LinkOptions{RequestedConnection: "github", AppState: strings.Repeat("s", 1025)}},
	} {
		o.link = test.options
		r := b.get(test.target, asJSON)
		wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
		wantNoCookie(t, name, r)
		var refused *ginauth0.ParameterError
		if err := o.failed(); !errors.Is(err, ginauth0.ErrBadRequest) || errors.As(err, &refused) != (test.parameter != "") ||
			refused != nil && refused.Name != test.parameter {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, target := range []string{"/auth/connect", "/auth/unconnect", "/auth/connect?connection=a&connection=b", "/auth/unconnect?connection="} {
		wantError(t, b.get(target, asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
	}
	if got := a.tenant.LinkedConnections("ada"); len(got) != 0 {
		t.Errorf("linked %v", got)
	}
}

func TestLinkingNeedsASessionWithAnIDToken(t *testing.T) {
	t.Parallel()
	var o linkOptions
	o.link = ginauth0.LinkOptions{RequestedConnection: "github"}
	a, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) { c.Session.OmitIDToken = true }))
	stranger := a.browser(t)
	for _, target := range []string{"/link", "/unlink", "/auth/connect?connection=github", "/auth/unconnect?connection=github"} {
		r := stranger.get(target, asJSON)
		wantError(t, r, http.StatusUnauthorized, `{"error":"unauthorized","error_description":"Please log in"}`)
		wantNoCookie(t, target, r)
		if page := stranger.get(target); page.status != http.StatusUnauthorized || page.header.Get("Location") != "" {
			t.Errorf("%s: %d %v", target, page.status, page.header)
		}
		r = b.get(target, asJSON)
		wantError(t, r, http.StatusUnauthorized, `"error":"missing_id_token"`)
		wantNoCookie(t, target, r)
		if err := o.failed(); !errors.Is(err, ginauth0.ErrNoIDToken) && strings.HasSuffix(target, "link") {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestLinkAfterTheResponseStarted(t *testing.T) {
	t.Parallel()
	var o linkOptions
	_, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) { c.PAR = true }))
	o.link = ginauth0.LinkOptions{RequestedConnection: "github"}
	pushed := b.app.record(parPath)
	for _, target := range []string{"/link?late=1", "/unlink?late=1"} {
		if r := b.get(target); r.body != "begun" || !errors.Is(o.failed(), ginauth0.ErrResponseStarted) {
			t.Errorf("%s: %q, %v", target, r.body, o.failed())
		}
	}
	if got := len(pushed.all()); got != 0 {
		t.Errorf("%d requests were pushed", got)
	}
}

func TestLinkingThatIsNotEnabled(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) { c.Routes.EnableLinking = false }))
	o.link = ginauth0.LinkOptions{RequestedConnection: "github"}
	for _, target := range []string{"/link", "/unlink"} {
		wantError(t, b.get(target, asJSON), http.StatusInternalServerError, `"error":"server_error"`)
		if err := o.failed(); !errors.Is(err, ginauth0.ErrNotMounted) || !strings.Contains(err.Error(), "Config.Routes") {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, route := range []string{"/auth/connect", "/auth/connect/callback", "/auth/unconnect", "/auth/unconnect/callback"} {
		if r := a.browser(t).get(route); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", route, r.status)
		}
	}
}

// The tenant must name the same user, whoever signs in there.
func TestALinkThatEndsBadlyLeavesTheSession(t *testing.T) {
	t.Parallel()
	set := func(claim string, value any) func(_, claims map[string]any) {
		return func(_, claims map[string]any) { claims[claim] = value }
	}
	for name, test := range map[string]struct {
		edit   func(header, claims map[string]any)
		status int
		code   string
	}{
		"another subject":   {set("sub", "auth0|grace"), http.StatusUnauthorized, "invalid_id_token"},
		"a subject in caps": {set("sub", "AUTH0|ADA"), http.StatusUnauthorized, "invalid_id_token"},
		"another issuer":    {auth0test.WrongIssuer, http.StatusUnauthorized, "invalid_id_token"},
		"another nonce":     {auth0test.WrongNonce, http.StatusUnauthorized, "invalid_id_token"},
		"no nonce":          {set("nonce", nil), http.StatusUnauthorized, "invalid_id_token"},
		"another audience":  {auth0test.WrongAudience, http.StatusUnauthorized, "invalid_id_token"},
		"expired":           {auth0test.Expired, http.StatusUnauthorized, "invalid_id_token"},
	} {
		for _, start := range []string{"/auth/connect?connection=github", "/auth/unconnect?connection=github"} {
			var o linkOptions
			var told callbackEvents
			a, b := signedInLinking(t, &o, hearing(&told))
			before, token := shown[sessionPage](t, b.get("/session")), b.token("")
			told.take()
			back := b.toCallback(start)
			a.tenant.EditIDToken(test.edit)
			r := b.get(back, asJSON)
			wantError(t, r, test.status, `"error":"`+test.code+`"`)
			a.tenant.EditIDToken(nil)
			if after := shown[sessionPage](t, b.get("/session")); after != before {
				t.Errorf("%s: the session became %+v, was %+v", name, after, before)
			}
			if page := b.token(""); page.Token != token.Token {
				t.Errorf("%s: another token", name)
			}
			wantNoAttempt(t, name, b)
			if events, _ := told.take(); len(events) != 1 || !errors.Is(events[0].Err, ginauth0.ErrBadIDToken) || events[0].Session != nil {
				t.Errorf("%s: events %+v", name, events)
			}
		}
	}
}

func TestALinkThatTheTenantRefuses(t *testing.T) {
	t.Parallel()
	var o linkOptions
	var told callbackEvents
	a, b := signedInLinking(t, &o, hearing(&told))
	before := shown[sessionPage](t, b.get("/session"))
	told.take()
	for name, test := range map[string]struct {
		callback func() string
		fault    func(http.ResponseWriter, *http.Request, http.Handler)
		status   int
		code     string
	}{
		"cancelled": {
			func() string {
				u, err := url.Parse(b.toCallback("/auth/connect?connection=github"))
				if err != nil {
					t.Fatal(err)
				}
				return withParams(u, map[string]string{"code": "", "error": "access_denied"})
			}, nil, http.StatusForbidden, "access_denied",
		},
		"its code": {
			func() string { return b.toCallback("/auth/connect?connection=github") },
			answering(http.StatusBadRequest, `{"error":"invalid_grant"}`), http.StatusBadRequest, "login_failed",
		},
		"is down":     {func() string { return b.toCallback("/auth/connect?connection=github") }, auth0test.Down, http.StatusBadGateway, "upstream_error"},
		"no ID token": {func() string { return b.toCallback("/auth/connect?connection=github") }, answering(http.StatusOK, `{"access_token":"a","token_type":"Bearer"}`), http.StatusUnauthorized, "invalid_id_token"},
	} {
		callback := test.callback()
		if test.fault != nil {
			a.tenant.Break(tokenPath, test.fault)
		}
		wantError(t, b.get(callback, asJSON), test.status, `"error":"`+test.code+`"`)
		a.tenant.Heal(tokenPath)
		wantNoAttempt(t, name, b)
		if events, _ := told.take(); len(events) != 1 || events[0].Kind != "link" || events[0].Err == nil {
			t.Errorf("%s: events %+v", name, events)
		}
		if after := shown[sessionPage](t, b.get("/session")); after != before {
			t.Errorf("%s: the session became %+v, was %+v", name, after, before)
		}
	}
}

// An identity that an attacker holds must not end up with the user of a victim, nor the
// victim's with the attacker's.
func TestALinkOfAnotherSession(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, attacker := signedInLinking(t, &o)
	for _, start := range []string{"/auth/connect?connection=github", "/auth/unconnect?connection=github"} {
		a.tenant.SetAutoApprove("ada")
		back := attacker.toCallback(start)
		a.tenant.SetAutoApprove("grace")
		victim := a.browser(t)
		victim.login("/auth/login")
		before := shown[sessionPage](t, victim.get("/session"))
		for _, c := range attacker.attemptCookies() {
			victim.setCookies(&http.Cookie{Name: c.Name, Value: c.Value, Path: "/"})
		}
		redeemed := a.record(tokenPath)
		wantError(t, victim.get(back, asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
		stranger := a.browser(t)
		stranger.setCookies(attacker.attemptCookies()...)
		wantError(t, stranger.get(back, asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
		if got := len(redeemed.all()); got != 0 {
			t.Errorf("%s: the code was redeemed", start)
		}
		a.tenant.Heal(tokenPath)
		if after := shown[sessionPage](t, victim.get("/session")); after != before {
			t.Errorf("%s: the session became %+v", start, after)
		}
	}
}

// With a new login of the same person, too.
func TestALinkFromBeforeAnotherLogin(t *testing.T) {
	t.Parallel()
	var o linkOptions
	_, b := signedInLinking(t, &o)
	back := b.toCallback("/auth/connect?connection=github")
	b.login("/auth/login")
	wantError(t, b.get(back, asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}

// RFC 9207: whoever sends the browser back must be who was asked to link.
func TestALinkThatAnotherIssuerEnds(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o)
	for _, start := range []string{"/auth/connect?connection=github", "/auth/unconnect?connection=github"} {
		for _, iss := range []string{"", "https://evil.example/"} { // the tenant announces that it always says
			back, err := url.Parse(b.toCallback(start))
			if err != nil {
				t.Fatal(err)
			}
			before := a.tenant.Requests(tokenPath)
			wantError(t, b.get(withParams(back, map[string]string{"iss": iss}), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
			if a.tenant.Requests(tokenPath) != before {
				t.Errorf("%s, iss %q: the code went out", start, iss)
			}
		}
	}
}

// A link that leads back to where it began, or ends, would go around in circles.
func TestWhereALinkLeads(t *testing.T) {
	t.Parallel()
	var o linkOptions
	_, b := signedInLinking(t, &o)
	for _, own := range []string{"/auth/connect?connection=github", "/auth/connect/callback", "/auth/unconnect?connection=github", "/auth/unconnect/callback"} {
		back := b.toCallback("/auth/connect?connection=github&returnTo=" + url.QueryEscape(own))
		if got := b.get(back).header.Get("Location"); got != "/" {
			t.Errorf("%s: leads to %q", own, got)
		}
	}
}
