package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func startWithOrganizations(t *testing.T) *auth0test.Tenant {
	t.Helper()
	return auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Organizations: []auth0test.Organization{
		{ID: "org_1", Name: "acme", Invitations: []string{"ticket-a", "ticket-b"}},
		{ID: "org_2", Name: "Globex", Invitations: []string{"ticket-c"}},
	}})
}

func TestConfiguredOrganizations(t *testing.T) {
	tenant := startWithOrganizations(t)
	for asked, want := range map[string][2]any{
		"org_1":  {"org_1", "acme"},
		"ACME":   {"org_1", "acme"},
		"globex": {"org_2", "Globex"},
		"":       {nil, nil},
	} {
		t.Run(asked, func(t *testing.T) {
			code := newBrowser(t, tenant).login(url.Values{
				"organization": {asked}, "audience": {auth0test.DefaultAudience}, "scope": {"openid offline_access"},
			})
			answer := granted(t, tenant, codeForm(code, nil))
			for _, answer := range []map[string]any{answer, granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil))} {
				for audience, name := range map[string]string{
					auth0test.DefaultClientID: "id_token", auth0test.DefaultAudience: "access_token",
				} {
					all := claims(t, tenant, audience, text(t, answer, name))
					if got := [2]any{all["org_id"], all["org_name"]}; got != want {
						t.Errorf("%s has %v, want %v", name, got, want)
					}
				}
			}
		})
	}
}

func TestOrganizationOrInvitationIsRefused(t *testing.T) {
	tenant := startWithOrganizations(t)
	for name, changes := range map[string]url.Values{
		"unknown name":                       {"organization": {"initech"}},
		"unknown id":                         {"organization": {"org_3"}},
		"id in another case":                 {"organization": {"ORG_1"}},
		"unknown invitation":                 {"organization": {"acme"}, "invitation": {"ticket-x"}},
		"invitation to another organization": {"organization": {"acme"}, "invitation": {"ticket-c"}},
		"invitation without an organization": {"invitation": {"ticket-a"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := newBrowser(t, tenant).get(authorizeURL(tenant, changes)).location(t)
			if got.Get("error") != "invalid_request" || got.Has("code") {
				t.Errorf("answer %v, want invalid_request", got)
			}
			wantRefusal(t, push(t, tenant, pushForm(changes)), http.StatusBadRequest, "invalid_request")
		})
	}
}

func TestInvitationIsGoodForOneLogin(t *testing.T) {
	tenant := startWithOrganizations(t)
	invited := url.Values{"organization": {"org_1"}, "invitation": {"ticket-a"}}
	b := newBrowser(t, tenant)

	// A login that fails, or is only begun, leaves the invitation as it is.
	if got := b.get(authorizeURL(tenant, changed(url.Values{"prompt": {"none"}}, invited))).location(t); got.Get("error") != "login_required" {
		t.Errorf("answer %v, want login_required", got)
	}
	tenant.SetAutoApprove("")
	if got := b.choose(b.get(authorizeURL(tenant, invited)), "cancel", "1").location(t); got.Get("error") != "access_denied" {
		t.Errorf("answer %v, want access_denied", got)
	}
	_, address := pushed(t, tenant, pushForm(invited))
	first, second := b.get(authorizeURL(tenant, invited)), newBrowser(t, tenant)

	code := b.choose(first, "user", "auth0|grace").location(t).Get("code")
	if all := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(code, nil)), "id_token")); all["org_id"] != "org_1" {
		t.Errorf("org_id %v, want org_1", all["org_id"])
	}
	for name, got := range map[string]url.Values{
		"asked for again": b.get(authorizeURL(tenant, invited)).location(t),
		"pushed before":   second.choose(second.get(address), "user", "auth0|alan").location(t),
	} {
		if got.Get("error") != "invalid_request" || got.Has("code") {
			t.Errorf("%s: answer %v, want invalid_request", name, got)
		}
	}
	other := url.Values{"organization": {"org_1"}, "invitation": {"ticket-b"}}
	if got := b.get(authorizeURL(tenant, other)).location(t); got.Get("code") == "" {
		t.Errorf("another invitation: answer %v, want a code", got)
	}
}

func TestOrganizationsAreValidated(t *testing.T) {
	_, err := auth0test.New(auth0test.Config{
		APIs: []auth0test.API{{Audience: "x", AuthorizationDetailsTypes: []string{"payment", " "}}},
		Organizations: []auth0test.Organization{
			{},
			{ID: "acme", Name: "org_acme"},
			{ID: "org_", Name: "b"},
			{ID: "org_1", Name: "c", Invitations: []string{"", "x", "x"}},
			{ID: "org_1", Name: "C"},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Config.APIs[0].AuthorizationDetailsTypes[1]:",
		"Config.Organizations[0].ID:", "Config.Organizations[0].Name:", "Config.Organizations[1].ID:", "Config.Organizations[1].Name:",
		"Config.Organizations[2].ID:", "Config.Organizations[3].Invitations[0]:", "Config.Organizations[3].Invitations[2]:",
		"Config.Organizations[4].ID:", "Config.Organizations[4].Name:",
	} {
		if !strings.Contains(err.Error(), "auth0test: "+want) {
			t.Errorf("the error does not name %s\n%v", want, err)
		}
	}
}
