package e2e_test

import "testing"

// Somebody logs out and leaves the browser to others. The back button leads to the login, and to nothing that the browser
// has kept of the pages from before: without the web app's script it shows them.
func TestBackButtonAfterLogoutShowsNobody(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		tab := newBrowser(t, s.known).newTab()
		tab.open(webapp.url + "/profile")
		s.tenant.signIn(tab, "ada")
		wantProfile(t, s, tab, "ada")
		tab.follow(`[data-testid=logout]`)
		s.tenant.finishLogout(tab)
		tab.await(`[data-testid=login]`)

		tab.backTo(webapp.url + "/profile")
		s.tenant.awaitSignIn(tab)
		if tab.shows(`[data-testid=user-name]`) {
			t.Errorf("the page at %s is that of %s", withoutSecrets(tab.where()), tab.text(`[data-testid=user-name]`))
		}
	})
}
