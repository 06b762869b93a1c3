package ginauth0_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const transferType = "urn:auth0:params:oauth:token-type:session_transfer_token"

// transferring is a door that leads elsewhere.
type transferring struct {
	*door

	mu      sync.Mutex
	options ginauth0.SessionTransferOptions
	token   ginauth0.SessionTransferToken
	err     error
}

// newTransferring starts an application whose page /transfer gets a session transfer
// token for Grace.
func newTransferring(t testing.TB, edits ...func(*setup)) *transferring {
	t.Helper()
	tr := &transferring{options: ginauth0.SessionTransferOptions{SubjectToken: legacyGrace, SubjectTokenType: legacyType}}
	tr.door = newDoor(t, append([]func(*setup){func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.POST("/transfer", tr.serve(auth))
			router.GET("/id", auth.RequireSession(), func(c *gin.Context) {
				token, err := auth.IDToken(c)
				if err != nil {
					auth.Fail(c, err)
					return
				}
				c.String(http.StatusOK, string(token))
			})
		}
	}}, edits...)...)
	return tr
}

func (tr *transferring) serve(auth *ginauth0.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Query("late") != "" {
			c.String(http.StatusOK, "begun")
		}
		tr.mu.Lock()
		o := tr.options
		tr.mu.Unlock()
		token, err := auth.SessionTransferToken(c, o)
		tr.mu.Lock()
		tr.token, tr.err = token, err
		tr.mu.Unlock()
		if err != nil {
			auth.Fail(c, err)
		}
	}
}

func (tr *transferring) set(edit func(*ginauth0.SessionTransferOptions)) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	edit(&tr.options)
}

// last is what the last call returned.
func (tr *transferring) last() (ginauth0.SessionTransferToken, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.token, tr.err
}

