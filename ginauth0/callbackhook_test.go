package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// callbackEvents keeps what OnCallback and OnError were told.
type callbackEvents struct {
	mu     sync.Mutex
	events []ginauth0.CallbackEvent
	errs   []error
}

func (e *callbackEvents) take() ([]ginauth0.CallbackEvent, []error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	events, errs := e.events, e.errs
	e.events, e.errs = nil, nil
	return events, errs
}

// withOnCallback adds the hook, and a page /start that logs in with AppState.
func withOnCallback(told *callbackEvents, hook func(*gin.Context, ginauth0.CallbackEvent) string) func(*setup) {
	return func(s *setup) {
		s.config.OnCallback = func(c *gin.Context, e ginauth0.CallbackEvent) string {
			told.mu.Lock()
			told.events = append(told.events, e)
			told.mu.Unlock()
			return hook(c, e)
		}
		s.config.OnError = func(_ *gin.Context, err error) {
			told.mu.Lock()
			defer told.mu.Unlock()
			told.errs = append(told.errs, err)
		}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/start", func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{AppState: c.Query("state"), ReturnTo: c.Query("to")}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	}
}

func nowhere(*gin.Context, ginauth0.CallbackEvent) string { return "" }

func TestOnCallbackSeesTheNewSession(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	a := newApp(t, withOnCallback(&told, func(c *gin.Context, e ginauth0.CallbackEvent) string {
		session, ok := ginauth0.SessionFrom(c)
		user, signedIn := ginauth0.UserFrom(c)
		if !ok || !signedIn || session.CreatedAt() != e.Session.CreatedAt() || user.Subject != e.Session.User().Subject {
			t.Error("the session is not in the context")
		}
		return ""
	}))
	b := a.browser(t)
	if got := b.login("/start?state=cart-7&to=/cart").header.Get("Location"); got != "/cart" {
		t.Errorf("leads to %q", got)
	}
	events, errs := told.take()
	if len(events) != 1 || len(errs) != 0 {
		t.Fatalf("events %v, errors %v", events, errs)
	}
	if e := events[0]; e.Kind != "login" || e.AppState != "cart-7" || e.Err != nil || e.Session.User().Subject != "auth0|ada" {
		t.Errorf("event %+v", e)
	}
	if !b.signedIn() {
		t.Error("not signed in")
	}
	if strings.Contains(a.log.String(), "cart") {
		t.Errorf("the log holds what the program keeps: %s", a.log)
	}
	b.login("/auth/login")
	if events, _ = told.take(); len(events) != 1 || events[0].AppState != "" {
		t.Errorf("without AppState: %+v", events)
	}
}

func TestOnCallbackSendsTheBrowserElsewhere(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	const target = "https://shop.example/welcome?a=b#c" // the program's own choice: not checked
	a := newApp(t, withOnCallback(&told, func(*gin.Context, ginauth0.CallbackEvent) string { return target }))
	b := a.browser(t)
	if r := b.login("/auth/login"); r.header.Get("Location") != target || r.header.Get("Cache-Control") != "private, no-store" || !b.signedIn() {
		t.Errorf("leads to %q, %v", r.header.Get("Location"), r.header)
	}
	a.tenant.EditIDToken(auth0test.WrongNonce)
	stranger := a.browser(t)
	r := stranger.get(stranger.toCallback("/start?state=x"))
	if r.status != http.StatusFound || r.header.Get("Location") != target || len(stranger.sessionCookies()) != 0 || len(stranger.attemptCookies()) != 0 {
		t.Errorf("after a failure: %d %v", r.status, r.header)
	}
	// What the program has answered itself is no answer of ours, and still in the log.
	if _, errs := told.take(); len(errs) != 0 || !strings.Contains(a.log.String(), "error=invalid_id_token") {
		t.Errorf("OnError saw %v; log %s", errs, a.log)
	}
}

func TestOnCallbackWritesTheAnswer(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	followed := false
	a := newApp(t, withOnCallback(&told, func(c *gin.Context, e ginauth0.CallbackEvent) string {
		if e.Err != nil {
			c.String(http.StatusTeapot, "failed: %v", errors.Is(e.Err, ginauth0.ErrBadIDToken))
		} else {
			c.String(http.StatusOK, "welcome %s", e.Session.User().Name)
		}
		return "/ignored"
	}), func(s *setup) {
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) {
				c.Next()
				followed = followed || c.FullPath() == "/auth/callback" && !c.IsAborted()
			})
		}
	})
	b := a.browser(t)
	r := b.get(b.toCallback("/auth/login"))
	if r.status != http.StatusOK || r.body != "welcome Ada Lovelace" || r.header.Get("Location") != "" || r.header.Get("Cache-Control") != "private, no-store" || !b.signedIn() {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	a.tenant.EditIDToken(auth0test.WrongNonce)
	stranger := a.browser(t)
	r = stranger.get(stranger.toCallback("/auth/login"))
	if r.status != http.StatusTeapot || r.body != "failed: true" || r.header.Get("Cache-Control") != "private, no-store" || len(stranger.attemptCookies()) != 0 {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	if followed {
		t.Error("the chain was not aborted")
	}
}

func TestOnCallbackSeesFailures(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	a := newApp(t, withOnCallback(&told, nowhere))
	change := func(callback string, edit func(url.Values)) string {
		u, err := url.Parse(callback)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		edit(q)
		return "/auth/callback?" + q.Encode()
	}
	b := a.browser(t)
	var provider *ginauth0.ProviderError
	for name, test := range map[string]struct {
		edit        func(url.Values)
		outage      auth0test.Fault
		status      int
		is          func(error) bool
		kind, state string
	}{
		"no state":       {func(q url.Values) { q.Del("state") }, nil, 400, func(err error) bool { return errors.Is(err, ginauth0.ErrBadCallback) }, "", ""},
		"two states":     {func(q url.Values) { q.Add("state", "x") }, nil, 400, func(err error) bool { return errors.Is(err, ginauth0.ErrBadRequest) }, "", ""},
		"unknown state":  {func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) }, nil, 400, func(err error) bool { return errors.Is(err, ginauth0.ErrBadCallback) }, "", ""},
		"no code":        {func(q url.Values) { q.Del("code") }, nil, 400, func(err error) bool { return errors.Is(err, ginauth0.ErrBadCallback) }, "login", "s"},
		"another issuer": {func(q url.Values) { q.Set("iss", "https://evil.example/") }, nil, 400, func(err error) bool { return errors.Is(err, ginauth0.ErrBadCallback) }, "login", "s"},
		"denied": {func(q url.Values) { q.Set("error", "access_denied") }, nil, 403, func(err error) bool {
			return errors.As(err, &provider) && provider.Code == "access_denied" && provider.Op == "authorize"
		}, "login", "s"},
		"a code that is none": {func(q url.Values) { q.Set("code", "guessed") }, nil, 400, func(err error) bool {
			return errors.As(err, &provider) && provider.Code == "invalid_grant" && provider.Op == "code"
		}, "login", "s"},
		"a tenant that is down": {func(url.Values) {}, auth0test.Down, 502, func(err error) bool { return errors.Is(err, ginauth0.ErrUpstream) }, "login", "s"},
	} {
		callback := change(b.toCallback("/start?state=s"), test.edit)
		if test.outage != nil {
			a.tenant.Break("/oauth/token", test.outage)
		}
		r := b.get(callback, asJSON)
		a.tenant.Heal("*")
		events, errs := told.take()
		if r.status != test.status || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if len(events) != 1 || len(errs) != 1 || !test.is(events[0].Err) || !test.is(errs[0]) {
			t.Errorf("%s: events %+v, errors %v", name, events, errs)
			continue
		}
		if e := events[0]; e.Kind != test.kind || e.AppState != test.state || e.Session != nil {
			t.Errorf("%s: event %+v", name, e)
		}
	}
	if len(b.sessionCookies()) != 0 {
		t.Error("a session was left")
	}
}

