package e2e_test

import "testing"

// Somebody connects an account at another service by a click, sees it, and removes it again. All tokens are bound to a key.
func TestAccountIsConnectedAndRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t, atDevTenant)
	webapp := s.startInstance(t, s.webappPort, "AUTH0_DPOP=true", "AUTH0_PAR=true")
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + "/accounts")
	s.tenant.signIn(tab, "ada")
	wantAccounts(t, s, tab, false)

	tab.follow(`[data-testid=connect]`)
	tab.await(`input[name=account]`) // the page that stands for the other service
	tab.follow(`button.go`)
	wantAccounts(t, s, tab, true)

	tab.follow(`[data-testid=connect]`)
	tab.await(`input[name=account]`)
	tab.follow(`button.cancel`)
	wantAccounts(t, s, tab, true)

	tab.follow(`[data-testid=account] button`)
	wantAccounts(t, s, tab, false)
	tab.inEveryLook("webapp-no-accounts")
}

// wantAccounts fails the test unless the tab is at the accounts page, which shows one account or none, and nothing secret.
func wantAccounts(t *testing.T, s *site, on *tab, one bool) {
	t.Helper()
	wantPlace(t, on, s.webapp()+"/accounts")
	on.await(`[data-testid=accounts]`)
	if on.shows(`[data-testid=account]`) != one {
		t.Errorf("an account is there: %t, want %t", !one, one)
	}
	on.wantNoSecret()
}

// At another provider there is no such thing, and the page says so.
func TestAccountsAtAnotherProvider(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(t *testing.T, webapp string) tenant { return startNodeProvider(t, webapp, "client_secret_post") })
	webapp := s.startWebapp(t)
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + "/accounts")
	s.tenant.signIn(tab, "ada")
	wantPlace(t, tab, webapp.url+"/accounts")
	if got := tab.text("h1"); got != "This tenant has none to offer." {
		t.Errorf("the page says %q", got)
	}
	tab.inEveryLook("webapp-accounts-missing")
	tab.open(webapp.url + "/profile") // nobody has been signed out by it
	wantProfile(t, s, tab, "ada")
}
