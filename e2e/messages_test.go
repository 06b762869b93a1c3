package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// The web app calls the API in the name of somebody, whose browser knows no token. The API takes nothing but tokens that are
// bound to a key, with a nonce in each proof.
func TestWebappCallsTheAPI(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		api := s.startAPI(t, "AUTH0_DPOP=required", "AUTH0_DPOP_NONCE=true")
		tab := newBrowser(t, s.known).newTab()
		start := func(settings ...string) *program {
			return s.startInstance(t, s.webappPort, append(settings, "API_URL="+api.url)...)
		}
		logOut := func() {
			tab.open(s.webapp())
			tab.follow(`[data-testid=logout]`)
			s.tenant.finishLogout(tab)
		}
		wantRefused := func() {
			t.Helper()
			if status := tab.open(s.webapp() + "/messages"); status != http.StatusBadGateway {
				t.Errorf("the page comes with %d", status)
			}
			if got := tab.text(`[data-testid=api-status]`); got != "401 Unauthorized" {
				t.Errorf("the API answers %q", got)
			}
			if hint := tab.text(`[data-testid=api-hint]`); !strings.Contains(hint, "AUTH0_DPOP=true") {
				t.Errorf("the page advises %q", hint)
			}
		}

		webapp := start()
		tab.open(s.webapp() + "/profile")
		s.tenant.signIn(tab, "ada")
		wantRefused()
		tab.inEveryLook("webapp-messages-refused")
		webapp.stop(t)

		// A session keeps the kind of tokens that it began with.
		webapp = start("AUTH0_DPOP=true")
		wantRefused()
		logOut()
		tab.open(s.webapp() + "/messages")
		s.tenant.signIn(tab, "ada")
		wantMessages(t, s, tab, "ada")
		logOut()
		webapp.stop(t)

		webapp = start("AUTH0_DPOP=true", "AUTH0_PAR=true")
		tab.open(s.webapp() + "/messages")
		s.tenant.signIn(tab, "grace")
		wantMessages(t, s, tab, "grace")

		api.stop(t)
		if status := tab.open(s.webapp() + "/messages"); status != http.StatusBadGateway {
			t.Errorf("without the API the page comes with %d", status)
		}
		tab.inEveryLook("webapp-messages-nobody")
		if text := tab.text("main"); !strings.Contains(text, "go run ./examples/api") {
			t.Errorf("without the API the page says %q", text)
		}
		webapp.alive(t)
	})
}

// wantMessages fails the test unless the page shows what the API said to this person, and nothing that is secret.
func wantMessages(t *testing.T, s *site, on *tab, login string) {
	t.Helper()
	wantPlace(t, on, s.webapp()+"/messages")
	for selector, want := range map[string]string{
		`[data-testid=api-message]`: "Your token may read messages.",
		`[data-testid=api-status]`:  "200 OK",
		`[data-testid=api-scheme]`:  "DPoP",
	} {
		if got := on.text(selector); got != want {
			t.Errorf("%s shows %q, want %q", selector, got, want)
		}
	}
	if text := on.text(`[data-testid=api-json]`); !strings.Contains(text, `"user_id": "`+s.tenant.subject(login)+`"`) {
		t.Errorf("the API says %s, not to %s", text, login)
	}
	on.wantNoSecret()
}
