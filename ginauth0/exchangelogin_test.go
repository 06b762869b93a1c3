package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Both directions: the form, and a session made of the answer.
func TestLoginWithTokenExchange(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "a store"} {
		d := newDoor(t, config(func(c *ginauth0.Config) {
			c.Audience, c.AudienceScopes = auth0test.DefaultAudience, map[string][]string{auth0test.DefaultAudience: {"read:messages"}}
			c.AuthorizationParams = map[string]string{"connection": "legacy"}
			if kind == "a store" {
				c.Session.Store = newBrittleStore(t)
			}
		}))
		tokens, refreshToken := d.watch(t, "/oauth/token"), refreshTokens(d.app)
		d.set(exchanging(ginauth0.ExchangeOptions{
			SubjectToken: legacyGrace, SubjectTokenType: legacyType, ActorToken: partyAlan, ActorTokenType: partyType, Scopes: []string{"write:messages", "openid"},
		}))
		b := d.browser(t)
		r := b.do(http.MethodPost, "/door")
		if r.status != http.StatusOK || r.body != "hello auth0|grace" {
			t.Fatalf("%s: %d %s\n%s", kind, r.status, r.body, d.log)
		}
		wantOneLinePerName(t, r)
		if r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", kind, r.header.Get("Cache-Control"))
		}
		p := tokens.only()
		p.want(t, kind, url.Values{
			"grant_type": {exchangeGrant}, "subject_token": {legacyGrace}, "subject_token_type": {legacyType}, "actor_token": {partyAlan},
			"actor_token_type": {partyType}, "audience": {auth0test.DefaultAudience},
			"scope": {"openid profile offline_access read:messages write:messages"},
		})
		if p.header.Get("DPoP") != "" {
			t.Errorf("%s: with a proof", kind)
		}
		told := b.me()
		if told.Subject != "auth0|grace" || told.Name != "Grace Hopper" || !told.Refresh || !told.IDToken || len(told.Tokens) != 1 ||
			told.Tokens[0].Audience != auth0test.DefaultAudience || claimsOfToken(t, told.Access)["sub"] != "auth0|grace" {
			t.Errorf("%s: %+v", kind, told)
		}
		if len(tokens.taken()) != 0 {
			t.Errorf("%s: the access token of the login was not kept", kind)
		}
		d.clock.advance(2 * time.Hour)
		used := refreshToken()
		if again := b.me(); again.Access == told.Access || again.Subject != "auth0|grace" || !again.Created.Equal(told.Created) {
			t.Errorf("%s: after a refresh: %+v", kind, again)
		}
		tokens.only().want(t, kind+", refresh", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {used}, "scope": {"openid profile offline_access read:messages"},
		})
		d.wantNowhere(t, legacyGrace, partyAlan, told.Access, "auth0|grace")
	}
}

// Nothing of the session of somebody else survives, and where sessions are in a store its
// row is gone.
func TestLoginWithTokenExchangeReplacesASession(t *testing.T) {
	t.Parallel()
	stub := newStub()
	stub.faithful = true
	for _, kind := range []string{"cookies", "a store"} {
		d := newDoor(t, func(s *setup) {
			s.config.Audience = auth0test.DefaultAudience
			if kind == "a store" {
				s.config.Session.Store = stub
			}
		})
		b := d.browser(t)
		b.login("/auth/login")
		before := b.me()
		thief := b.copyOf(t)
		ids := stub.ids("_a0_session")
		d.clock.advance(time.Minute)
		d.set(exchanging(graceOptions()))
		wantOneLinePerName(t, b.do(http.MethodPost, "/door"))
		after := b.me()
		if before.Subject != "auth0|ada" || after.Subject != "auth0|grace" || after.Access == before.Access || len(after.Tokens) != 1 ||
			after.SID == before.SID || !after.Created.After(before.Created) {
			t.Errorf("%s: %+v after %+v", kind, after, before)
		}
		if kind == "cookies" {
			continue
		}
		stub.wantIDs(t, 1)
		if slices.Equal(ids, stub.ids("_a0_session")) {
			t.Error("the id of the old session serves the new one")
		}
		wantError(t, thief.get("/me", asJSON), http.StatusUnauthorized, "unauthorized")
	}
}

// A session that has no refresh token does not inherit one.
func TestLoginWithTokenExchangeInheritsNothing(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tokens := d.watch(t, "/oauth/token")
	b := d.browser(t)
	b.login("/auth/login")
	tokens.reply(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		access := d.tenant.AccessToken(nil)
		saying(http.StatusOK, map[string]any{
			"access_token": access, "token_type": "Bearer", "scope": "openid",
			"id_token": d.tenant.IDToken(auth0test.Claims{"sub": "auth0|grace", "name": nil, "sid": nil, "auth_time": nil}),
		})(w, r, nil)
	})
	d.set(exchanging(graceOptions()))
	if r := b.do(http.MethodPost, "/door"); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	after := b.me()
	if after.Subject != "auth0|grace" || after.Refresh || after.SID != "" || after.Name != nil || len(after.Tokens) != 1 {
		t.Errorf("%+v", after)
	}
}

