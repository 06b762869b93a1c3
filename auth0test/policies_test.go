package auth0test_test

import (
	"cmp"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// strictAPI enforces policies: there ada may read, and nobody else anything. openAPI does not.
const (
	strictAPI = "https://strict.example.test"
	openAPI   = "https://open.example.test"
)

func policyTenant(t *testing.T, clock *clock) *auth0test.Tenant {
	t.Helper()
	scopes := []string{"read:messages", "write:messages"}
	return auth0test.Start(t, auth0test.Config{
		Now: clock.Now,
		APIs: []auth0test.API{
			{Audience: strictAPI, Scopes: scopes, Permissions: []string{"admin:all"}, EnforcePolicies: true},
			{Audience: openAPI, Scopes: scopes},
		},
		Users: []auth0test.User{
			{Name: "ada", Permissions: []string{"read:messages", "admin:all", "of:another"}}, {Name: "grace"},
		},
	})
}

// wantScope looks at the scope of an answer, and at that of the access token in it.
func wantScope(t *testing.T, tenant *auth0test.Tenant, answer map[string]any, audience, want string) {
	t.Helper()
	got := claims(t, tenant, audience, text(t, answer, "access_token"))["scope"]
	if got != want {
		t.Errorf("scope of the token %q, want %q", got, want)
	}
	if said, _ := answer["scope"].(string); said != want {
		t.Errorf("scope of the answer %q, want %q", said, want)
	}
}

func TestPoliciesOfALogin(t *testing.T) {
	t.Parallel()
	tenant := policyTenant(t, newClock())
	for name, test := range map[string]struct {
		user, audience, asked, want string
	}{
		"what the person may":            {"ada", strictAPI, "openid profile read:messages", "openid profile read:messages"},
		"more than the person may":       {"ada", strictAPI, "openid read:messages write:messages", "openid read:messages"},
		"not asked for":                  {"ada", strictAPI, "openid email", "openid email"},
		"a permission that is no scope":  {"ada", strictAPI, "openid admin:all of:another", "openid"},
		"the standard scopes of anybody": {"grace", strictAPI, "openid profile email offline_access write:messages", "openid profile email offline_access"},
		"somebody who typed a name":      {"eve", strictAPI, "openid read:messages", "openid"},
		"an API without policies":        {"grace", openAPI, "openid write:messages", "openid write:messages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, tenant)
			tenant.Login(t, b.http, test.user)
			code := b.get(authorizeURL(tenant, url.Values{"audience": {test.audience}, "scope": {test.asked}})).location(t).Get("code")
			wantScope(t, tenant, granted(t, tenant, codeForm(code, nil)), test.audience, test.want)
		})
	}
}

// The claim permissions is not about what was asked for.
func TestPoliciesLeavePermissionsAlone(t *testing.T) {
	t.Parallel()
	tenant := policyTenant(t, newClock())
	code := newBrowser(t, tenant).login(url.Values{"audience": {strictAPI}, "scope": {"openid"}})
	got, _ := claims(t, tenant, strictAPI, text(t, granted(t, tenant, codeForm(code, nil)), "access_token"))["permissions"].([]any)
	if !slices.Equal(got, []any{"read:messages", "admin:all"}) {
		t.Errorf("permissions %v", got)
	}
}

func TestPoliciesOfARefresh(t *testing.T) {
	t.Parallel()
	tenant := policyTenant(t, newClock())
	login := func(t *testing.T, audience string) string {
		t.Helper()
		code := newBrowser(t, tenant).login(url.Values{
			"audience": {audience}, "scope": {"openid offline_access read:messages write:messages"},
		})
		return text(t, granted(t, tenant, codeForm(code, nil)), "refresh_token")
	}

	for name, test := range map[string]struct {
		login         string // the audience
		audience      string
		asked, wanted string
	}{
		"as the login":                    {strictAPI, "", "", "openid offline_access read:messages"},
		"asked for again":                 {strictAPI, "", "openid read:messages write:messages", "openid read:messages"},
		"another API":                     {openAPI, strictAPI, "", "openid offline_access read:messages"},
		"scopes of another API":           {openAPI, strictAPI, "read:messages write:messages", "read:messages"},
		"another API that has no policy":  {strictAPI, openAPI, "read:messages write:messages", "read:messages write:messages"},
		"another API, as it has them all": {strictAPI, openAPI, "", "openid offline_access read:messages write:messages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := refreshForm(login(t, test.login), url.Values{"audience": {test.audience}, "scope": {test.asked}})
			wantScope(t, tenant, granted(t, tenant, form), cmp.Or(test.audience, test.login), test.wanted)
		})
	}
}

func TestPoliciesOfABackchannelLogin(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := policyTenant(t, clock)
	id := startedBackchannel(t, tenant, url.Values{"audience": {strictAPI}, "scope": {"openid read:messages write:messages"}})
	if logins := tenant.BackchannelLogins(); len(logins) != 1 || logins[0].Scope != "openid read:messages" {
		t.Errorf("logins %+v", logins)
	}
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	clock.advance(5 * time.Second)
	wantScope(t, tenant, granted(t, tenant, pollForm(id, nil)), strictAPI, "openid read:messages")
}

// The policies are about whom the token is for, whoever acts for that person.
func TestPoliciesOfATokenExchange(t *testing.T) {
	t.Parallel()
	tenant := policyTenant(t, newClock())
	tenant.AcceptSubjectToken(legacyType, "legacy", "ada")
	tenant.AcceptSubjectToken(legacyType, "of grace", "grace")
	form := func(changes url.Values) url.Values {
		return changed(exchangeForm(url.Values{"audience": {strictAPI}}), changes)
	}
	wantScope(t, tenant, granted(t, tenant, form(nil)), strictAPI, "read:messages")
	wantScope(t, tenant, granted(t, tenant, form(url.Values{"scope": {"openid write:messages"}})), strictAPI, "openid")
	wantScope(t, tenant, granted(t, tenant, form(url.Values{"subject_token": {"of grace"}})), strictAPI, "")
	wantScope(t, tenant, granted(t, tenant, form(url.Values{
		"subject_token": {"of grace"}, "actor_token": {"legacy"}, "actor_token_type": {legacyType},
	})), strictAPI, "")
}

// Nobody's permissions stand behind client credentials, and a minted token is what the test says.
func TestPoliciesAreAboutPeople(t *testing.T) {
	t.Parallel()
	tenant := policyTenant(t, newClock())
	wantScope(t, tenant, granted(t, tenant, url.Values{
		"grant_type": {"client_credentials"}, "audience": {strictAPI},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}), strictAPI, "read:messages write:messages")
	if got := claims(t, tenant, strictAPI, tenant.AccessToken(nil))["scope"]; got != "read:messages write:messages" {
		t.Errorf("scope %v of a minted token", got)
	}
}
