package ginauth0_test

import (
	"encoding/base64"
	"maps"
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

const parPath = "/oauth/par"

// withPAR pushes its authorization requests, and its tenant takes no others.
func withPAR(s *setup) {
	s.config.PAR = true
	s.tenant.Clients = []auth0test.Client{{
		ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, RequirePAR: true, AllowLoopback: true,
	}}
}

// wantRandom checks what a login makes anew, and takes it out of a request.
func wantRandom(t *testing.T, request url.Values) {
	t.Helper()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		raw, err := base64.RawURLEncoding.DecodeString(request.Get(name))
		if err != nil || len(raw) != 32 || len(request[name]) != 1 {
			t.Errorf("%s = %q is not 32 bytes in base64url", name, request[name])
		}
		delete(request, name)
	}
}

// What the tenant gets is the whole request, whoever asked for what; what the browser
// gets is the name of it (RFC 9126 section 4).
func TestPARKeepsTheRequestFromTheBrowser(t *testing.T) {
	t.Parallel()
	attack := url.Values{}
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method",
		"request", "request_uri", "dpop_jkt", "client_secret", "client_assertion", "client_assertion_type",
	} {
		attack.Set(name, "evil")
	}
	edit := config(func(c *ginauth0.Config) {
		c.Audience = auth0test.DefaultAudience
		c.AudienceScopes = map[string][]string{auth0test.DefaultAudience: {"read:messages"}}
		c.AuthorizationParams = map[string]string{"ui_locales": "en", "ext-theme": "calm & \"quiet\""}
	})
	target := "/auth/login?screen_hint=signup&ui_locales=fr&prompt=&organization=org_1&max_age=300&returnTo=/profile&" + attack.Encode()
	want := url.Values{
		"client_id": {auth0test.DefaultClientID}, "response_type": {"code"}, "code_challenge_method": {"S256"},
		"scope": {"openid profile email read:messages"}, "audience": {auth0test.DefaultAudience}, "organization": {"org_1"}, "max_age": {"300"},
		"screen_hint": {"signup"}, "ui_locales": {"fr"}, "prompt": {""}, "ext-theme": {"calm & \"quiet\""},
	}
	for name, dpop := range map[string]bool{"without DPoP": false, "with DPoP": true} {
		a := newApp(t, withPAR, edit, config(func(c *ginauth0.Config) { c.DPoP = dpop }))
		pushed := a.record(parPath)
		b := a.browser(t)
		response := b.get(target)
		location := response.location(t)
		sent := pushed.one(t)
		if got := location.Scheme + "://" + location.Host + location.Path; got != a.tenant.URL()+"/authorize" || location.Fragment != "" {
			t.Errorf("%s: sent to %s", name, location)
		}
		query := location.Query()
		if requestURI := query.Get("request_uri"); len(query) != 2 || query.Get("client_id") != auth0test.DefaultClientID || !strings.HasPrefix(requestURI, "urn:") {
			t.Errorf("%s: the browser carries %v", name, query)
		}
		if len(b.attemptCookies()) != 1 || response.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %v", name, response.header)
		}
		if len(sent.proofs) != 0 || sent.form.Has("dpop_jkt") != dpop || dpop && len(sent.form.Get("dpop_jkt")) != 43 {
			t.Errorf("%s: proofs %q, dpop_jkt %q", name, sent.proofs, sent.form["dpop_jkt"])
		}
		delete(sent.form, "dpop_jkt")
		wantRandom(t, sent.form)
		whole := maps.Clone(want)
		whole.Set("redirect_uri", a.url+"/auth/callback")
		whole.Set("client_secret", auth0test.DefaultClientSecret)
		if sent.form.Encode() != whole.Encode() {
			t.Errorf("%s: pushed %v\nwant %v", name, sent.form, whole)
		}
	}
}

// A login with PAR asks for what a login without it asks for.
func TestPARPushesTheAuthorizationRequest(t *testing.T) {
	t.Parallel()
	plain, pushing := newApp(t), newApp(t, withPAR)
	pushed := pushing.record(parPath)
	pushing.browser(t).get("/auth/login?login_hint=ada&connection=google&acr_values=gold&display=page&invitation=i&organization=Acme")
	query := plain.browser(t).get("/auth/login?login_hint=ada&connection=google&acr_values=gold&display=page&invitation=i&organization=Acme").location(t).Query()
	form := pushed.one(t).form
	wantRandom(t, query)
	wantRandom(t, form)
	delete(form, "client_secret")
	query.Set("redirect_uri", pushing.url+"/auth/callback")
	if form.Encode() != query.Encode() {
		t.Errorf("pushed %v\nwithout PAR %v", form, query)
	}
	want := url.Values{ // RFC 9126 section 2.1
		"client_id": {auth0test.DefaultClientID}, "redirect_uri": {pushing.url + "/auth/callback"}, "response_type": {"code"},
		"scope": {"openid profile email"}, "code_challenge_method": {"S256"}, "login_hint": {"ada"}, "connection": {"google"},
		"acr_values": {"gold"}, "display": {"page"}, "invitation": {"i"}, "organization": {"Acme"},
	}
	if form.Encode() != want.Encode() {
		t.Errorf("pushed %v\nwant %v", form, want)
	}
}

