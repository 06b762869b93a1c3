package auth0test_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestConfigIsRefusedWithAllProblems(t *testing.T) {
	_, err := auth0test.New(auth0test.Config{
		Issuer:                  "localhost:4000",
		AutoApprove:             " ada",
		AccessTokenLifetime:     -time.Second,
		IDTokenLifetime:         time.Millisecond,
		ConnectionTokenLifetime: time.Millisecond,
		BackchannelInterval:     -1,
		Connections:             []auth0test.Connection{{}, {Name: "a", Scopes: []string{"a b"}}, {Name: "a"}},
		ExchangeParameters:      []string{"", "reason", "audience", "client_secret"},
		Clients: []auth0test.Client{
			{},
			{ID: "a", Secret: "s", RedirectURIs: []string{"/callback"}, LogoutURIs: []string{"https://a.test/#x"}},
			{ID: "a", Public: true, Secret: "s"},
			{ID: "b", Secret: "s", BackchannelLogoutURI: "/backchannel-logout"},
			{ID: "c", Secret: "s", BackchannelLogoutURI: "https://a.test/#x"},
			{ID: "d", Secret: "s", BackchannelLogoutURI: "mailto:a@a.test"},
		},
		APIs: []auth0test.API{{}, {Audience: "x", Scopes: []string{"a b", "openid"}}, {Audience: "x"}},
		Users: []auth0test.User{
			{}, {Name: "ada", Claims: map[string]any{"iss": "x"}}, {Name: "ada"}, {Name: "eve", Claims: map[string]any{"f": func() {}}},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Config.Issuer:", "Config.AutoApprove:", "Config.AccessTokenLifetime:", "Config.IDTokenLifetime:",
		"Config.Clients[0].ID:", "Config.Clients[0].Secret:", "Config.Clients[1].RedirectURIs[0]:", "Config.Clients[1].LogoutURIs[0]:",
		"Config.Clients[2].ID:", "Config.Clients[2].Secret:",
		"Config.Clients[3].BackchannelLogoutURI:", "Config.Clients[4].BackchannelLogoutURI:", "Config.Clients[5].BackchannelLogoutURI:",
		"Config.APIs[0].Audience:", "Config.APIs[1].Scopes[0]:", "Config.APIs[1].Scopes[1]:", "Config.APIs[2].Audience:",
		"Config.BackchannelInterval:", "Config.ConnectionTokenLifetime:",
		"Config.Connections[0].Name:", "Config.Connections[1].Scopes[0]:", "Config.Connections[2].Name:",
		"Config.ExchangeParameters[0]:", "Config.ExchangeParameters[2]:", "Config.ExchangeParameters[3]:",
		"Config.Users[0].Name:", "Config.Users[1].Claims:", "Config.Users[2].Name:", "Config.Users[2].Subject:", "Config.Users[3].Claims:",
	} {
		if !strings.Contains(err.Error(), "auth0test: "+want) {
			t.Errorf("the error does not name %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestConfigIssuerIsRefused(t *testing.T) {
	for _, issuer := range []string{"ftp://a.test/", "https://", "https://u@a.test/", "https://a.test/?x", "https://a.test/#x", "://"} {
		if _, err := auth0test.New(auth0test.Config{Issuer: issuer}); err == nil || !strings.Contains(err.Error(), "Config.Issuer:") {
			t.Errorf("%s: error %v", issuer, err)
		}
	}
}

func TestConfigIsCopied(t *testing.T) {
	uris := []string{callback}
	users := []auth0test.User{{Name: "ada", Claims: map[string]any{"name": "Ada"}}}
	tenant := auth0test.Start(t, auth0test.Config{
		Users: users, Clients: []auth0test.Client{{ID: auth0test.DefaultClientID, Secret: "s", RedirectURIs: uris}},
	})
	uris[0] = "https://evil.example.test/"
	users[0].Claims["name"] = "Eve"
	code := newBrowser(t, tenant).login(nil)
	answer := granted(t, tenant, codeForm(code, map[string][]string{"client_secret": {"s"}}))
	if name := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))["name"]; name != "Ada" {
		t.Errorf("name %v", name)
	}
}

// The people of a tenant with APIs of its own can do something there.
func TestDefaultUsersHavePermissionsAtTheAPIs(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{APIs: []auth0test.API{
		{Audience: "orders", Scopes: []string{"read:orders", "write:orders"}, Permissions: []string{"refund:all"}},
		{Audience: "stock", Permissions: []string{"count:all"}},
	}})
	for _, test := range []struct{ user, audience, want string }{
		{"ada", "orders", "[read:orders write:orders refund:all]"},
		{"ada", "stock", "[count:all]"},
		{"grace", "orders", "[read:orders]"},
		{"grace", "stock", "[]"},
		{"alan", "orders", "[]"},
	} {
		b := newBrowser(t, tenant)
		tenant.Login(t, b.http, test.user)
		code := b.get(authorizeURL(tenant, map[string][]string{"audience": {test.audience}})).location(t).Get("code")
		token := text(t, granted(t, tenant, codeForm(code, nil)), "access_token")
		if got := fmt.Sprint(claims(t, tenant, test.audience, token)["permissions"]); got != test.want {
			t.Errorf("%s at %s: %s, want %s", test.user, test.audience, got, test.want)
		}
	}
}
