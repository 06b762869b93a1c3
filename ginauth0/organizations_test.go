package ginauth0_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withOrganizations has a tenant with two organizations, and pages that say for which
// one a session is: /organization, and /custom, which logs in as options say.
func withOrganizations(options *ginauth0.LoginOptions) func(*setup) {
	return func(s *setup) {
		s.tenant.Organizations = []auth0test.Organization{
			{ID: "org_1", Name: "acme", Invitations: []string{"inv_1", "inv_2", "inv_3", "inv_4"}}, {ID: "org_2", Name: "globex", Invitations: []string{"inv_globex"}},
		}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/organization", auth.RequireSession(), func(c *gin.Context) {
				user, _ := ginauth0.UserFrom(c)
				c.String(http.StatusOK, "%s %s", user.OrganizationID, user.OrganizationName)
			})
			router.GET("/custom", func(c *gin.Context) {
				if err := auth.Login(c, *options); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	}
}

// The whole way, with the tenant's own answers.
func TestLoginForAnOrganization(t *testing.T) {
	t.Parallel()
	configs := map[string]func(*ginauth0.Config){
		"no pin":      func(*ginauth0.Config) {},
		"pin":         func(c *ginauth0.Config) { c.Organization = "org_1" },
		"pin by name": func(c *ginauth0.Config) { c.Organization = "Acme" },
		"static":      func(c *ginauth0.Config) { c.AuthorizationParams = map[string]string{"organization": "org_1"} },
	}
	var options ginauth0.LoginOptions
	apps := map[string]*app{}
	for name, test := range map[string]struct {
		config  string
		options ginauth0.LoginOptions
		target  string
		asked   string // what the tenant is asked for
		want    string
	}{
		"none":                            {"no pin", ginauth0.LoginOptions{}, "/auth/login", "", " "},
		"by id":                           {"no pin", ginauth0.LoginOptions{}, "/auth/login?organization=org_2", "org_2", "org_2 globex"},
		"by name":                         {"no pin", ginauth0.LoginOptions{}, "/auth/login?organization=globex", "globex", "org_2 globex"},
		"by name, in another case":        {"no pin", ginauth0.LoginOptions{}, "/auth/login?organization=GloBex", "GloBex", "org_2 globex"},
		"pinned":                          {"pin", ginauth0.LoginOptions{}, "/auth/login", "org_1", "org_1 acme"},
		"pinned by name":                  {"pin by name", ginauth0.LoginOptions{}, "/auth/login", "Acme", "org_1 acme"},
		"pinned, and the same asked":      {"pin", ginauth0.LoginOptions{}, "/auth/login?organization=org_1", "org_1", "org_1 acme"},
		"a static parameter":              {"static", ginauth0.LoginOptions{}, "/auth/login", "org_1", "org_1 acme"},
		"the query before a static one":   {"static", ginauth0.LoginOptions{}, "/auth/login?organization=org_2", "org_2", "org_2 globex"},
		"an option":                       {"no pin", ginauth0.LoginOptions{Organization: "org_2"}, "/custom", "org_2", "org_2 globex"},
		"an option before the pin":        {"pin", ginauth0.LoginOptions{Organization: "org_2"}, "/custom", "org_2", "org_2 globex"},
		"a parameter of the program":      {"no pin", ginauth0.LoginOptions{Params: map[string]string{"organization": "globex"}}, "/custom", "globex", "org_2 globex"},
		"the pin before a parameter":      {"pin", ginauth0.LoginOptions{Params: map[string]string{"organization": "org_2"}}, "/custom", "org_1", "org_1 acme"},
		"an option before a parameter":    {"no pin", ginauth0.LoginOptions{Organization: "org_1", Params: map[string]string{"organization": "org_2"}}, "/custom", "org_1", "org_1 acme"},
		"an invitation":                   {"no pin", ginauth0.LoginOptions{}, "/auth/login?organization=org_1&invitation=inv_1", "org_1", "org_1 acme"},
		"an invitation as Auth0 sends it": {"no pin", ginauth0.LoginOptions{}, "/auth/login?invitation=inv_4&organization=org_1&organization_name=acme", "org_1", "org_1 acme"},
		"an invitation, by name":          {"no pin", ginauth0.LoginOptions{}, "/auth/login?organization=ACME&invitation=inv_2", "ACME", "org_1 acme"},
		"an invitation to the pinned one": {"pin", ginauth0.LoginOptions{}, "/auth/login?invitation=inv_1", "org_1", "org_1 acme"},
		"an invitation as option":         {"no pin", ginauth0.LoginOptions{Organization: "org_1", Invitation: "inv_3"}, "/custom", "org_1", "org_1 acme"},
		"an invitation before the pin":    {"pin", ginauth0.LoginOptions{Organization: "org_2", Invitation: "inv_globex"}, "/custom", "org_2", "org_2 globex"},
	} {
		for _, par := range []bool{false, true} {
			key := fmt.Sprint(test.config, par)
			if apps[key] == nil {
				apps[key] = newApp(t, withOrganizations(&options), config(configs[test.config]), config(func(c *ginauth0.Config) { c.PAR = par }))
			}
			a := apps[key]
			options = test.options
			pushed := a.record(parPath)
			b := a.browser(t)
			callback := b.toCallback(test.target)
			if par {
				if got := pushed.one(t).form.Get("organization"); got != test.asked {
					t.Errorf("%s: asked for %q, want %q", name, got, test.asked)
				}
			}
			if r := b.get(callback); r.status != http.StatusFound {
				t.Errorf("%s: %d %s", name, r.status, r.body)
			}
			if got := b.get("/organization").body; got != test.want {
				t.Errorf("%s: signed in for %q, want %q", name, got, test.want)
			}
		}
	}
}

