package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// brittleStore is a store of another kind than ours, whose parts fail when told to.
type brittleStore struct {
	sessions.Store

	noReading, noWriting atomic.Bool
}

var errBrittle = errors.New("the store is down")

func newBrittleStore(t testing.TB) *brittleStore {
	t.Helper()
	store, err := ginauth0.NewCookieStore(secret2)
	if err != nil {
		t.Fatal(err)
	}
	return &brittleStore{Store: store}
}

func (s *brittleStore) New(r *http.Request, name string) (*gorilla.Session, error) {
	if s.noReading.Load() {
		return gorilla.NewSession(s, name), errBrittle
	}
	return s.Store.New(r, name)
}

func (s *brittleStore) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if s.noWriting.Load() {
		return errBrittle
	}
	return s.Store.Save(r, w, session)
}

// A login that fails leaves nothing behind: neither a new session nor a changed one, at
// whatever point it fails.
func TestAFailedLoginLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	type world struct {
		*app
		store    *brittleStore
		hookErr  error
		callback *url.URL
	}
	edit := func(name, value string) func(*world) {
		return func(w *world) {
			q := w.callback.Query()
			q.Set(name, value)
			w.callback.RawQuery = q.Encode()
		}
	}
	token := func(member string, value any) func(*world) {
		return func(w *world) { w.tenant.EditTokenResponse(func(m map[string]any) { m[member] = value }) }
	}
	claim := func(name string, value any) func(*world) {
		return func(w *world) { w.tenant.EditIDToken(func(_, claims map[string]any) { claims[name] = value }) }
	}
	outage := func(path string, fault auth0test.Fault) func(*world) {
		return func(w *world) { w.tenant.Break(path, fault) }
	}
	tests := map[string]struct {
		fail   func(*world)
		status int
		code   string
	}{
		"the tenant's error":             {edit("error", "access_denied"), 403, "access_denied"},
		"another issuer":                 {edit("iss", "https://evil.example/"), 400, "invalid_callback"},
		"no code":                        {edit("code", ""), 400, "invalid_callback"},
		"a code that is none":            {edit("code", "guessed"), 400, "login_failed"},
		"token endpoint down":            {outage("/oauth/token", auth0test.Down), 502, "upstream_error"},
		"token endpoint without JSON":    {outage("/oauth/token", auth0test.Garbage), 502, "upstream_error"},
		"token endpoint in trouble":      {outage("/oauth/token", refusing(500, "invalid_grant")), 502, "upstream_error"},
		"token endpoint knows us not":    {outage("/oauth/token", refusing(401, "invalid_client")), 500, "configuration_error"},
		"a token type of another kind":   {token("token_type", "mac"), 502, "upstream_error"},
		"no ID token":                    {token("id_token", ""), 401, "invalid_id_token"},
		"a nonce of another login":       {claim("nonce", "x"), 401, "invalid_id_token"},
		"a ceiling that has passed":      {claim("session_expiry", 1), 401, "session_expired"},
		"keys not to be had":             {func(w *world) { w.tenant.RotateKeys(); w.tenant.Break("/.well-known/jwks.json", auth0test.Down) }, 503, "temporarily_unavailable"},
		"BeforeSave":                     {func(w *world) { w.hookErr = errors.New("not this one") }, 500, "server_error"},
		"a session that is too large":    {claim("blob", strings.Repeat("x", 9<<10)), 500, "session_too_large"},
		"the store fails to write":       {func(w *world) { w.store.noWriting.Store(true) }, 503, "store_unavailable"},
		"the store fails to read":        {func(w *world) { w.store.noReading.Store(true) }, 503, "store_unavailable"},
		"the store finds it is too long": {func(w *world) { claimsOf(w.app, 3000); w.store.noWriting.Store(true) }, 500, "session_too_large"},
	}
	start := func(kind string) *world {
		w := &world{store: newBrittleStore(t)}
		w.app = newApp(t, config(func(c *ginauth0.Config) {
			if kind == "a store" {
				c.Session.Store, c.Session.OmitIDToken = w.store, true // short, since the store is one of cookies
			}
			c.BeforeSave = func(context.Context, *ginauth0.SessionDraft) error { return w.hookErr }
		}))
		return w
	}
	for _, kind := range []string{"cookies", "a store"} {
		shared := start(kind)
		for name, test := range tests {
			if foreign := kind == "a store"; !foreign && strings.HasPrefix(name, "the store") || foreign && name == "a session that is too large" {
				continue
			}
			w := shared
			if name == "keys not to be had" { // the next try would wait
				w = start(kind)
			}
			for _, signedIn := range []bool{true, false} {
				b := w.browser(t)
				if signedIn {
					b.login("/auth/login")
				}
				before := b.sessionCookies()
				w.tenant.SetAutoApprove("grace")
				var err error
				if w.callback, err = url.Parse(b.toCallback("/auth/login")); err != nil {
					t.Fatal(err)
				}
				test.fail(w)
				r := b.get(w.callback.String(), asJSON)
				wantError(t, r, test.status, `"error":"`+test.code+`"`)
				for _, line := range r.header.Values("Set-Cookie") {
					if !strings.HasPrefix(line, "_a0_tx_") || !strings.Contains(line, "=; ") {
						t.Errorf("%s, %s: sets %q", kind, name, line)
					}
				}
				w.tenant.Heal("*")
				w.tenant.EditIDToken(nil)
				w.tenant.EditTokenResponse(nil)
				w.tenant.SetAutoApprove("ada")
				w.store.noReading.Store(false)
				w.store.noWriting.Store(false)
				w.hookErr = nil
				after := b.sessionCookies()
				if len(after) != len(before) || signedIn && after[0].Value != before[0].Value || b.signedIn() != signedIn || len(b.attemptCookies()) != 0 {
					t.Errorf("%s, %s: the session of before was %v, is %v", kind, name, before, after)
				}
			}
		}
	}
}

