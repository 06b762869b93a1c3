package ginauth0_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestSessionTransferRenewsAnExpiredIDToken(t *testing.T) {
	t.Parallel()
	d := newTransferring(t, func(s *setup) { s.tenant.IDTokenLifetime = time.Hour })
	b := d.browser(t)
	b.login("/auth/login")
	old := b.get("/id").body
	d.clock.advance(time.Hour) // not one second of leeway: the tenant has none
	tokens, refreshToken := d.watch(t, "/oauth/token"), refreshTokens(d.app)
	wantOneLinePerName(t, b.do(http.MethodPost, "/transfer"))
	if _, err := d.last(); err != nil {
		t.Fatal(err)
	}
	list := tokens.taken()
	if len(list) != 2 || list[0].form.Get("grant_type") != "refresh_token" {
		t.Fatalf("%d requests", len(list))
	}
	renewed := b.get("/id").body
	if renewed == old || !b.me().Refresh || refreshToken() == "" {
		t.Error("what the refresh brought is not in the session")
	}
	list[1].want(t, "the renewed token", d.form(t, renewed, idType))
	b.do(http.MethodPost, "/transfer")
	if list := tokens.taken(); len(list) != 1 {
		t.Errorf("%d requests for one more", len(list))
	}
}

// A key that the tenant does not publish any more is as good as an expiry.
func TestSessionTransferRenewsAnIDTokenOfAnOldKey(t *testing.T) {
	t.Parallel()
	d := newTransferring(t)
	b := d.browser(t)
	b.login("/auth/login")
	old := b.get("/id").body
	d.tenant.RotateKeys()
	d.clock.advance(6 * time.Hour)
	d.tenant.EditJWKS(func(m map[string]any) {
		if keys, ok := m["keys"].([]any); ok {
			m["keys"] = keys[:1]
		}
	})
	d.clock.advance(3 * time.Hour)
	b.do(http.MethodPost, "/transfer")
	b.do(http.MethodPost, "/transfer") // whatever the first one fetched in the background is there now
	if _, err := d.last(); err != nil || b.get("/id").body == old {
		t.Errorf("%v, renewed: %v", err, b.get("/id").body != old)
	}
}

// Without anybody to act the tenant is not asked.
func TestSessionTransferWithoutAnActor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit    func(*ginauth0.Config)
		signIn  bool
		advance time.Duration
		status  int
	}{
		"nobody is signed in":               {nil, false, 0, 401},
		"the ID token was not kept":         {func(c *ginauth0.Config) { c.Session.OmitIDToken = true }, true, 0, 401},
		"it has expired, and stays expired": {func(c *ginauth0.Config) { c.Scopes = []string{"openid"} }, true, 11 * time.Hour, 401},
	} {
		d := newTransferring(t, func(s *setup) {
			if test.edit != nil {
				test.edit(&s.config)
			}
		})
		b := d.browser(t)
		if test.signIn {
			b.login("/auth/login")
			d.clock.advance(test.advance)
		}
		before := d.tenant.Requests("*")
		wantError(t, b.do(http.MethodPost, "/transfer"), test.status, `"error":"missing_id_token"`)
		if _, err := d.last(); !errors.Is(err, ginauth0.ErrNoActor) {
			t.Errorf("%s: %v", name, err)
		}
		if got := d.tenant.Requests("*") - before; got != 0 {
			t.Errorf("%s: %d requests", name, got)
		}
	}
}