// What cannot be meant is refused before the tenant hears of it.
func TestOrganizationParametersThatAreRefused(t *testing.T) {
	t.Parallel()
	var options ginauth0.LoginOptions
	apps := map[string]*app{}
	for name, test := range map[string]struct {
		pin     string
		options ginauth0.LoginOptions
		target  string
	}{
		"empty":                                 {"", ginauth0.LoginOptions{}, "/auth/login?organization="},
		"empty beside the pin":                  {"org_1", ginauth0.LoginOptions{}, "/auth/login?organization="},
		"twice":                                 {"", ginauth0.LoginOptions{}, "/auth/login?organization=org_1&organization=org_1"},
		"against the pin":                       {"org_1", ginauth0.LoginOptions{}, "/auth/login?organization=org_2"},
		"the pinned one by another name":        {"org_1", ginauth0.LoginOptions{}, "/auth/login?organization=acme"},
		"an invitation against the pin":         {"org_1", ginauth0.LoginOptions{}, "/auth/login?organization=org_2&invitation=inv_globex"},
		"an invitation to nowhere":              {"", ginauth0.LoginOptions{}, "/auth/login?invitation=inv_1"},
		"an empty invitation":                   {"", ginauth0.LoginOptions{}, "/auth/login?organization=org_1&invitation="},
		"an option, an invitation to nowhere":   {"", ginauth0.LoginOptions{Invitation: "inv_1"}, "/custom"},
		"a parameter that is empty":             {"", ginauth0.LoginOptions{Params: map[string]string{"organization": ""}}, "/custom"},
		"a parameter that is empty, pinned":     {"org_1", ginauth0.LoginOptions{Params: map[string]string{"organization": ""}}, "/custom"},
		"an invitation that is empty":           {"", ginauth0.LoginOptions{Organization: "org_1", Params: map[string]string{"invitation": ""}}, "/custom"},
		"a parameter, an invitation to nowhere": {"", ginauth0.LoginOptions{Params: map[string]string{"invitation": "inv_1"}}, "/custom"},
	} {
		for _, par := range []bool{false, true} {
			key := fmt.Sprint(test.pin, par)
			if apps[key] == nil {
				apps[key] = newApp(t, withOrganizations(&options), config(func(c *ginauth0.Config) { c.PAR, c.Organization = par, test.pin }))
			}
			a := apps[key]
			options = test.options
			r := a.browser(t).get(test.target, asJSON)
			wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
			if r.header.Get("Location") != "" || len(r.header.Values("Set-Cookie")) != 0 || a.tenant.Requests(parPath) != 0 {
				t.Errorf("%s: %v", name, r.header)
			}
		}
	}
	for _, parameter := range []string{"organization", "invitation"} {
		cfg := validConfig()
		cfg.AuthorizationParams = map[string]string{parameter: ""}
		if auth, err := ginauth0.New(t.Context(), cfg); err == nil {
			auth.Close()
			t.Errorf("an empty %s is accepted as a static parameter", parameter)
		} else if got := fields(t, err); !slices.Equal(got, []string{"AuthorizationParams"}) {
			t.Errorf("fields %q", got)
		}
	}
}