func TestOnCallbackIsNotToldWhereNothingEnded(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	a := newApp(t, withOnCallback(&told, nowhere))
	a.tenant.SetAutoApprove("")
	b := a.browser(t)
	if r := b.get(b.toCallback("/auth/login?prompt=none&returnTo=/here")); r.status != http.StatusFound || r.header.Get("Location") != "/here" {
		t.Errorf("a silent login: %d %v", r.status, r.header)
	}
	if events, errs := told.take(); len(events)+len(errs) != 0 {
		t.Errorf("a silent login: %v %v", events, errs)
	}
	a.tenant.SetAutoApprove("ada")
	callback := b.toCallback("/auth/login")
	b.get(callback)
	told.take()
	if r := b.get(callback); r.status != http.StatusFound {
		t.Errorf("a second click: %d", r.status)
	}
	if events, errs := told.take(); len(events)+len(errs) != 0 {
		t.Errorf("a second click: %v %v", events, errs)
	}
}

// The program looks at who came, and does not want them.
func TestOnCallbackMayLogOutAgain(t *testing.T) {
	t.Parallel()
	var auth *ginauth0.Auth
	var told callbackEvents
	a := newApp(t, withOnCallback(&told, func(c *gin.Context, _ ginauth0.CallbackEvent) string {
		if err := auth.Logout(c, ginauth0.LogoutOptions{}); err != nil {
			auth.Fail(c, err)
		}
		return ""
	}))
	auth = a.auth
	b := a.browser(t)
	r := b.get(b.toCallback("/auth/login"))
	if r.status != http.StatusFound || r.location(t).Path != "/oidc/logout" || !r.location(t).Query().Has("id_token_hint") {
		t.Errorf("%d to %s", r.status, r.header.Get("Location"))
	}
	wantOneLinePerName(t, r)
	if len(b.sessionCookies()) != 0 || b.signedIn() {
		t.Error("still signed in")
	}
}

func TestAppStateOfEveryKindComesBack(t *testing.T) {
	t.Parallel()
	var told callbackEvents
	a := newApp(t, withOnCallback(&told, nowhere))
	for name, state := range map[string]string{
		"JSON":       `{"cart":[1,2],"to":"<a&b>"}`,
		"no UTF-8":   "\xff\x00\xfe",
		"1024 bytes": strings.Repeat("<", 1024),
	} {
		b := a.browser(t)
		start := b.get("/start?state=" + url.QueryEscape(state))
		if strings.Contains(start.header.Get("Location"), "cart") || strings.Contains(strings.Join(start.header.Values("Set-Cookie"), ""), "cart") {
			t.Errorf("%s: it can be seen on the way", name)
		}
		b.login("/start?state=" + url.QueryEscape(state))
		if events, _ := told.take(); len(events) != 1 || events[0].AppState != state {
			t.Errorf("%s: came back as %+v", name, events)
		}
	}
	b := a.browser(t)
	r := b.get("/start?state="+strings.Repeat("s", 1025), asJSON)
	wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
	if len(b.attemptCookies()) != 0 {
		t.Error("1025 bytes: an attempt was started")
	}
}
