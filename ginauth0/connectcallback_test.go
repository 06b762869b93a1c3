package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// toConnectCallback starts to connect an account and goes through the tenant, up to but
// not including the callback.
func (b *browser) toConnectCallback() *url.URL {
	b.t.Helper()
	return b.returned(b.get(connectRoute + "?connection=github&returnTo=/files").location(b.t))
}

// withParams is an address with other parameters; an empty one is left out.
func withParams(u *url.URL, changes map[string]string) string {
	query := u.Query()
	for name, value := range changes {
		query.Set(name, value)
		if value == "" {
			query.Del(name)
		}
	}
	changed := *u
	changed.RawQuery = query.Encode()
	return changed.String()
}

// An account that somebody else began to connect must not end up in this session: its
// owner would act through the account of another.
func TestAnAccountIsNotConnectedToAnotherSession(t *testing.T) {
	t.Parallel()
	var o options
	var told callbackEvents
	a, attacker, q := signedInToConnect(t, &o, hearing(&told))
	back := attacker.toConnectCallback()
	q.take()
	a.tenant.SetAutoApprove("grace")
	victim := a.browser(t)
	victim.login("/auth/login")
	// The attempt's cookie is in the jar of the one who began; a sibling site may plant it.
	victim.setCookies(attacker.attemptCookies()...)
	told.take()
	r := victim.get(back.String(), asJSON)
	wantError(t, r, http.StatusBadRequest, `"error":"invalid_callback"`)
	q.wantNone(t, "another person")
	if events, _ := told.take(); len(events) != 1 || events[0].Kind != "connect" || !errors.Is(events[0].Err, ginauth0.ErrBadCallback) ||
		events[0].ConnectedAccount != nil || events[0].Session != nil {
		t.Errorf("events %+v", events)
	}
	if got := victim.get("/").body; got != "hello Grace Hopper" {
		t.Errorf("the session of the other became %q", got)
	}
	if len(victim.attemptCookies()) != 0 {
		t.Error("the attempt can be tried again")
	}
}

