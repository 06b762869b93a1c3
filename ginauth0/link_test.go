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

// linkOptions is what a test lets the pages /link and /unlink ask for.
type linkOptions struct {
	options
	link ginauth0.LinkOptions
}

// linking is an app of refreshing whose people may link identities. Its pages /link and
// /unlink do so by the program, /session shows what a session is.
func linking(o *linkOptions) func(*setup) {
	return func(s *setup) {
		refreshing(s)
		s.tenant.Connections = []auth0test.Connection{{Name: "github"}, {Name: "google-oauth2"}}
		s.config.Routes.EnableAccessToken, s.config.Routes.EnableLinking = false, true
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			for path, start := range map[string]func(*gin.Context, ginauth0.LinkOptions) error{"/link": auth.StartLink, "/unlink": auth.StartUnlink} {
				router.GET(path, func(c *gin.Context) {
					o.run(c, auth, func() error { return start(c, o.link) })
				})
			}
			router.GET("/session", auth.RequireSession(), func(c *gin.Context) {
				session, _ := ginauth0.SessionFrom(c)
				id, err := auth.IDToken(c)
				plan, _ := session.User().Claim("plan")
				c.JSON(http.StatusOK, sessionPage{
					session.ID(), session.CreatedAt(), session.User().Subject, session.User().Name, plan, string(id), err == nil,
				})
			})
		}
	}
}

// sessionPage is what /session shows.
type sessionPage struct {
	ID            string
	Created       time.Time
	Subject, Name string
	Plan          any
	IDToken       string
	HasIDToken    bool
}

func signedInLinking(t testing.TB, o *linkOptions, edits ...func(*setup)) (*app, *browser) {
	t.Helper()
	a := newApp(t, append([]func(*setup){linking(o)}, edits...)...)
	b := a.browser(t)
	b.login("/auth/login")
	return a, b
}

// withPlan lets the next ID tokens say more of the person.
func withPlan(a *app) {
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["plan"], claims["name"] = "gold", "Ada King" })
}

// Both ways: what goes over the wire, and what becomes of the session.
func TestLinkAndUnlinkAnIdentity(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, start, callback, scope, requestedScope string
		pushed                                       bool
		linked                                       []string
	}{
		{"link", "/auth/connect?connection=github&scopes=repo&scopes=gist&returnTo=/files", "/auth/connect/callback", "openid link_account", "repo gist", false, []string{"github"}},
		{"unlink", "/auth/unconnect?connection=github&scopes=repo&returnTo=/files", "/auth/unconnect/callback", "openid unlink_account", "", false, nil},
		{"pushed link", "/auth/connect?connection=github&returnTo=/files", "/auth/connect/callback", "openid link_account", "", true, []string{"github"}},
		{"pushed unlink", "/auth/unconnect?connection=github&returnTo=/files", "/auth/unconnect/callback", "openid unlink_account", "", true, nil},
	} {
		var o linkOptions
		var told callbackEvents
		a, b := signedInLinking(t, &o, hearing(&told), config(func(c *ginauth0.Config) { c.PAR = test.pushed }))
		before, token := shown[sessionPage](t, b.get("/session")), b.token("")
		told.take()
		if strings.HasSuffix(test.name, "unlink") {
			b.get(b.toCallback("/auth/connect?connection=github"))
			before = shown[sessionPage](t, b.get("/session"))
			told.take()
		}
		pushed, redeemed := a.record(parPath), a.record(tokenPath)
		r := b.get(test.start)
		if r.header.Get("Cache-Control") != "private, no-store" || len(b.attemptCookies()) != 1 {
			t.Errorf("%s: %v", test.name, r.header)
		}
		location := r.location(t)
		sent := location.Query()
		if test.pushed {
			if len(sent) != 2 || sent.Get("client_id") == "" || !strings.HasPrefix(sent.Get("request_uri"), "urn:") {
				t.Errorf("%s: the browser carries %v", test.name, sent)
			}
			sent = pushed.one(t).form
			delete(sent, "client_secret")
		}
		state := sent.Get("state")
		wantRandom(t, sent)
		want := url.Values{
			"client_id": {auth0test.DefaultClientID}, "redirect_uri": {a.url + test.callback}, "response_type": {"code"},
			"scope": {test.scope}, "audience": {"my-account"}, "code_challenge_method": {"S256"},
			"requested_connection": {"github"}, "id_token_hint": {before.IDToken},
		}
		if test.requestedScope != "" {
			want.Set("requested_connection_scope", test.requestedScope)
		}
		if sent.Encode() != want.Encode() {
			t.Errorf("%s: sent %v\nwant %v", test.name, sent, want)
		}
		back := b.returned(location)
		if back.Path != test.callback || back.Query().Get("state") != state {
			t.Errorf("%s: comes back to %s", test.name, back)
		}
		withPlan(a)
		r = b.get(back.String())
		if r.status != http.StatusFound || r.header.Get("Location") != "/files" || len(b.attemptCookies()) != 0 {
			t.Fatalf("%s: %d %v %s\nlog: %s", test.name, r.status, r.header, r.body, a.log)
		}
		wantOneLinePerName(t, r)
		form := redeemed.one(t).form
		if len(form.Get("code_verifier")) != 43 {
			t.Errorf("%s: verifier %q", test.name, form.Get("code_verifier"))
		}
		delete(form, "code_verifier")
		wantForm := url.Values{
			"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {a.url + test.callback},
			"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		}
		if form.Encode() != wantForm.Encode() {
			t.Errorf("%s: redeemed with %v\nwant %v", test.name, form, wantForm)
		}
		after := shown[sessionPage](t, b.get("/session"))
		if after.IDToken == before.IDToken || after.Plan != "gold" || after.Name != "Ada King" {
			t.Errorf("%s: neither ID token nor claims are new: %+v", test.name, after)
		}
		if after.ID != before.ID || !after.Created.Equal(before.Created) || after.Subject != before.Subject {
			t.Errorf("%s: another session: %+v, was %+v", test.name, after, before)
		}
		if page := b.token(""); page.Token != token.Token || !page.RefreshToken {
			t.Errorf("%s: the session's tokens did not survive", test.name)
		}
		b.token("?force") // its refresh token works
		if got := a.tenant.LinkedConnections("ada"); !slices.Equal(got, test.linked) {
			t.Errorf("%s: linked %v, want %v", test.name, got, test.linked)
		}
		events, errs := told.take()
		kind := strings.TrimPrefix(test.name, "pushed ")
		if len(events) != 1 || len(errs) != 0 || events[0].Kind != kind || events[0].ConnectedAccount != nil {
			t.Fatalf("%s: events %+v, errors %v", test.name, events, errs)
		}
		if plan, _ := events[0].Session.User().Claim("plan"); plan != "gold" {
			t.Errorf("%s: the hook sees the old session", test.name)
		}
	}
}