func TestPARSignsPeopleIn(t *testing.T) {
	t.Parallel()
	a := newApp(t, withPAR)
	b := a.browser(t)
	if r := b.login("/auth/login?returnTo=/profile"); r.header.Get("Location") != "/profile" || !b.signedIn() {
		t.Errorf("%d to %q", r.status, r.header.Get("Location"))
	}
	// Two tabs have a request each, and a guard's login goes the same way.
	tabs := []string{b.toCallback("/auth/login?returnTo=/a"), b.toCallback("/auth/login?returnTo=/b")}
	for i, want := range []string{"/a", "/b"} {
		if got := b.get(tabs[i]).header.Get("Location"); got != want {
			t.Errorf("tab %d leads to %q", i, got)
		}
	}
	stranger := a.browser(t)
	if r := stranger.login(stranger.get("/profile").location(t).String()); r.header.Get("Location") != "/profile" {
		t.Errorf("from a guard: to %q", r.header.Get("Location"))
	}
	if got := a.tenant.Requests(parPath); got != 4 {
		t.Errorf("%d pushed requests for 4 logins", got)
	}
}

// The tenant may answer 200 too, and its authorization endpoint may have a query of its
// own (RFC 6749 section 3.1).
func TestPAROfAnotherTenant(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusCreated} {
		a := newApp(t, withPAR)
		a.tenant.EditDiscovery(func(d map[string]any) {
			d["authorization_endpoint"] = a.tenant.URL() + "/authorize?realm=a%26b"
		})
		pushed := a.recordAnd(parPath, answering(status, `{"request_uri":"urn:x:1&client_id=evil#f","expires_in":30,"more":[]}`))
		query := a.browser(t).get("/auth/login").location(t).Query()
		want := url.Values{"realm": {"a&b"}, "client_id": {auth0test.DefaultClientID}, "request_uri": {"urn:x:1&client_id=evil#f"}}
		if query.Encode() != want.Encode() {
			t.Errorf("%d: the browser carries %v, want %v", status, query, want)
		}
		pushed.one(t)
	}
}

// Secret by post or basic as the metadata say, a refused request never repeated in the
// other style.
func TestPARAuthenticatesInOneWay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		methods any
		basic   bool
	}{
		"not said": {nil, true}, "basic": {[]string{"client_secret_basic"}, true}, "post": {[]string{"client_secret_basic", "client_secret_post"}, false},
		"neither": {[]string{"private_key_jwt"}, true},
	} {
		for _, refused := range []bool{false, true} {
			a := newApp(t, withPAR)
			a.tenant.EditDiscovery(func(d map[string]any) {
				d["token_endpoint_auth_methods_supported"] = test.methods
				if test.methods == nil {
					delete(d, "token_endpoint_auth_methods_supported")
				}
			})
			pushed := a.record(parPath)
			if refused {
				pushed = a.recordAnd(parPath, answering(http.StatusUnauthorized, `{"error":"invalid_client"}`))
			}
			response := a.browser(t).get("/auth/login", asJSON)
			if want := map[bool]int{false: http.StatusFound, true: http.StatusInternalServerError}[refused]; response.status != want {
				t.Errorf("%s, refused %v: %d %s", name, refused, response.status, response.body)
			}
			sent := pushed.one(t)
			var header []string
			if test.basic {
				header = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(auth0test.DefaultClientID+":"+auth0test.DefaultClientSecret))}
			}
			if !slices.Equal(sent.authorization, header) || sent.form.Has("client_secret") == test.basic || sent.form.Get("client_id") != auth0test.DefaultClientID {
				t.Errorf("%s, refused %v: Authorization %q, form %v", name, refused, sent.authorization, sent.form)
			}
		}
	}
}

// What a step-up asks for is nothing that the person could leave out on the way.
func TestPARCarriesTheNeedsOfAStepUp(t *testing.T) {
	t.Parallel()
	a := newApp(t, withPAR, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/guarded", auth.RequireSession(ginauth0.RequireRecentLogin(time.Minute), ginauth0.RequireACR("gold")), func(c *gin.Context) {
				c.String(http.StatusOK, "in")
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(3 * time.Minute)
	pushed := a.record(parPath)
	if query := b.get("/guarded").location(t).Query(); len(query) != 2 {
		t.Errorf("the browser carries %v", query)
	}
	if form := pushed.one(t).form; form.Get("acr_values") != "gold" || form.Get("max_age") != "60" {
		t.Errorf("pushed %v", form)
	}
}