// form is the whole request (RFC 8693 section 2.1, with Auth0's own types).
func (tr *transferring) form(t testing.TB, actor, actorType string) url.Values {
	t.Helper()
	issuer, err := url.Parse(tr.tenant.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{
		"grant_type": {exchangeGrant}, "subject_token": {legacyGrace}, "subject_token_type": {legacyType},
		"actor_token": {actor}, "actor_token_type": {actorType}, "audience": {"urn:" + issuer.Hostname() + ":session_transfer"},
	}
}

// Both directions, with the actor of the session and with one that is given.
func TestSessionTransferToken(t *testing.T) {
	t.Parallel()
	d := newTransferring(t, func(s *setup) {
		s.tenant.ExchangeParameters = []string{"device"}
		s.config.Organization, s.config.Audience = "", auth0test.DefaultAudience
	})
	b := d.browser(t)
	b.login("/auth/login")
	own, cookies := b.get("/id").body, b.sessionCookies()
	tokens := d.watch(t, "/oauth/token")
	for name, test := range map[string]struct {
		edit      func(*ginauth0.SessionTransferOptions)
		who       *browser
		actor     string
		actorType string
		more      url.Values
	}{
		"the session acts":   {func(*ginauth0.SessionTransferOptions) {}, b, own, idType, nil},
		"a stranger with it": {func(o *ginauth0.SessionTransferOptions) { o.ActorToken = ginauth0.Secret(own) }, d.browser(t), own, idType, nil},
		"another one acts": {
			func(o *ginauth0.SessionTransferOptions) {
				o.ActorToken, o.ActorTokenType, o.Organization, o.Extra = partyAlan, partyType, "org_acme", url.Values{"device": {"phone"}}
			},
			b, partyAlan, partyType,
			url.Values{"organization": {"org_acme"}, "device": {"phone"}},
		},
	} {
		d.set(func(o *ginauth0.SessionTransferOptions) {
			*o = ginauth0.SessionTransferOptions{SubjectToken: legacyGrace, SubjectTokenType: legacyType}
			test.edit(o)
		})
		r := test.who.do(http.MethodPost, "/transfer")
		token, err := d.last()
		if err != nil || token.Token == "" || !token.ExpiresAt.Equal(d.clock.Now().Add(time.Minute)) {
			t.Errorf("%s: %v %v", name, token, err)
			continue
		}
		wantNoCookie(t, name, r)
		form := d.form(t, test.actor, test.actorType)
		for parameter, values := range test.more {
			form[parameter] = values
		}
		p := tokens.only()
		p.want(t, name, form)
		if p.header.Get("DPoP") != "" {
			t.Errorf("%s: with a proof", name)
		}
		d.wantNowhere(t, string(token.Token), legacyGrace, test.actor)
	}
	for i, c := range b.sessionCookies() {
		if c.Value != cookies[i].Value {
			t.Error("the session was written")
		}
	}
	if told := b.me(); told.Subject != "auth0|ada" || len(told.Tokens) != 1 {
		t.Errorf("kept: %+v", told)
	}
}

// It signs the person in elsewhere, once.
func TestSessionTransferTokenSignsIn(t *testing.T) {
	t.Parallel()
	d := newTransferring(t)
	b := d.browser(t)
	b.login("/auth/login")
	b.do(http.MethodPost, "/transfer")
	token, err := d.last()
	if err != nil {
		t.Fatal(err)
	}
	there := newApp(t, func(s *setup) {
		s.config.Domain = d.tenant.Issuer()
		s.config.ForwardParams = []string{"session_transfer_token", "organization"}
	})
	target, err := ginauth0.SessionTransferURL(there.url+"/auth/login?returnTo=/profile", token, "")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := there.browser(t)
	elsewhere.login(target)
	if got := elsewhere.get("/profile").body; got != "profile of auth0|grace" {
		t.Errorf("%s", got)
	}
	again := there.browser(t)
	if r := again.get(again.get(target).location(t).String()); r.status == http.StatusFound && r.location(t).Query().Get("code") != "" {
		t.Error("it signs in twice")
	}
}

func TestSessionTransferRefusesArguments(t *testing.T) {
	t.Parallel()
	d := newTransferring(t)
	b := d.browser(t)
	type options = ginauth0.SessionTransferOptions
	for name, test := range map[string]struct {
		edit func(*options)
		name string
	}{
		"no token":           {func(o *options) { o.SubjectToken = "" }, "subject_token"},
		"a token of Bearer":  {func(o *options) { o.SubjectToken = "bearer hunter2" }, "subject_token"},
		"no token type":      {func(o *options) { o.SubjectTokenType = "" }, "subject_token_type"},
		"a type that is bad": {func(o *options) { o.SubjectTokenType = "legacy-session" }, "subject_token_type"},
		"a blank actor":      {func(o *options) { o.ActorToken = " " }, "actor_token"},
		"an actor of Bearer": {func(o *options) { o.ActorToken = "Bearer hunter2" }, "actor_token"},
		"an actor type":      {func(o *options) { o.ActorTokenType = idType }, "actor_token"},
		"a bad actor type":   {func(o *options) { o.ActorToken, o.ActorTokenType = "hunter2", "x" }, "actor_token_type"},
		"another audience":   {func(o *options) { o.Extra = url.Values{"Audience": {"hunter2"}} }, "Audience"},
		"another kind":       {func(o *options) { o.Extra = url.Values{"requested_token_type": {accessType}} }, "requested_token_type"},
	} {
		d.set(func(o *options) {
			*o = options{SubjectToken: legacyGrace, SubjectTokenType: legacyType}
			test.edit(o)
		})
		wantError(t, b.do(http.MethodPost, "/transfer"), http.StatusBadRequest, `"error":"invalid_request"`)
		_, err := d.last()
		wantParameter(t, name, err, test.name)
	}
	if got := d.tenant.Requests("*"); got != 0 {
		t.Errorf("%d requests", got)
	}
	d.wantNowhere(t, "hunter2")
}

func TestSessionTransferFailures(t *testing.T) {
	t.Parallel()
	d := newTransferring(t)
	b := d.browser(t)
	b.login("/auth/login")
	tokens := d.watch(t, "/oauth/token")
	failures := grantFailures()
	for name, issued := range map[string]any{"another kind of token": accessType, "a kind that is not said": nil, "another case": strings.ToUpper(transferType), "": ""} {
		failures["issued: "+name] = grantFailure{
			saying(200, map[string]any{"access_token": upstream, "token_type": "Bearer", "issued_token_type": issued, "expires_in": 60}),
			502, "upstream_error", ginauth0.ErrUpstream, "",
		}
	}
	for name, failure := range failures {
		tokens.reply(failure.fault)
		r := b.do(http.MethodPost, "/transfer")
		wantNoCookie(t, name, r)
		token, err := d.last()
		if token != (ginauth0.SessionTransferToken{}) {
			t.Errorf("%s: a token came back", name)
		}
		failure.check(t, name, "session_transfer", d.auth, err)
		if got := len(tokens.taken()); got != 1 {
			t.Errorf("%s: %d requests", name, got)
		}
	}
	d.wantNowhere(t, upstream, legacyGrace)
	if b.me().Subject != "auth0|ada" {
		t.Error("Ada is not signed in any more")
	}
}

func TestSessionTransferTokenPrintsNothing(t *testing.T) {
	t.Parallel()
	token := ginauth0.SessionTransferToken{Token: "hunter2"}
	text, err := json.Marshal(token)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("v", "v", token)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("v", "v", &token)
	all := string(text) + log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all += fmt.Sprintf(verb, token) + fmt.Sprintf(verb, &token)
	}
	if err != nil || strings.Contains(all, "hunter2") || strings.Contains(all, fmt.Sprintf("%x", "hunter2")) || !strings.Contains(all, "[redacted]") {
		t.Errorf("%s %v", all, err)
	}
}

// With a DomainResolver the tenant of the request is asked, and a session at another one
// names no actor there.
func TestSessionTransferAtTheDomainOfTheRequest(t *testing.T) {
	t.Parallel()
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.POST("/transfer", func(c *gin.Context) {
				_, err := auth.SessionTransferToken(c, ginauth0.SessionTransferOptions{SubjectToken: legacyGrace, SubjectTokenType: legacyType})
				if err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	s.b.AcceptSubjectToken(legacyType, legacyGrace, "grace")
	b := s.visitor(t)
	b.at(hostB).login("/auth/login")
	asked := &watched{t: t}
	s.b.Break("/oauth/token", asked.serve)
	before := s.a.Requests("*")
	if r := b.at(hostB).do(http.MethodPost, "/transfer"); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
	issuer, err := url.Parse(s.b.Issuer())
	if got := asked.only().form.Get("audience"); err != nil || got != "urn:"+issuer.Hostname()+":session_transfer" {
		t.Errorf("audience %q", got)
	}
	if r := b.at(hostA).do(http.MethodPost, "/transfer", asJSON); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "missing_id_token") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if len(asked.taken()) != 0 || s.a.Requests("*") != before {
		t.Error("a tenant was asked without an actor")
	}
}
