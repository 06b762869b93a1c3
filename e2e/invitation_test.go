package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Somebody follows the link of an invitation to an organization, which also knows who they are. With PAR none of it is in the
// browser's address on the way.
func TestInvitationToAnOrganization(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(t *testing.T, webapp string) tenant {
		return startDevTenant(t, webapp, func(c *auth0test.Config) {
			c.Organizations = []auth0test.Organization{
				{ID: "org_1", Name: "acme", Invitations: []string{"ticket-of-ada"}},
				{ID: "org_2", Name: "other"},
			}
		})
	})
	const link = "/auth/login?invitation=ticket-of-ada&organization=org_1&organization_name=acme&login_hint=ada&returnTo=/profile"
	webapp := s.startInstance(t, s.webappPort, "AUTH0_PAR=true")
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + link)
	tab.follow(`button.hinted`) // login_hint says who it is
	wantPlace(t, tab, webapp.url+"/profile")
	wantProfile(t, s, tab, "ada")
	wantOrganization(t, webapp, tab)

	get(t, webapp.url+link).want(t, http.StatusBadRequest, "") // it was for one login
	webapp.stop(t)

	// Pinned by name: nobody comes in for another one, whatever a link says.
	webapp = s.startInstance(t, s.webappPort, "AUTH0_ORGANIZATION=acme")
	get(t, webapp.url+"/auth/login?organization=org_2").want(t, http.StatusBadRequest, "")
	tab.open(webapp.url + "/auth/login?returnTo=/profile") // the tenant still knows her
	wantPlace(t, tab, webapp.url+"/profile")
	wantOrganization(t, webapp, tab)
}

// wantOrganization fails the test unless the session is for the first organization.
func wantOrganization(t *testing.T, webapp *program, of *tab) {
	t.Helper()
	var claims map[string]any
	me := get(t, webapp.url+"/api/me", "Cookie", cookieHeader(of, webapp.url))
	if err := json.Unmarshal([]byte(me.body), &claims); err != nil || claims["org_id"] != "org_1" || claims["org_name"] != "acme" {
		t.Errorf("/api/me says %d %s, %v", me.status, me.body, err)
	}
}