// An invitation is good once, and for one organization.
func TestInvitationsAreUsedUp(t *testing.T) {
	t.Parallel()
	for _, par := range []bool{false, true} {
		a := newApp(t, withOrganizations(nil), config(func(c *ginauth0.Config) { c.PAR = par }))
		const target = "/auth/login?organization=org_1&invitation=inv_1"
		b := a.browser(t)
		b.login(target)
		for name, target := range map[string]string{
			"used before": target, "of another one": "/auth/login?organization=org_1&invitation=inv_globex", "guessed": "/auth/login?organization=org_1&invitation=inv_0",
			"to an organization that is none": "/auth/login?organization=org_0&invitation=inv_2", "an organization that is none": "/auth/login?organization=org_0",
		} {
			stranger := a.browser(t)
			if !par {
				target = stranger.toCallback(target)
			}
			wantError(t, stranger.get(target, asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
			if len(stranger.sessionCookies()) != 0 || len(stranger.attemptCookies()) != 0 {
				t.Errorf("PAR %v, %s: cookies %v", par, name, stranger.jarCookies())
			}
		}
	}
}

// throughTenant follows the tenant's redirects up to the callback, whose address it
// returns.
func (b *browser) throughTenant(at *url.URL) string {
	b.t.Helper()
	for range 5 {
		at = at.ResolveReference(b.get(at.String()).location(b.t))
		if strings.HasPrefix(at.String(), b.app.url) {
			return at.String()
		}
	}
	b.t.Fatal("the tenant does not come back")
	return ""
}

// The organization that was asked for is not the browser's to change on the way.
func TestTheBrowserCannotChangeTheOrganization(t *testing.T) {
	t.Parallel()
	options := ginauth0.LoginOptions{Organization: "org_1", Invitation: "inv_1"}
	another := func(q url.Values) { q.Set("organization", "org_2") }
	for name, test := range map[string]struct {
		target string
		change func(url.Values)
		pinned string
		static map[string]string
	}{
		"of a static parameter":     {"/auth/login", another, "", map[string]string{"organization": "org_1"}},
		"of a link":                 {"/auth/login?organization=org_1", another, "", nil},
		"left out":                  {"/auth/login", func(q url.Values) { q.Del("organization") }, "org_1", nil},
		"another one":               {"/auth/login", another, "org_1", nil},
		"another one, by name":      {"/auth/login", func(q url.Values) { q.Set("organization", "globex") }, "org_1", nil},
		"another one's invitation":  {"/custom", func(q url.Values) { q.Set("organization", "org_2"); q.Set("invitation", "inv_globex") }, "org_1", nil},
		"an invitation left behind": {"/custom", func(q url.Values) { q.Del("organization"); q.Del("invitation") }, "org_1", nil},
	} {
		var failed atomic.Pointer[error]
		a := newApp(t, withOrganizations(&options), config(func(c *ginauth0.Config) {
			c.Organization, c.AuthorizationParams = test.pinned, test.static
			c.OnError = func(_ *gin.Context, err error) { failed.Store(&err) }
		}))
		b := a.browser(t)
		at := b.get(test.target).location(t)
		query := at.Query()
		test.change(query)
		at.RawQuery = query.Encode()
		wantError(t, b.get(b.throughTenant(at), asJSON), http.StatusForbidden, `"error":"organization_mismatch"`)
		if err := *failed.Load(); !errors.Is(err, ginauth0.ErrOrganization) {
			t.Errorf("%s: %v", name, err)
		}
		if len(b.sessionCookies()) != 0 || len(b.attemptCookies()) != 0 {
			t.Errorf("%s: cookies %v", name, b.jarCookies())
		}
	}
}

// What the ID token says decides, in whatever form it says it.
func TestTheOrganizationOfTheIDToken(t *testing.T) {
	t.Parallel()
	type claims map[string]any
	a := newApp(t) // at a tenant that takes every organization
	const refused, accepted = http.StatusForbidden, http.StatusFound
	for name, test := range map[string]struct {
		asked  string
		claims claims // beside no others about an organization
		status int
	}{
		"the id":                           {"org_1", claims{"org_id": "org_1"}, accepted},
		"another id":                       {"org_1", claims{"org_id": "org_2"}, refused},
		"the id in another case":           {"org_1", claims{"org_id": "ORG_1"}, refused},
		"the start of the id":              {"org_1", claims{"org_id": "org_"}, refused},
		"more than the id":                 {"org_1", claims{"org_id": "org_11"}, refused},
		"the id with a space":              {"org_1", claims{"org_id": "org_1 "}, refused},
		"nothing":                          {"org_1", claims{}, refused},
		"null":                             {"org_1", claims{"org_id": nil}, refused},
		"a number":                         {"org_1", claims{"org_id": 1}, refused},
		"true":                             {"org_1", claims{"org_id": true}, refused},
		"an array":                         {"org_1", claims{"org_id": []string{"org_1"}}, refused},
		"an object":                        {"org_1", claims{"org_id": claims{"id": "org_1"}}, refused},
		"empty":                            {"org_1", claims{"org_id": ""}, refused},
		"a name that looks like the id":    {"org_1", claims{"org_id": "org_2", "org_name": "org_1"}, refused},
		"a name that looks like it, no id": {"org_1", claims{"org_name": "org_1"}, refused},
		"the claim in capitals":            {"org_1", claims{"Org_ID": "org_1"}, refused},
		"the name":                         {"Acme", claims{"org_id": "org_1", "org_name": "acme"}, accepted},
		"the name in capitals":             {"acme", claims{"org_id": "org_1", "org_name": "ACME"}, accepted},
		"another name":                     {"acme", claims{"org_id": "org_2", "org_name": "globex"}, refused},
		"the start of the name":            {"acme", claims{"org_id": "org_2", "org_name": "acm"}, refused},
		"no name":                          {"acme", claims{"org_id": "org_1"}, refused},
		"an id that looks like the name":   {"acme", claims{"org_id": "acme"}, refused},
		"the name null":                    {"acme", claims{"org_id": "org_1", "org_name": nil}, refused},
		"the name a number":                {"1", claims{"org_id": "org_1", "org_name": 1}, refused},
		"the name an array":                {"acme", claims{"org_id": "org_1", "org_name": []string{"acme"}}, refused},
		"nothing asked, one given":         {"", claims{"org_id": "org_1", "org_name": "acme"}, accepted},
	} {
		a.tenant.EditIDToken(func(_, all map[string]any) {
			delete(all, "org_id")
			delete(all, "org_name")
			maps.Copy(all, test.claims)
		})
		b := a.browser(t)
		asked := ""
		if test.asked != "" {
			asked = "&" + url.Values{"organization": {test.asked}}.Encode()
		}
		r := b.get(b.toCallback("/auth/login?returnTo=/x"+asked), asJSON)
		if r.status != test.status || test.status == refused && !strings.Contains(r.body, `"error":"organization_mismatch"`) {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, test.status)
		}
		if (len(b.sessionCookies()) != 0) != (test.status == accepted) || len(b.attemptCookies()) != 0 {
			t.Errorf("%s: cookies %v", name, b.jarCookies())
		}
	}
}