// A refresh that brings no ID token, or none that can be used, makes nobody an actor.
func TestSessionTransferWhoseActorCannotBeRenewed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit func(*transferring)
		is   error
	}{
		"no ID token comes": {func(d *transferring) { d.tenant.EditTokenResponse(func(m map[string]any) { delete(m, "id_token") }) }, ginauth0.ErrNoActor},
		"one of somebody else comes": {
			func(d *transferring) { d.tenant.EditIDToken(func(_, c map[string]any) { c["sub"] = "auth0|alan" }) }, ginauth0.ErrBadIDToken,
		},
		"the tenant is down": {func(d *transferring) { d.tenant.Break("/oauth/token", auth0test.Down) }, ginauth0.ErrUpstream},
	} {
		d := newTransferring(t)
		b := d.browser(t)
		b.login("/auth/login")
		d.clock.advance(11 * time.Hour)
		tokens := d.watch(t, "/oauth/token")
		test.edit(d)
		b.do(http.MethodPost, "/transfer")
		if _, err := d.last(); !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %v", name, err, test.is)
		}
		for _, p := range tokens.taken() {
			if p.form.Get("grant_type") != "refresh_token" {
				t.Errorf("%s: sent %v", name, p.form)
			}
		}
	}
	d := newTransferring(t)
	b := d.browser(t)
	b.login("/auth/login")
	d.clock.advance(11 * time.Hour)
	before := d.tenant.Requests("*")
	b.do(http.MethodPost, "/transfer?late=1")
	if _, err := d.last(); !errors.Is(err, ginauth0.ErrResponseStarted) || d.tenant.Requests("*") != before {
		t.Errorf("after the answer has begun: %v", err)
	}
}

// Many tabs at once renew the ID token once.
func TestSessionTransfersInParallelRenewOnce(t *testing.T) {
	t.Parallel()
	d := newTransferring(t)
	b := d.browser(t)
	b.login("/auth/login")
	d.clock.advance(11 * time.Hour)
	tokens := d.watch(t, "/oauth/token")
	var all sync.WaitGroup
	for range 8 {
		tab := b.copyOf(t)
		all.Go(func() {
			if r := tab.do(http.MethodPost, "/transfer"); r.status != http.StatusOK {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	all.Wait()
	refreshes := 0
	for _, p := range tokens.taken() {
		if p.form.Get("grant_type") == "refresh_token" {
			refreshes++
		}
	}
	if refreshes != 1 {
		t.Errorf("%d refreshes", refreshes)
	}
}

// A link brings an ID token of its own, which need not agree with the login.
func TestSessionTransferAfterALink(t *testing.T) {
	t.Parallel()
	d := newTransferring(t, func(s *setup) {
		s.tenant.Connections = []auth0test.Connection{{Name: "github"}}
		s.config.Routes.EnableLinking = true
		s.config.AuthorizationParams = map[string]string{"max_age": "86400"}
	})
	b := d.browser(t)
	b.login("/auth/login")
	back := b.toCallback("/auth/connect?connection=github")
	d.tenant.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = d.clock.Now().Unix() - 60 })
	b.get(back)
	d.tenant.EditIDToken(nil)
	tokens := d.watch(t, "/oauth/token")
	b.do(http.MethodPost, "/transfer")
	if _, err := d.last(); err != nil || len(tokens.taken()) != 1 {
		t.Error(err)
	}
}

// An actor that cannot be verified is not sent on, and that keys are away says nothing
// about anybody.
func TestSessionTransferWithoutKeys(t *testing.T) {
	t.Parallel()
	d := newTransferring(t, func(s *setup) { s.tenant.IDTokenLifetime = 48 * time.Hour })
	b := d.browser(t)
	b.login("/auth/login")
	d.tenant.Break("/.well-known/jwks.json", auth0test.Down)
	for range 2 {
		d.clock.advance(13 * time.Hour)
		b.get("/") // rolls
	}
	tokens := d.watch(t, "/oauth/token")
	r := b.do(http.MethodPost, "/transfer", asJSON)
	if _, err := d.last(); !errors.Is(err, ginauth0.ErrUpstream) || r.status != http.StatusServiceUnavailable {
		t.Errorf("%d, %v", r.status, err)
	}
	if got := tokens.taken(); len(got) != 0 {
		t.Errorf("%d requests", len(got))
	}
}
