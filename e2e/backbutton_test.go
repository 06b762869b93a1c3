package e2e_test

import (
	"net/http"
	"testing"
)

func TestBackButtonAfterLoginShowsNoError(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		tab := newBrowser(t, s.known).newTab()
		tab.open(webapp.url)
		tab.follow(`[data-testid=login]`)
		s.tenant.signIn(tab, "ada")
		wantProfile(t, s, tab, "ada")

		tab.backTo(webapp.url + "/") // over the provider's page to where the login began
		wantPlace(t, tab, webapp.url+"/")
		if tab.shows(`[data-testid=login]`) {
			t.Error("the home page offers a login to somebody who is signed in")
		}
		if status := tab.open(webapp.url + "/profile"); status != http.StatusOK {
			t.Errorf("the profile comes with %d", status)
		}
		wantProfile(t, s, tab, "ada")

		// The same callback once more, as a browser sends it that reloads or restores a tab.
		if status := tab.open(tab.lastCallback()); status != http.StatusOK {
			t.Errorf("the second callback ends with %d", status)
		}
		wantPlace(t, tab, webapp.url+"/")
		tab.await(`[data-testid=logout]`)
		if failures := tab.errorsFrom(webapp.url); len(failures) > 0 {
			t.Errorf("the web app answered %q", failures)
		}
	})
}

// Somebody logs out and leaves the browser to others. The back button leads to the login, and to nothing that the browser
// has kept of the pages from before: without the web app's script it shows them.
func TestBackButtonAfterLogoutShowsNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, atDevTenant)
	webapp := s.startWebapp(t)
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + "/profile")
	s.tenant.signIn(tab, "ada")
	wantProfile(t, s, tab, "ada")
	tab.follow(`[data-testid=logout]`)
	tab.await(`[data-testid=login]`)

	tab.backTo(webapp.url + "/profile")
	s.tenant.awaitSignIn(tab)
	if tab.shows(`[data-testid=user-name]`) {
		t.Errorf("the page at %s is that of %s", withoutSecrets(tab.where()), tab.text(`[data-testid=user-name]`))
	}
}