// The same person, but after another login: what was started before does not count.
func TestAnAccountIsNotConnectedAfterAnotherLogin(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o)
	back := b.toConnectCallback()
	q.take()
	b.login("/auth/login")
	wantError(t, b.get(back.String(), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
	q.wantNone(t, "another login")
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}

func TestAnAccountIsNotConnectedWithoutASession(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*app, *browser){
		"logged out": func(_ *app, b *browser) {
			kept := b.attemptCookies()
			b.get("/auth/logout")
			b.setCookies(kept...) // as if the tab had been on its way
		},
		"expired": func(a *app, b *browser) {
			kept := b.attemptCookies()
			a.clock.advance(59 * time.Minute)
			b.setCookies(kept...)
		},
	} {
		var o options
		var told callbackEvents
		a, b, q := signedInToConnect(t, &o, hearing(&told), config(func(c *ginauth0.Config) { c.Session.Inactivity = 30 * time.Minute }))
		back := b.toConnectCallback()
		q.take()
		leave(a, b)
		told.take()
		wantError(t, b.get(back.String(), asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
		q.wantNone(t, name)
		if events, _ := told.take(); len(events) != 1 || !errors.Is(events[0].Err, ginauth0.ErrNoSession) {
			t.Errorf("%s: events %+v", name, events)
		}
		if len(b.attemptCookies()) != 0 {
			t.Errorf("%s: the attempt can be tried again", name)
		}
	}
}

// Each kind of attempt has a code of its own, and a response with both is of none.
func TestTheCodeMustBeOfTheKind(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o)
	for name, test := range map[string]struct {
		login   bool
		changes map[string]string
	}{
		"a code for an account":             {false, map[string]string{"code": "c", "connect_code": ""}},
		"both for an account":               {false, map[string]string{"code": "c"}},
		"none for an account":               {false, map[string]string{"connect_code": ""}},
		"the code of an account to sign in": {true, map[string]string{"connect_code": "c", "code": ""}},
		"both to sign in":                   {true, map[string]string{"connect_code": "c"}},
	} {
		back := b.toConnectCallback()
		if test.login {
			var err error
			if back, err = url.Parse(b.toCallback("/auth/login")); err != nil {
				t.Fatal(err)
			}
		}
		q.take()
		before := a.tenant.Requests(tokenPath)
		wantError(t, b.get(withParams(back, test.changes), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
		q.wantNone(t, name)
		a.wantUses(t, before, 0)
		if !b.signedIn() {
			t.Errorf("%s: the session is gone", name)
		}
		// It is over: the right response comes too late, and with a session that is no error.
		if r := b.get(back.String()); r.header.Get("Location") != "/" {
			t.Errorf("%s: again: %d %v", name, r.status, r.header)
		}
		q.wantNone(t, name)
	}
}

func TestARepeatedConnectCodeIsRefused(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o)
	back := b.toConnectCallback()
	q.take()
	wantError(t, b.get(back.String()+"&connect_code=other", asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
	q.wantNone(t, "twice")
	if len(b.attemptCookies()) != 1 {
		t.Error("the attempt is gone")
	}
	if r := b.get(back.String()); r.header.Get("Location") != "/files" {
		t.Errorf("afterwards %d %v", r.status, r.header)
	}
}

// RFC 9207 is about authorization endpoints, and this response comes from none.
func TestTheIssuerOfAConnectedAccount(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o)
	if r := b.get(withParams(b.toConnectCallback(), map[string]string{"iss": ""})); r.header.Get("Location") != "/files" {
		t.Errorf("without iss: %d %s", r.status, r.body)
	}
	back := b.toConnectCallback()
	q.take()
	wantError(t, b.get(withParams(back, map[string]string{"iss": "https://evil.example/"}), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
	q.wantNone(t, "another issuer")
}

func TestAPersonWhoDoesNotConnectAfterAll(t *testing.T) {
	t.Parallel()
	var o options
	var told callbackEvents
	_, b, q := signedInToConnect(t, &o, hearing(&told))
	back := b.toConnectCallback()
	q.take()
	told.take()
	cancelled := withParams(back, map[string]string{"connect_code": "", "error": "access_denied", "error_description": "<b>no</b>"})
	r := b.get(cancelled)
	wantError(t, r, http.StatusForbidden, "access_denied")
	if strings.Contains(r.body, "<b>") {
		t.Errorf("the tenant's words are on the page: %s", r.body)
	}
	q.wantNone(t, "cancelled")
	events, _ := told.take()
	var provider *ginauth0.ProviderError
	if len(events) != 1 || events[0].Kind != "connect" || !errors.As(events[0].Err, &provider) ||
		provider.Code != "access_denied" || provider.Description != "<b>no</b>" {
		t.Errorf("events %+v", events)
	}
	if len(b.attemptCookies()) != 0 || !b.signedIn() {
		t.Error("the attempt is still there, or the session is not")
	}
}

func TestAccountsAreConnectedInTwoTabs(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		var o options
		_, b, q := signedInToConnect(t, &o)
		tabs := [2]*url.URL{
			b.returned(b.get(connectRoute + "?connection=github&returnTo=/first").location(t)),
			b.returned(b.get(connectRoute + "?connection=google-oauth2&returnTo=/second").location(t)),
		}
		want := [2]string{"/first", "/second"}
		q.take()
		for _, i := range order {
			if got := b.get(tabs[i].String()).header.Get("Location"); got != want[i] {
				t.Errorf("tab %d leads to %q", i, got)
			}
		}
		if got := len(q.take()); got != 2 || len(b.attemptCookies()) != 0 {
			t.Errorf("%d calls, attempts %v", got, b.attemptCookies())
		}
	}
}

// A login in another tab does not end the attempt of the first one by itself, and the
// other way round.
func TestALoginAndAConnectionInTwoTabs(t *testing.T) {
	t.Parallel()
	var o options
	_, b, _ := signedInToConnect(t, &o)
	login := b.toCallback("/auth/login?returnTo=/in")
	if r := b.get(b.toConnectCallback().String()); r.header.Get("Location") != "/files" {
		t.Fatalf("the account: %d %s", r.status, r.body)
	}
	if got := b.get(login).header.Get("Location"); got != "/in" {
		t.Errorf("the login leads to %q", got)
	}
}

func TestOnCallbackLeadsElsewhereAfterAnAccount(t *testing.T) {
	t.Parallel()
	var o options
	var told callbackEvents
	_, b, _ := signedInToConnect(t, &o, func(s *setup) {
		routes := s.routes
		withOnCallback(&told, func(_ *gin.Context, e ginauth0.CallbackEvent) string {
			if e.Kind == "connect" && e.Err == nil {
				return "/connected/" + e.ConnectedAccount.Connection
			}
			return ""
		})(s)
		s.routes = routes
	})
	if got := b.get(b.toConnectCallback().String()).header.Get("Location"); got != "/connected/github" {
		t.Errorf("leads to %q", got)
	}
}

// A route of one kind does not end what another one began.
func TestAnAttemptEndsAtItsOwnRoute(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) {
		c.Routes.EnableConnectedAccounts, c.Routes.EnableLinking = false, true
	}))
	o.set(ginauth0.ConnectAccountOptions{Connection: "github"})
	start := map[string]string{
		"/auth/callback": "/auth/login", "/auth/connect/callback": connectRoute + "?connection=github",
		"/auth/unconnect/callback": "/auth/unconnect?connection=github",
	}
	for own, from := range start {
		for other := range start {
			if other == own {
				continue
			}
			u, err := url.Parse(b.toCallback(from))
			if err != nil || u.Path != own {
				t.Fatalf("%s leads to %s", from, u)
			}
			u.Path = other
			before := a.tenant.Requests(tokenPath)
			wantError(t, b.get(u.String(), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
			a.wantUses(t, before, 0)
			if len(b.attemptCookies()) != 0 {
				t.Errorf("%s at %s: the attempt can be tried again", own, other)
			}
		}
	}
	for _, other := range []string{"/auth/connect/callback", "/auth/unconnect/callback"} {
		u := b.returned(b.get("/start").location(t))
		u.Path = other
		q.take()
		wantError(t, b.get(u.String(), asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
		q.wantNone(t, other)
	}
	if got := a.tenant.LinkedConnections("ada"); len(got) > 1 || !b.signedIn() {
		t.Errorf("linked %v", got)
	}
}