// Without its store nobody can say whether the back button came from somebody who is
// signed in.
func TestTheBackButtonWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	store := newBrittleStore(t)
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Store = store }))
	b := a.browser(t)
	callback := b.toCallback("/auth/login")
	b.get(callback)
	store.noReading.Store(true)
	wantError(t, b.get(callback, asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if len(b.sessionCookies()) == 0 {
		t.Error("the cookies were cleared")
	}
}

// An attempt whose domain is not ours any more, and discovery that fails, are found
// out before the code is spent.
func TestACallbackOfAnInstanceThatCannotReachTheTenant(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	u, err := url.Parse(b.toCallback("/auth/login"))
	if err != nil {
		t.Fatal(err)
	}
	cold := newApp(t, config(func(c *ginauth0.Config) { c.Domain = a.tenant.Issuer() }))
	elsewhere := newApp(t)
	for name, test := range map[string]struct {
		app    *app
		status int
		code   string
	}{
		"the tenant is down": {cold, http.StatusServiceUnavailable, "temporarily_unavailable"},
		"another tenant now": {elsewhere, http.StatusBadRequest, "invalid_callback"},
	} {
		moved := test.app.browser(t)
		moved.setCookies(b.attemptCookies()...)
		a.tenant.Break("*", auth0test.Down)
		wantError(t, moved.get("/auth/callback?"+u.RawQuery, asJSON), test.status, `"error":"`+test.code+`"`)
		a.tenant.Heal("*")
		if len(moved.attemptCookies()) != 0 || len(moved.sessionCookies()) != 0 {
			t.Errorf("%s: cookies %v", name, moved.jarCookies())
		}
		if got := test.app.tenant.Requests("/oauth/token"); got != 0 {
			t.Errorf("%s: %d token requests", name, got)
		}
	}
}

// No code is spent and no hook asked once the answer has begun.
func TestAMiddlewareThatAnswersBeforeTheCallbackGetsNothingMore(t *testing.T) {
	t.Parallel()
	var told int
	a := newApp(t, func(s *setup) {
		s.config.OnCallback = func(*gin.Context, ginauth0.CallbackEvent) string {
			told++
			return ""
		}
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) {
				if c.Query("code") != "" {
					c.String(http.StatusAccepted, "busy")
				}
			})
		}
	})
	b := a.browser(t)
	if r := b.get(b.toCallback("/auth/login")); r.status != http.StatusAccepted || r.body != "busy" || told != 0 || a.tenant.Requests("/oauth/token") != 0 {
		t.Errorf("%d %s, hook called %d times", r.status, r.body, told)
	}
}
