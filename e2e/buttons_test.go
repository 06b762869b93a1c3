package e2e_test

import (
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Somebody presses every button of the web app, as it runs with the development tenant.
func TestEveryButtonOfTheWebapp(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(t *testing.T, webapp string) tenant {
		return startDevTenant(t, webapp, func(cfg *auth0test.Config) {
			cfg.BackchannelInterval, cfg.SecondFactor = time.Second, true
		})
	})
	webapp := s.startWebapp(t)
	tab := newBrowser(t, s.known).newTab()
	home := func() {
		t.Helper()
		tab.open(webapp.url)
	}

	home()
	tab.follow(`[data-testid=signup]`)
	s.tenant.signIn(tab, "ada")
	wantPlace(t, tab, webapp.url+"/profile")
	wantText(t, tab, `[data-testid=organization]`, "none")

	// The form leads through two pages that redirect, which its Content-Security-Policy must let pass.
	home()
	tab.write(`input[name=organization]`, "acme")
	tab.follow(`[data-testid=organization]`)
	tab.await(`[data-testid=user-name]`)
	wantPlace(t, tab, webapp.url+"/profile")
	wantText(t, tab, `[data-testid=organization]`, "acme org_acme")

	home()
	if tab.await(`[data-testid=recent]`); tab.shows(`[data-testid=phone]`) {
		t.Error("a session for an organization can be traded for one without")
	}
	tab.follow(`[data-testid=somebody-else]`)
	s.tenant.signIn(tab, "grace")
	wantProfile(t, s, tab, "grace")

	home()
	tab.follow(`[data-testid=recent]`)
	wantText(t, tab, `h1`, "Your login is recent.")
	home()
	tab.follow(`[data-testid=second-factor]`)
	tab.follow(`button[name=confirm]`)
	wantPlace(t, tab, webapp.url+"/second-factor")
	wantText(t, tab, `h1`, "You logged in with a second factor.")
	tab.open(webapp.url + "/profile")
	wantProfile(t, s, tab, "grace")

	tab.follow(`[data-testid=renew]`)
	wantText(t, tab, `[data-testid=note]`, "The access token is a new one.")

	home()
	tab.follow(`[data-testid=phone]`)
	tab.follow(`[data-testid=ask-phone]`)
	message := tab.text(`[data-testid=phone-message]`)
	running := s.tenant.(*devTenant).running
	asked := running.BackchannelLogins()
	if len(asked) != 1 || asked[0].BindingMessage != message {
		t.Fatalf("the phone shows %+v, and the page %q", asked, message)
	}
	if err := running.ApproveBackchannelLogin(asked[0].ID); err != nil {
		t.Fatal(err)
	}
	tab.await(`[data-testid=user-name]`) // by itself
	wantText(t, tab, `[data-testid=note]`, "You confirmed it on your phone. This session is a new one.")
	tab.wantNoSecret()

	tab.follow(`[data-testid=revoke]`)
	if tab.await(`[data-testid=note]`); tab.shows(`[data-testid=renew]`) {
		t.Error("there is something to renew")
	}

	home()
	tab.follow(`[data-testid=logout-federated]`)
	wantPlace(t, tab, webapp.url+"/")
	tab.await(`[data-testid=login]`)
}

func wantText(t *testing.T, on *tab, selector, want string) {
	t.Helper()
	if got := on.text(selector); got != want {
		t.Errorf("%s shows %q, want %q", selector, got, want)
	}
}
