package e2e_test

import (
	"net/http"
	"testing"
)

// signedOut is the answer to a program that asks without a session.
const signedOut = `{"error":"unauthorized","error_description":"Please log in"}`

func TestLogoutEndsBothSessions(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		tab := newBrowser(t, s.known).newTab()

		get(t, webapp.url+"/api/me").want(t, http.StatusUnauthorized, signedOut)
		tab.open(webapp.url + "/profile")
		s.tenant.signIn(tab, "ada")
		wantProfile(t, s, tab, "ada")
		copied := cookieHeader(tab, webapp.url)
		get(t, webapp.url+"/api/me", "Cookie", copied).want(t, http.StatusOK, "")

		tab.open(webapp.url)
		tab.follow(`[data-testid=logout]`)
		s.tenant.finishLogout(tab)
		wantPlace(t, tab, webapp.url+"/")
		tab.await(`[data-testid=login]`)

		get(t, webapp.url+"/api/me", "Cookie", cookieHeader(tab, webapp.url)).want(t, http.StatusUnauthorized, signedOut)
		get(t, webapp.url+"/api/me", "Cookie", copied).want(t, http.StatusUnauthorized, signedOut)

		// The tenant has forgotten its own session as well: it asks again, and somebody else may answer.
		tab.open(webapp.url + "/profile")
		s.tenant.signIn(tab, "grace")
		wantPlace(t, tab, webapp.url+"/profile")
		wantProfile(t, s, tab, "grace")
	})
}