// A login that fails, at whatever point, leaves the browser with the session that it
// had, and nobody hears more than a code.
func TestAFailedTokenExchangeLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*door, *watched) {
		return func(d *door, _ *watched) {
			d.tenant.EditIDToken(func(_, claims map[string]any) { claims[name] = value })
		}
	}
	member := func(name string, value any) func(*door, *watched) {
		return func(d *door, _ *watched) {
			d.tenant.EditTokenResponse(func(m map[string]any) { m[name] = value })
		}
	}
	hook := errors.New("not this one")
	tests := map[string]struct {
		fail func(*door, *watched)
		want grantFailure
	}{
		"no ID token":               {member("id_token", ""), grantFailure{status: 401, code: "invalid_id_token", is: ginauth0.ErrBadIDToken}},
		"an ID token that is none":  {member("id_token", "x.y.z"), grantFailure{status: 401, code: "invalid_id_token", is: ginauth0.ErrBadIDToken}},
		"an expired ID token":       {func(d *door, _ *watched) { d.tenant.EditIDToken(auth0test.Expired) }, grantFailure{status: 401, code: "invalid_id_token", is: ginauth0.ErrBadIDToken}},
		"an ID token for others":    {claim("aud", "another"), grantFailure{status: 401, code: "invalid_id_token", is: ginauth0.ErrBadIDToken}},
		"a token of another kind":   {member("token_type", "N_A"), grantFailure{status: 502, code: "upstream_error", is: ginauth0.ErrTokenType}},
		"a ceiling that has passed": {claim("session_expiry", 1), grantFailure{status: 401, code: "session_expired", is: ginauth0.ErrSessionExpired}},
		"BeforeSave":                {claim("blocked", true), grantFailure{status: 500, code: "server_error", is: hook}},
		"too much of a session":     {claim("blob", strings.Repeat("x", 9<<10)), grantFailure{status: 500, code: "session_too_large"}},
		"no keys": {
			func(d *door, _ *watched) {
				d.tenant.RotateKeys()
				d.tenant.Break("/.well-known/jwks.json", auth0test.Down)
			},
			grantFailure{status: 503, code: "temporarily_unavailable", is: ginauth0.ErrUpstream},
		},
	}
	for name, failure := range grantFailures() {
		tests[name] = struct {
			fail func(*door, *watched)
			want grantFailure
		}{func(_ *door, w *watched) { w.reply(failure.fault) }, failure}
	}
	for name, test := range tests {
		d := newDoor(t, config(func(c *ginauth0.Config) {
			c.BeforeSave = func(_ context.Context, draft *ginauth0.SessionDraft) error {
				if _, blocked := draft.User().Claim("blocked"); blocked {
					return hook
				}
				return nil
			}
		}))
		b := d.browser(t)
		b.login("/auth/login")
		before := b.me()
		tokens := d.watch(t, "/oauth/token")
		d.counted.take()
		d.set(exchanging(graceOptions()))
		test.fail(d, tokens)
		for what, who := range map[string]*browser{"signed in": b, "a stranger": d.browser(t)} {
			r := who.do(http.MethodPost, "/door")
			wantNoCookie(t, name+", "+what, r)
			wantError(t, r, test.want.status, `"error":"`+test.want.code+`"`)
			if strings.Contains(r.body, upstream) {
				t.Errorf("%s: the answer quotes the tenant: %s", name, r.body)
			}
			test.want.check(t, name, "exchange", d.auth, d.last())
			if events := d.counted.take(); len(events) != 1 || events[0] != (ginauth0.Event{Name: "login_refused", Code: test.want.code, Issuer: d.tenant.Issuer()}) {
				t.Errorf("%s: %v", name, events)
			}
		}
		tokens.reply(nil)
		d.tenant.Heal("/.well-known/jwks.json")
		if after := b.me(); after.Subject != "auth0|ada" || after.Access != before.Access || !after.Created.Equal(before.Created) {
			t.Errorf("%s: %+v after %+v", name, after, before)
		}
		d.wantNowhere(t, upstream, legacyGrace)
	}
}

