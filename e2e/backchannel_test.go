package e2e_test

import (
	"net/http"
	"testing"
)

// A session ends at the tenant, where nobody tells the browser. The web app knows it from the logout token alone.

// One instance with sessions in cookies, which cannot be taken back: it remembers who has left.
func TestTenantEndsSessionInCookies(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		logoutAtTenant(t, s, webapp.url)
	})
}

// Two instances that share a Redis. The token reaches one of them.
func TestTenantEndsSessionAtAllInstances(t *testing.T) {
	t.Parallel()
	s := newSite(t, atDevTenant)
	server := startRedis(t)
	ports := [2]int{freePort(t), freePort(t)}
	startBalancer(t, s.webappPort, ports[:]...)
	var addresses []string
	for _, port := range ports {
		addresses = append(addresses, s.startInstance(t, port, "REDIS_URL="+server.url).url)
	}
	logoutAtTenant(t, s, addresses...)
}

// logoutAtTenant signs somebody in at the public address, ends the session at the tenant, and asks each instance.
func logoutAtTenant(t *testing.T, s *site, instances ...string) {
	t.Helper()
	browser := newBrowser(t, s.known)
	ada, grace := browser.newTab(), newBrowser(t, s.known).newTab()
	for login, at := range map[string]*tab{"ada": ada, "grace": grace} {
		at.open(s.webapp() + "/profile")
		s.tenant.signIn(at, login)
		wantProfile(t, s, at, login)
	}
	wantAll := func(of *tab, status int, body string) {
		t.Helper()
		cookie := cookieHeader(of, s.webapp())
		if cookie == "" {
			t.Error("the browser has no cookie, so nothing is shown")
		}
		for _, instance := range instances {
			get(t, instance+"/api/me", "Cookie", cookie).want(t, status, body)
		}
	}
	wantAll(ada, http.StatusOK, "")
	wantAll(grace, http.StatusOK, "")

	s.tenant.endSession(browser.newTab())
	wantAll(ada, http.StatusUnauthorized, signedOut)
	wantAll(grace, http.StatusOK, "")

	ada.open(s.webapp() + "/profile")
	s.tenant.signIn(ada, "ada") // the tenant does not know her any more
	wantProfile(t, s, ada, "ada")
	wantAll(ada, http.StatusOK, "") // what has ended is the session from before
}
