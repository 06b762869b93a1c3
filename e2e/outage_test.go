package e2e_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestTenantComesBackWithNewKeys(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp, api := s.startWebapp(t), s.startAPI(t)
		tab := newBrowser(t, s.known).newTab()
		tab.open(webapp.url + "/profile")
		s.tenant.signIn(tab, "ada")
		wantProfile(t, s, tab, "ada")
		old := s.token(machineToken(t, s.tenant, "read:messages"))
		get(t, api.url+"/api/private", bearer(old)...).want(t, http.StatusOK, "")

		s.tenant.stop(t)
		if status := tab.open(webapp.url + "/profile"); status != http.StatusOK {
			t.Errorf("without its tenant the web app answers %d to somebody who is signed in", status)
		}
		wantProfile(t, s, tab, "ada")
		get(t, api.url+"/api/private", bearer(old)...).want(t, http.StatusOK, "") // the keys are still good

		s.tenant.start(t)
		fresh := s.token(machineToken(t, s.tenant, "read:messages"))
		awaitAccepted(t, api.url+"/api/private", fresh)
		get(t, api.url+"/api/private", bearer(old)...).want(t, http.StatusUnauthorized, "")

		other := newBrowser(t, s.known).newTab()
		other.open(webapp.url + "/profile")
		s.tenant.signIn(other, "grace")
		wantPlace(t, other, webapp.url+"/profile")
		wantProfile(t, s, other, "grace")
		webapp.alive(t)
		api.alive(t)
	})
}

func TestExamplesStartBeforeTheirTenant(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		token := s.token(machineToken(t, s.tenant, "read:messages"))
		s.tenant.stop(t)
		webapp, api := s.startWebapp(t), s.startAPI(t)

		refused := get(t, api.url+"/api/private", bearer(token)...)
		refused.want(t, http.StatusServiceUnavailable, "")
		if refused.header.Get("Retry-After") == "" {
			t.Error("the API does not say when to try again")
		}
		tab := newBrowser(t, s.known).newTab()
		if status := tab.open(webapp.url + "/profile"); status != http.StatusServiceUnavailable {
			t.Errorf("a login without a tenant ends with %d, want 503", status)
		}
		tab.inEveryLook("webapp-unavailable")

		s.tenant.start(t)
		awaitAccepted(t, api.url+"/api/private", s.token(machineToken(t, s.tenant, "read:messages")))
		awaitLogin(t, webapp.url)
		tab.open(webapp.url + "/profile")
		s.tenant.signIn(tab, "ada")
		wantProfile(t, s, tab, "ada")
	})
}

// awaitAccepted sends a good token until the API takes it. Until then only 503 is allowed, and its Retry-After is kept:
// a client that does as it is told must get through.
func awaitAccepted(t *testing.T, address, token string) {
	t.Helper()
	awaitOpen(t, func() (reply, bool) {
		answer := get(t, address, bearer(token)...)
		return answer, answer.status == http.StatusOK
	})
}

// awaitLogin asks the web app for a login until it has found the tenant again.
func awaitLogin(t *testing.T, webapp string) {
	t.Helper()
	awaitOpen(t, func() (reply, bool) {
		answer := get(t, webapp+"/auth/login", "Accept", "text/html")
		return answer, answer.status == http.StatusFound
	})
}

func awaitOpen(t *testing.T, ask func() (answer reply, open bool)) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		answer, open := ask()
		if open {
			return
		}
		if answer.status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("status %d: %s", answer.status, answer.body)
		}
		seconds, err := strconv.Atoi(answer.header.Get("Retry-After"))
		if err != nil {
			seconds = 1
		}
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}
