package auth0test_test

import (
	"crypto/elliptic"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// home is the text of the page, as a person reads it.
func home(b *browser) string {
	b.t.Helper()
	page := b.get(b.tenant.URL() + "/")
	if page.status != http.StatusOK {
		b.t.Fatalf("status %d", page.status)
	}
	return words(page)
}

var tag = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)

// words are the text of a page without its markup.
func words(p page) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(p.body, ""))), " ")
}

func TestHomeSaysWhatThisIs(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	for _, want := range []string{
		"Development tenant", "Never let it answer for anything that matters", "Issuer" + tenant.Issuer(), "Nobody is signed in with this browser.",
		tenant.URL() + "/.well-known/openid-configuration", tenant.URL() + "/.well-known/jwks.json",
		"AUTH0_DOMAIN=" + tenant.Issuer() + " AUTH0_CLIENT_ID=dev-client AUTH0_CLIENT_SECRET=dev-secret AUTH0_AUDIENCE=https://api.example.test",
		"curl -s " + tenant.URL() + "/oauth/token -d grant_type=client_credentials -d client_id=dev-client -d client_secret=dev-secret -d audience=https://api.example.test",
		"Ada Lovelaceauth0|ada ada@example.testadmin:all, read:messages, write:messages", "Alan Turingauth0|alan alan@example.testno permissions",
		"https://api.example.testread:messages, write:messagespermissions admin:all", "google-oauth2openid, email, profile",
	} {
		if got := home(b); !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
	if got := home(b); strings.Contains(got, "Organizations") || strings.Contains(got, "wherever a login comes") {
		t.Errorf("the page shows what there is not:\n%s", got)
	}
	tenant.Login(t, b.http, "ada")
	if got := home(b); !strings.Contains(got, "signed in as Ada Lovelace. Sign out") {
		t.Errorf("the page does not say who is signed in:\n%s", got)
	}
	if got := b.get(tenant.URL() + "/elsewhere"); got.status != http.StatusNotFound {
		t.Errorf("unknown path: status %d", got.status)
	}
}

func TestHomeShowsTheConfiguration(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{
		AutoApprove: "zoe",
		Clients: []auth0test.Client{
			{ID: "web", Secret: "a-secret-of-my-own", RequirePAR: true, BackchannelLogoutURI: "http://localhost:3000/auth/backchannel-logout"},
			{ID: "native", Public: true},
			{ID: "signing", Keys: []auth0test.ClientKey{{Key: ecKey(t, elliptic.P256()).Public()}}},
		},
		APIs:          []auth0test.API{{Audience: "orders"}},
		Organizations: []auth0test.Organization{{ID: "org_1", Name: "acme", Invitations: []string{"ticket-of-acme"}}},
		Connections:   []auth0test.Connection{{Name: "github"}},
	})
	b := newBrowser(t, tenant)
	got := home(b)
	for _, want := range []string{
		"zoe is signed in wherever a login comes",
		"web · has to push its authorization requests · is told of logouts at http://localhost:3000/auth/backchannel-logout AUTH0_DOMAIN=" +
			tenant.Issuer() + " AUTH0_CLIENT_ID=web AUTH0_AUDIENCE=orders AUTH0_CLIENT_SECRET is the one that the tenant was started with.",
		"native · has no secret", "signing · authenticates with private_key_jwt",
		"acmeorg_1", "githubno scopes", "ordersno scopes",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
	// Whoever leaves AUTH0_DOMAIN out has not told that the secret of the real application may be shown.
	for _, secret := range []string{"a-secret-of-my-own", "ticket-of-acme", "curl"} {
		if strings.Contains(got, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
}