func TestLoginWithTokenExchangeVerifiesTheOrganization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pinned, asked, granted string
		sent                   string
		refused                bool
	}{
		"asked for, and granted":       {"", "org_a", "org_a", "org_a", false},
		"asked for, another one":       {"", "org_a", "org_b", "org_a", true},
		"asked for, none":              {"", "org_a", "", "org_a", true},
		"pinned, and granted":          {"org_a", "", "org_a", "org_a", false},
		"pinned, another one":          {"org_a", "", "org_b", "org_a", true},
		"pinned, none":                 {"org_a", "", "", "org_a", true},
		"the option goes before it":    {"org_a", "org_b", "org_b", "org_b", false},
		"the option, the pinned one":   {"org_a", "org_b", "org_a", "org_b", true},
		"nobody asks, one is granted":  {"", "", "org_b", "", false},
		"nobody asks, none is granted": {"", "", "", "", false},
	} {
		d := newDoor(t, config(func(c *ginauth0.Config) { c.Organization = test.pinned }))
		d.tenant.EditIDToken(func(_, claims map[string]any) {
			delete(claims, "org_id")
			if test.granted != "" {
				claims["org_id"] = test.granted
			}
		})
		tokens := d.watch(t, "/oauth/token")
		o := graceOptions()
		o.Organization = test.asked
		d.set(exchanging(o))
		r := d.browser(t).do(http.MethodPost, "/door")
		if test.refused {
			wantError(t, r, http.StatusForbidden, `"error":"organization_mismatch"`)
			wantNoCookie(t, name, r)
		} else if r.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if got := tokens.only().form.Get("organization"); got != test.sent {
			t.Errorf("%s: organization %q was sent", name, got)
		}
	}
}

// A session that cannot be written costs no token.
func TestLoginWithTokenExchangeAfterTheAnswerHasBegun(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.set(exchanging(graceOptions()))
	d.browser(t).do(http.MethodPost, "/door?late=1")
	if err := d.last(); !errors.Is(err, ginauth0.ErrResponseStarted) || d.tenant.Requests("*") != 0 {
		t.Errorf("%v after %d requests", err, d.tenant.Requests("*"))
	}
}

// With a DomainResolver the login is at the tenant of the request.
func TestLoginWithTokenExchangeAtTheDomainOfTheRequest(t *testing.T) {
	t.Parallel()
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.POST("/door", func(c *gin.Context) {
				if _, err := auth.LoginWithTokenExchange(c, graceOptions()); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	s.b.AcceptSubjectToken(legacyType, legacyGrace, "grace")
	b := s.visitor(t)
	b.at(hostB).do(http.MethodPost, "/door")
	b.at(hostB).wantPage("hello Grace Hopper")
	if s.a.Requests("*") != 0 {
		t.Error("the other tenant was asked")
	}
	r := b.at(hostA).do(http.MethodPost, "/door") // whose tenant does not know the token
	if r.status != http.StatusBadRequest || !strings.Contains(r.body, "login_failed") {
		t.Errorf("%d %s", r.status, r.body)
	}
	s.resolve(failing)
	wantNoDomain(t, "no domain", b.at(hostB).do(http.MethodPost, "/door"))
}

// A key of its own for the tokens of each session, and proofs with it from then on.
func TestLoginWithTokenExchangeBindsTokens(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(s *setup) {
		s.tenant.RequireDPoPNonce = true
		s.config.DPoP, s.config.Audience = true, auth0test.DefaultAudience
	})
	tokens := d.watch(t, "/oauth/token")
	d.set(exchanging(graceOptions()))
	thumbprints := map[string]bool{}
	for range 2 {
		b := d.browser(t)
		if r := b.do(http.MethodPost, "/door"); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
		list := tokens.taken()
		if len(list) != 2 || list[0].header.Get("DPoP") == "" || list[0].header.Get("DPoP") == list[1].header.Get("DPoP") {
			t.Errorf("%d requests, want one and its repetition with a nonce", len(list))
		}
		told := b.me()
		confirmation, _ := claimsOfToken(t, told.Access)["cnf"].(map[string]any)
		thumbprint, _ := confirmation["jkt"].(string)
		thumbprints[thumbprint] = true
		if thumbprint == "" || told.Tokens[0].Type != "DPoP" {
			t.Errorf("%+v with %v", told, confirmation)
		}
		d.clock.advance(2 * time.Hour)
		renewed, _ := claimsOfToken(t, b.me().Access)["cnf"].(map[string]any)
		if renewed["jkt"] != thumbprint {
			t.Errorf("after a refresh %v, before %q", renewed, thumbprint)
		}
		tokens.taken()
	}
	if len(thumbprints) != 2 {
		t.Errorf("keys %v of two sessions", thumbprints)
	}
	d.tenant.EditTokenResponse(func(m map[string]any) { m["token_type"] = "Bearer" })
	r := d.browser(t).do(http.MethodPost, "/door")
	wantError(t, r, http.StatusBadGateway, `"error":"upstream_error"`)
	wantNoCookie(t, "a Bearer token", r)
}

func TestEventsOfALoginWithTokenExchange(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.set(exchanging(graceOptions()))
	d.browser(t).do(http.MethodPost, "/door")
	if events := d.counted.take(); len(events) != 1 || events[0] != (ginauth0.Event{Name: "login", Issuer: d.tenant.Issuer()}) {
		t.Errorf("%v", events)
	}
}
