package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestLoginEndsOnThePageAskedFor(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		browser := newBrowser(t, s.known)
		tab := browser.newTab()

		tab.open(webapp.url + "/profile?from=afar")
		s.tenant.awaitSignIn(tab)
		s.tenant.signIn(tab, "ada")
		wantPlace(t, tab, webapp.url+"/profile?from=afar")
		wantProfile(t, s, tab, "ada")

		me := get(t, webapp.url+"/api/me", "Cookie", cookieHeader(tab, webapp.url))
		me.want(t, http.StatusOK, "")
		if kind := me.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			t.Errorf("/api/me is %q, want JSON", kind)
		}
		var user map[string]any
		if err := json.Unmarshal([]byte(me.body), &user); err != nil {
			t.Fatalf("/api/me: %v", err)
		}
		if user["sub"] != s.tenant.subject("ada") {
			t.Errorf("/api/me says sub is %v, want %q", user["sub"], s.tenant.subject("ada"))
		}

		second := browser.newTab()
		if status := second.open(webapp.url + "/profile"); status != http.StatusOK {
			t.Errorf("the second tab gets %d", status)
		}
		wantPlace(t, second, webapp.url+"/profile")
		wantProfile(t, s, second, "ada")
	})
}

// A provider that takes the client secret in the Authorization header alone, and says so.
func TestLoginWithBasicClientAuthentication(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(t *testing.T, webapp string) tenant {
		return startNodeProvider(t, webapp, "client_secret_basic")
	})
	webapp := s.startWebapp(t)
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + "/profile")
	s.tenant.signIn(tab, "ada")
	wantProfile(t, s, tab, "ada")
}

func TestTwoLoginsFinishInReverseOrder(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		webapp := s.startWebapp(t)
		browser := newBrowser(t, s.known)
		first, second := browser.newTab(), browser.newTab()

		first.open(webapp.url + "/profile?tab=1")
		s.tenant.awaitSignIn(first)
		second.open(webapp.url + "/profile?tab=2")
		s.tenant.awaitSignIn(second)

		s.tenant.signIn(second, "ada")
		wantPlace(t, second, webapp.url+"/profile?tab=2")
		wantProfile(t, s, second, "ada")

		s.tenant.signIn(first, "ada")
		wantPlace(t, first, webapp.url+"/profile?tab=1")
		wantProfile(t, s, first, "ada")

		for _, tab := range []*tab{first, second} {
			if failures := tab.errorsFrom(webapp.url); len(failures) > 0 {
				t.Errorf("the web app answered %q", failures)
			}
		}
	})
}

func TestReplayedCallbackWithoutSessionIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, atDevTenant)
	webapp := s.startWebapp(t)
	tab := newBrowser(t, s.known).newTab()
	tab.open(webapp.url + "/profile")
	s.tenant.signIn(tab, "ada")
	wantPlace(t, tab, webapp.url+"/profile")

	thief := newBrowser(t, s.known).newTab()
	if status := thief.open(tab.lastCallback()); status != http.StatusBadRequest {
		t.Errorf("a callback in another browser ends with %d, want 400", status)
	}
	if cookies := thief.cookies(webapp.url); len(cookies) > 0 {
		t.Errorf("the other browser got %d cookies", len(cookies))
	}
}

func wantPlace(t *testing.T, tab *tab, address string) {
	t.Helper()
	if got := tab.where(); got != address {
		t.Errorf("the tab is at %s, want %s", withoutSecrets(got), address)
	}
}

// withoutSecrets cuts the query off an address of the protocol.
func withoutSecrets(address string) string {
	if place, query, _ := strings.Cut(address, "?"); strings.Contains(query, "state=") {
		return place + "?…"
	}
	return address
}

func wantProfile(t *testing.T, s *site, tab *tab, login string) {
	t.Helper()
	if got, want := tab.text(`[data-testid=user-name]`), s.tenant.name(login); got != want {
		t.Errorf("the profile names %q, want %q", got, want)
	}
	if got, want := tab.text(`[data-testid=user-email]`), s.tenant.email(login); got != want {
		t.Errorf("the profile has the address %q, want %q", got, want)
	}
}

// cookieHeader is what the browser of this tab would send to an address.
func cookieHeader(tab *tab, address string) string {
	var pairs []string
	for _, cookie := range tab.cookies(address) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}
