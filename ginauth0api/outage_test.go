package ginauth0api_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// wantUnavailable checks the answer of an outage; it must never be a 401.
func wantUnavailable(t *testing.T, got answer) {
	t.Helper()
	wantRefused(t, got, "jwks_fetch_failed", "")
	if seconds, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 72 {
		t.Errorf("Retry-After %q, want whole seconds of the back-off", got.header.Get("Retry-After"))
	}
}

func TestOutageWithoutKeysIs503(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*auth0test.Tenant){
		"discovery down":        func(x *auth0test.Tenant) { x.Break(discoveryPath, auth0test.Down) },
		"keys down":             func(x *auth0test.Tenant) { x.Break(tenantKeysPath, auth0test.Down) },
		"HTML":                  func(x *auth0test.Tenant) { x.Break("*", auth0test.Garbage) },
		"body above the cap":    func(x *auth0test.Tenant) { x.Break(tenantKeysPath, auth0test.Oversized(1<<20)) },
		"redirect loop":         func(x *auth0test.Tenant) { x.Break(tenantKeysPath, auth0test.Redirect(x.URL()+tenantKeysPath)) },
		"redirect off loopback": func(x *auth0test.Tenant) { x.Break(discoveryPath, auth0test.Redirect("http://keys.example.test/")) },
		"keys empty": func(x *auth0test.Tenant) {
			x.EditJWKS(func(document map[string]any) { document["keys"] = []any{} })
		},
		"keys missing": func(x *auth0test.Tenant) { x.EditJWKS(func(document map[string]any) { delete(document, "keys") }) },
		"issuer of another": func(x *auth0test.Tenant) {
			x.EditDiscovery(func(document map[string]any) { document["issuer"] = "https://other.example/" })
		},
		"issuer missing": func(x *auth0test.Tenant) {
			x.EditDiscovery(func(document map[string]any) { delete(document, "issuer") })
		},
		"jwks_uri missing": func(x *auth0test.Tenant) {
			x.EditDiscovery(func(document map[string]any) { delete(document, "jwks_uri") })
		},
		"jwks_uri off loopback": func(x *auth0test.Tenant) {
			x.EditDiscovery(func(document map[string]any) { document["jwks_uri"] = "http://keys.example.test/" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := auth0test.Start(t)
			breakIt(tenant)
			guard := guardTenant(t, tenant)
			a := protect(t, guard.RequireAuth())
			wantUnavailable(t, a.bearer(tenant.AccessToken(nil)))
			// What is wrong without any key stays a 401.
			wantRefused(t, a.bearer(tenant.AccessToken(auth0test.Claims{"exp": 1})), "token_expired", "")
			var refused *ginauth0api.Error
			if err := guard.Warm(t.Context()); !errors.As(err, &refused) || !errors.Is(err, ginauth0api.ErrUpstream) || refused.Code != "jwks_fetch_failed" {
				t.Errorf("Warm: %v", err)
			}
		})
	}
}

func TestOutageFetchesOncePerBackOff(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.Break(discoveryPath, auth0test.Down)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	token := tenant.AccessToken(nil)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { wantUnavailable(t, a.bearer(token)) })
	}
	group.Wait()
	// One fetch, and one more for each step of the back-off that the test lasted.
	if n := tenant.Requests(discoveryPath); n < 1 || n > 3 {
		t.Errorf("%d discovery requests, want 1", n)
	}
}

func TestHeldKeysServeThroughAnOutageAndAfterClose(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	guard := guardTenant(t, tenant)
	if err := guard.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRequests(t, tenant, 1, 1)
	tenant.Break("*", auth0test.Down)
	a := protect(t, guard.RequireAuth())
	wantOK(t, a.bearer(tenant.AccessToken(nil)))
	// A refetch that fails says nothing about the key.
	tenant.RotateKeys()
	rotated := tenant.AccessToken(nil)
	wantUnavailable(t, a.bearer(rotated))
	guard.Close()
	guard.Close()
	tenant.Heal("*")
	asked := tenant.Requests("*")
	wantUnavailable(t, a.bearer(rotated))
	if tenant.Requests("*") != asked {
		t.Error("a closed Guard has asked the issuer")
	}
}

func TestClosedGuardWithoutKeysIs503(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	guard := guardTenant(t, tenant)
	guard.Close()
	wantUnavailable(t, protect(t, guard.RequireAuth()).bearer(tenant.AccessToken(nil)))
	wantRequests(t, tenant, 0, 0)
}
