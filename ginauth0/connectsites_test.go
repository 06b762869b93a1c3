package ginauth0_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Calls go to the tenant that the session is of, whatever other tenants there are.
func TestAccountsAreAtTheTenantOfTheSession(t *testing.T) {
	t.Parallel()
	var o options
	s := newSites(t, listing(&o))
	calls := map[string]*accountCalls{hostA: watchAccounts(&app{tenant: s.a}), hostB: watchAccounts(&app{tenant: s.b})}
	s.a.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	b := s.visitor(t)
	for host, wanted := range map[string]struct {
		tenant   *auth0test.Tenant
		accounts int
	}{hostA: {s.a, 1}, hostB: {s.b, 0}} {
		b := b.at(host)
		if r := b.get(b.toCallback("/auth/login")); r.status != http.StatusFound {
			t.Fatalf("%s: %d %s", host, r.status, r.body)
		}
		if got := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")); len(got.Accounts) != wanted.accounts {
			t.Errorf("%s: accounts %+v", host, got)
		}
		location := b.get(connectRoute + "?connection=google-oauth2&returnTo=/files").location(t)
		if !strings.HasPrefix(location.String(), wanted.tenant.URL()+"/u/connect?ticket=") {
			t.Errorf("%s: the browser is sent to %s", host, location)
		}
		if r := b.get(b.returned(location).String()); r.header.Get("Location") != "/files" {
			t.Errorf("%s: %d %s", host, r.status, r.body)
		}
		for _, call := range calls[host].take() {
			if !audienceOf(t, strings.TrimPrefix(call.header.Get("Authorization"), "Bearer "), wanted.tenant.Issuer()+"me/") {
				t.Errorf("%s: %s with a token for another API", host, call.line)
			}
		}
	}
	for host, q := range calls {
		q.wantNone(t, host)
	}
}

// The session is absent once its host is another tenant's, and so is everything that it
// began.
func TestAnAccountAfterTheHostChangedItsTenant(t *testing.T) {
	t.Parallel()
	var o options
	s := newSites(t, listing(&o))
	q := watchAccounts(&app{tenant: s.a})
	b := s.visitor(t)
	b.get(b.toCallback("/auth/login"))
	back := b.returned(b.get(connectRoute + "?connection=google-oauth2").location(t))
	q.take()
	s.resolve(says(s.b.Issuer()))
	wantError(t, b.get(back.String(), asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
	wantError(t, b.get("/accounts", asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
	s.resolve(failing)
	wantError(t, b.get("/accounts", asJSON), http.StatusInternalServerError, `"error":"configuration_error"`)
	q.wantNone(t, "another tenant")
}

// Nobody gets the account of another one who connects at the same moment.
func TestManyPeopleConnectAtOnce(t *testing.T) {
	t.Parallel()
	var o options
	a := newApp(t, listing(&o), func(s *setup) { s.tenant.AutoApprove = "" })
	people := []string{"ada", "grace", "alan"}
	var group sync.WaitGroup
	for _, name := range people {
		group.Go(func() {
			b := a.browser(t)
			b.loginAs(name)
			for i := range 3 {
				page := b.get(connectRoute + "?connection=github&returnTo=/" + name).location(t)
				form := url.Values{"ticket": {page.Query().Get("ticket")}, "account": {fmt.Sprint(name, i)}}
				back := page.ResolveReference(b.post(page.String(), form).location(t))
				if r := b.get(back.String()); r.header.Get("Location") != "/"+name {
					t.Errorf("%s: %d %s", name, r.status, r.body)
				}
			}
		})
	}
	group.Wait()
	for _, name := range people {
		b := a.browser(t)
		b.loginAs(name)
		if got := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")); len(got.Accounts) != 3 {
			t.Errorf("%s has %d accounts, want 3", name, len(got.Accounts))
		}
	}
}