func TestLinkByTheProgram(t *testing.T) {
	t.Parallel()
	var o linkOptions
	var told callbackEvents
	a, b := signedInLinking(t, &o, hearing(&told), config(func(c *ginauth0.Config) {
		c.AuthorizationParams = map[string]string{"ui_locales": "fr", "audience": auth0test.DefaultAudience, "scope": "profile", "ext-theme": "calm"}
	}))
	told.take()
	o.link = ginauth0.LinkOptions{RequestedConnection: "github", RequestedConnectionScope: " repo  gist ", ReturnTo: "/a?b=1#c", AppState: "step 2"}
	location := b.get("/link").location(t)
	q := location.Query()
	if q.Get("requested_connection_scope") != "repo gist" || q.Get("ui_locales") != "fr" || q.Get("ext-theme") != "calm" ||
		q.Get("audience") != "my-account" || q.Get("scope") != "openid link_account" {
		t.Errorf("sent %v", q)
	}
	if got := b.get(b.returned(location).String()).header.Get("Location"); got != "/a?b=1#c" {
		t.Errorf("leads to %q", got)
	}
	if events, _ := told.take(); len(events) != 1 || events[0].AppState != "step 2" {
		t.Errorf("events %+v", events)
	}
	o.link = ginauth0.LinkOptions{RequestedConnection: "github"}
	if got := b.get(b.returned(b.get("/unlink").location(t)).String()).header.Get("Location"); got != "/" {
		t.Errorf("leads to %q", got)
	}
	if got := a.tenant.LinkedConnections("ada"); len(got) != 0 {
		t.Errorf("linked %v", got)
	}
}

// The ID token that goes as the hint may have expired: it lets nobody in.
func TestLinkWithAnIDTokenThatHasExpired(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o)
	a.clock.advance(11 * time.Hour)
	r := b.get(b.toCallback("/auth/connect?connection=github&returnTo=/files"))
	if r.header.Get("Location") != "/files" || len(a.tenant.LinkedConnections("ada")) != 1 {
		t.Errorf("%d %s\nlog: %s", r.status, r.body, a.log)
	}
}

