package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// The page of the tenant stands for the phone of a person: its buttons work in a real browser, which says by itself that the
// form is of the same site.
func TestTenantPageDecidesLogins(t *testing.T) {
	t.Parallel()
	tenant, err := auth0test.New(auth0test.Config{
		Clients: []auth0test.Client{
			{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, BackchannelLogoutURI: "http://localhost:3000/auth/backchannel-logout"},
			{ID: "machine", Secret: "a secret of its own"},
		},
		Organizations: []auth0test.Organization{{ID: "org_acme", Name: "acme"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	if err := tenant.Listen("localhost:0"); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"ada", "grace", "somebody with a name that is so long that it needs a second line", "alan"} {
		startAtTenant(t, tenant, user)
	}
	tab := newBrowser(t, newSecrets()).newTab()
	for left, press := range []string{"approve", "deny", "approve"} {
		base := tenant.URL()
		if left == 2 { // under the other name of the machine
			base = strings.Replace(base, "localhost", "127.0.0.1", 1)
		}
		tab.open(base + "/")
		if left == 0 {
			tab.inEveryLook("tenant-waiting")
		}
		if status := tab.follow("button[value=" + press + "]"); status != http.StatusOK || tab.where() != base+"/" {
			t.Fatalf("status %d at %s after %s", status, tab.where(), press)
		}
		if waiting := tenant.BackchannelLogins(); len(waiting) != 3-left {
			t.Fatalf("%d logins wait, want %d", len(waiting), 3-left)
		}
	}
	if err := tenant.DenyBackchannelLogin(tenant.BackchannelLogins()[0].ID); err != nil {
		t.Fatal(err)
	}
	if status := tab.follow("button[value=approve]"); status != http.StatusConflict {
		t.Errorf("status %d for a login that was decided elsewhere, want 409", status)
	}
	tab.inEveryLook("tenant-late")
}

func startAtTenant(t *testing.T, tenant *auth0test.Tenant, user string) {
	t.Helper()
	response, err := http.PostForm(tenant.URL()+"/bc-authorize", url.Values{
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		"scope": {"openid profile offline_access read:messages"}, "audience": {auth0test.DefaultAudience},
		"binding_message": {"Order 17: yes, #3.50"},
		"login_hint":      {fmt.Sprintf(`{"format":"iss_sub","iss":%q,"sub":%q}`, tenant.Issuer(), "auth0|"+user)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
}
