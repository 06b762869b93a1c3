package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Nothing of the session of somebody else gets into the new one.
func TestPollBackchannelLoginMixesNothing(t *testing.T) {
	t.Parallel()
	stub := newStub()
	stub.faithful = true
	d := newDoor(t, storedIn(stub))
	b := d.browser(t)
	b.login("/auth/login")
	before, thief, ids := b.me(), b.copyOf(t), stub.ids("_a0_session")
	r, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace", Scopes: []string{"email"}})
	if err != nil {
		t.Fatal(err)
	}
	d.set(polling(r))
	d.clock.advance(r.Interval)
	d.next(t, b.do(http.MethodPost, "/door"))
	if b.me().Subject != "auth0|ada" {
		t.Error("Ada is not signed in any more while Grace is asked")
	}
	if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(r.Interval)
	d.tenant.EditTokenResponse(func(m map[string]any) { delete(m, "refresh_token") })
	d.tenant.EditIDToken(func(_, claims map[string]any) { delete(claims, "sid"); delete(claims, "name") })
	wantOneLinePerName(t, b.do(http.MethodPost, "/door"))
	after := b.me()
	if after.Subject != "auth0|grace" || after.Name != nil || after.SID != "" || after.Refresh || len(after.Tokens) != 1 || after.Access == before.Access {
		t.Errorf("%+v after %+v", after, before)
	}
	stub.wantIDs(t, 1)
	if stub.ids("_a0_session")[0] == ids[0] {
		t.Error("the id of the old session serves the new one")
	}
	wantError(t, thief.get("/me", asJSON), http.StatusUnauthorized, "unauthorized")
}

// Of two polls at once the tenant gives the tokens to one: that browser is signed in,
// the other one is not.
func TestTwoPollsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.startApproved(t)
	var all sync.WaitGroup
	var in atomic.Int32
	for range 2 {
		b := d.browser(t)
		all.Go(func() {
			got := b.do(http.MethodPost, "/door")
			if got.status == http.StatusOK {
				in.Add(1)
			}
			if signedIn := len(b.sessionCookies()) > 0; signedIn != (got.status == http.StatusOK) {
				t.Errorf("%d %s, signed in: %v", got.status, got.body, signedIn)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d browsers are signed in", in.Load())
	}
}

// A browser that has left is not signed in: nobody would have the session.
func TestPollBackchannelLoginOfABrowserThatHasLeft(t *testing.T) {
	t.Parallel()
	for name, leaves := range map[string]struct{ before, during bool }{"before": {before: true}, "at the last moment": {during: true}} {
		stub := newStub()
		stub.faithful = true
		leave := func() {}
		d := newDoor(t, storedIn(stub), config(func(c *ginauth0.Config) {
			c.BeforeSave = func(context.Context, *ginauth0.SessionDraft) error { leave(); return nil }
		}))
		r := d.startApproved(t)
		d.set(func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			c.Request = c.Request.WithContext(ctx)
			if leaves.before {
				cancel()
			}
			if leaves.during {
				leave = cancel
			}
			return auth.PollBackchannelLogin(c, r)
		})
		got := d.browser(t).do(http.MethodPost, "/door")
		wantError(t, got, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
		wantNoCookie(t, name, got)
		if !errors.Is(d.last(), ginauth0.ErrUpstream) || !errors.Is(d.last(), context.Canceled) {
			t.Errorf("%s: %v", name, d.last())
		}
		stub.wantIDs(t, 0)
	}
}

// A key of its own for the tokens of each session, made when they are asked for.
func TestPollBackchannelLoginBindsTokens(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(s *setup) {
		s.tenant.RequireDPoPNonce = true
		s.config.DPoP, s.config.Audience = true, auth0test.DefaultAudience
	})
	tokens := d.watch(t, "/oauth/token")
	r := d.start(t)
	b := d.browser(t)
	d.clock.advance(r.Interval)
	d.next(t, b.do(http.MethodPost, "/door")) // after one with a nonce, as it should be
	if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(r.Interval)
	if got := b.do(http.MethodPost, "/door"); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	list := tokens.taken()
	for _, p := range list {
		if p.header.Get("DPoP") == "" {
			t.Error("a request without a proof")
		}
	}
	told := b.me()
	confirmation, _ := claimsOfToken(t, told.Access)["cnf"].(map[string]any)
	if len(list) != 4 || told.Tokens[0].Type != "DPoP" || confirmation["jkt"] == nil {
		t.Errorf("%d requests, %+v, bound to %v", len(list), told, confirmation)
	}
	d.startApproved(t)
	d.tenant.EditTokenResponse(func(m map[string]any) { m["token_type"] = "Bearer" })
	got := b.do(http.MethodPost, "/door")
	wantError(t, got, http.StatusBadGateway, `"error":"upstream_error"`)
	wantNoCookie(t, "a Bearer token", got)
}

// The tenant of the request is the one that was asked, whatever the resolver says of
// the browser that polls.
func TestPollBackchannelLoginAtItsOwnDomain(t *testing.T) {
	t.Parallel()
	var request ginauth0.BackchannelRequest
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.POST("/door", func(c *gin.Context) {
				if _, err := auth.PollBackchannelLogin(c, request); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	var err error
	if request, err = s.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace", Domain: s.b.Issuer()}); err != nil {
		t.Fatal(err)
	}
	if err := s.b.ApproveBackchannelLogin(string(request.ID)); err != nil {
		t.Fatal(err)
	}
	s.b.Break("/oauth/token", auth0test.Down)
	b := s.visitor(t).at(hostB)
	if got := b.do(http.MethodPost, "/door"); got.status != http.StatusBadGateway || !strings.Contains(got.body, "upstream_error") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if s.a.Requests("*") != 0 || s.b.Requests("/oauth/token") != 1 {
		t.Error("another tenant was asked")
	}
}