func TestLinksInTwoTabs(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		var o linkOptions
		a, b := signedInLinking(t, &o)
		tabs := []string{b.toCallback("/auth/connect?connection=github&returnTo=/first"), b.toCallback("/auth/connect?connection=google-oauth2&returnTo=/second")}
		for _, i := range order {
			if got := b.get(tabs[i]).header.Get("Location"); got != []string{"/first", "/second"}[i] {
				t.Errorf("tab %d leads to %q", i, got)
			}
		}
		if got := a.tenant.LinkedConnections("ada"); len(got) != 2 || b.get("/profile").body != "profile of auth0|ada" {
			t.Errorf("linked %v", got)
		}
	}
}

func TestBeforeSaveSeesTheClaimsOfALink(t *testing.T) {
	t.Parallel()
	var o linkOptions
	refuse := errors.New("no room for it")
	a, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) {
		c.BeforeSave = func(_ context.Context, draft *ginauth0.SessionDraft) error {
			if plan, _ := draft.User().Claim("plan"); plan == "iron" {
				return refuse
			}
			return errors.Join(draft.Remove("plan"), draft.Set("seen", draft.User().Name))
		}
	}))
	before := shown[sessionPage](t, b.get("/session"))
	back := b.toCallback("/auth/connect?connection=github")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["plan"] = "iron" })
	wantError(t, b.get(back, asJSON), http.StatusInternalServerError, `"error":"server_error"`)
	if after := shown[sessionPage](t, b.get("/session")); after != before {
		t.Errorf("the session became %+v, was %+v", after, before)
	}
	back = b.toCallback("/auth/connect?connection=github")
	withPlan(a)
	if r := b.get(back); r.status != http.StatusFound {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if after := shown[sessionPage](t, b.get("/session")); after.Plan != nil || after.Name != "Ada King" || after.IDToken == before.IDToken {
		t.Errorf("the session became %+v", after)
	}
}

// A link is for the organization that the session is in.
func TestALinkStaysInTheOrganization(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o, func(s *setup) {
		s.tenant.Organizations = []auth0test.Organization{{ID: "org_1", Name: "one"}, {ID: "org_2", Name: "two"}}
	})
	b.login("/auth/login?organization=org_1")
	location := b.get("/auth/connect?connection=github").location(t)
	if got := location.Query()["organization"]; !slices.Equal(got, []string{"org_1"}) {
		t.Errorf("asked for %v", got)
	}
	if r := b.get(b.returned(location).String()); r.status != http.StatusFound {
		t.Fatalf("%d %s", r.status, r.body)
	}
	back := b.toCallback("/auth/connect?connection=github")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["org_id"] = "org_2" })
	wantError(t, b.get(back, asJSON), http.StatusForbidden, `"error":"organization_mismatch"`)
}

// A link asks for the scope openid alone, so the profile does not come with it. That is
// no reason for the person to lose their name.
func TestALinkKeepsWhatDoesNotCome(t *testing.T) {
	t.Parallel()
	var o linkOptions
	_, b := signedInLinking(t, &o)
	before := shown[sessionPage](t, b.get("/session"))
	b.get(b.toCallback("/auth/connect?connection=github"))
	if after := shown[sessionPage](t, b.get("/session")); after.Name != "Ada Lovelace" || after.IDToken == before.IDToken {
		t.Errorf("the session became %+v", after)
	}
}

// The refresh token is that of the login: what a refresh says of the login is compared
// with the login, whatever a link said later.
func TestALinkIsNoLogin(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) {
		c.AuthorizationParams = map[string]string{"max_age": "86400"}
	}))
	back := b.toCallback("/auth/connect?connection=github")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["auth_time"] = a.clock.Now().Unix() - 60 })
	if r := b.get(back); r.status != http.StatusFound {
		t.Fatalf("%d %s", r.status, r.body)
	}
	a.tenant.EditIDToken(nil)
	b.token("?force")
	if after := shown[sessionPage](t, b.get("/session")); after.Subject != "auth0|ada" {
		t.Errorf("a refresh after a link ended the session: %+v", after)
	}
}

// The same with sessions in rows.
func TestLinkOfASessionInARow(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o, config(func(c *ginauth0.Config) { c.Session.Store = newRowStore() }))
	cookies := b.sessionCookies()
	back := b.toCallback("/auth/connect?connection=github")
	withPlan(a)
	if r := b.get(back); r.status != http.StatusFound {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if after := shown[sessionPage](t, b.get("/session")); after.Plan != "gold" || b.sessionCookies()[0].Value != cookies[0].Value {
		t.Errorf("the session became %+v", after)
	}
}
