package auth0test_test

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// A tenant of one's own: people, applications and APIs as they are at the real one.
func ExampleConfig() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer: "https://tenant.example.test/",
		Users: []auth0test.User{
			{Name: "ada", Email: "ada@example.test", Permissions: []string{"admin:all"}},
			{Name: "legacy", Subject: "legacy|17", Claims: map[string]any{"https://app.example/roles": []string{"editor"}}},
		},
		Clients: []auth0test.Client{{
			ID: "web", Secret: "web-secret",
			RedirectURIs:         []string{"https://app.example.test/auth/callback"},
			LogoutURIs:           []string{"https://app.example.test/"},
			BackchannelLogoutURI: "https://app.example.test/auth/backchannel-logout",
		}, {
			ID: "phone", Public: true, AllowLoopback: true,
		}},
		APIs: []auth0test.API{{
			Audience:    "https://orders.example.test",
			Scopes:      []string{"read:orders"},
			Permissions: []string{"admin:all"},
			RFC9068:     true, // tokens of the type at+jwt
		}},
		Connections: []auth0test.Connection{{Name: "work", Strategy: "google-oauth2", Scopes: []string{"calendar.read"}}},
		AutoApprove: "legacy",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	token := tenant.AccessToken(nil) // the first of each
	claims := readClaims(token)
	fmt.Println(claims["sub"], claims["client_id"], claims["aud"], claims["scope"])

	// A login of "legacy", for whom nobody has to type.
	answer := authorize(tenant, request(url.Values{"client_id": {"web"}, "redirect_uri": {"https://app.example.test/auth/callback"}}))
	fmt.Println(answer.Has("code"))
	answer = authorize(tenant, request(url.Values{"client_id": {"web"}, "redirect_uri": {"https://evil.example/"}}))
	fmt.Println(answer.Has("code"))
	// Output:
	// auth0|ada web https://orders.example.test read:orders
	// true
	// false
}

// How long things live, by a clock that the test moves: nobody sleeps.
func ExampleConfig_times() {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	tenant, err := auth0test.New(auth0test.Config{
		Issuer:                  "https://tenant.example.test/",
		Now:                     func() time.Time { return now },
		AccessTokenLifetime:     5 * time.Minute,
		IDTokenLifetime:         time.Hour,
		RefreshTokenLifetime:    24 * time.Hour,
		ConnectionTokenLifetime: time.Minute,
		BackchannelInterval:     time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	tenant.AcceptSubjectToken("urn:example:legacy-token", "the token of the old system", "ada")
	tokens := ask(tenant, "/oauth/token", url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":      {"the token of the old system"},
		"subject_token_type": {"urn:example:legacy-token"},
		"scope":              {"openid offline_access"},
	})
	fmt.Println(tokens["expires_in"])

	now = now.Add(25 * time.Hour)
	refreshToken, _ := tokens["refresh_token"].(string)
	fmt.Println(ask(tenant, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})["error"])
	// Output:
	// 300
	// invalid_grant
}

// A tenant whose Action reads a parameter of token exchanges, and whose API takes details of
// what is to be authorized.
func ExampleAPI() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer: "https://tenant.example.test/",
		APIs: []auth0test.API{{
			Audience:                  "https://payments.example.test",
			AuthorizationDetailsTypes: []string{"payment"},
		}},
		ExchangeParameters: []string{"device"},
		AutoApprove:        "ada",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	for _, kind := range []string{"payment", "transfer"} {
		answer := authorize(tenant, request(url.Values{
			"audience":              {"https://payments.example.test"},
			"authorization_details": {`[{"type":"` + kind + `"}]`},
		}))
		fmt.Println(kind, answer.Has("code"), answer.Has("error"))
	}
	tenant.AcceptSubjectToken("urn:example:legacy-token", "the token of the old system", "ada")
	for _, parameter := range []string{"device", "color"} {
		answer := ask(tenant, "/oauth/token", url.Values{
			"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
			"subject_token":      {"the token of the old system"},
			"subject_token_type": {"urn:example:legacy-token"},
			parameter:            {"something"},
		})
		fmt.Println(parameter, answer["error"])
	}
	// Output:
	// payment true false
	// transfer false true
	// device <nil>
	// color invalid_request
}

// An API with Auth0's switch Enable RBAC: the client asks for two scopes for everybody, and
// gets those that the person's roles give.
func ExampleAPI_enforcePolicies() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer: "https://tenant.example.test/",
		APIs: []auth0test.API{{
			Audience:        "https://orders.example.test",
			Scopes:          []string{"read:orders", "write:orders"},
			EnforcePolicies: true,
		}},
		Users: []auth0test.User{
			{Name: "ada", Permissions: []string{"read:orders", "write:orders"}},
			{Name: "grace", Permissions: []string{"read:orders"}},
			{Name: "alan"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	for _, name := range []string{"ada", "grace", "alan"} {
		tenant.SetAutoApprove(name)
		code := authorize(tenant, request(url.Values{
			"audience": {"https://orders.example.test"},
			"scope":    {"openid read:orders write:orders"},
		})).Get("code")
		fmt.Println(name, ask(tenant, "/oauth/token", codeForm(code, nil))["scope"])
	}
	// Output:
	// ada openid read:orders write:orders
	// grace openid read:orders
	// alan openid
}

// A test of a login that several people go through: each client is somebody else at the
// tenant, and no page is shown to any of them. In a test of yours t is the *testing.T.
func ExampleTenant_Login() {
	testLogin := func(t auth0test.TB) {
		tenant := auth0test.Start(t)
		for _, name := range []string{"ada", "grace"} {
			client := &http.Client{}
			tenant.Login(t, client, name)

			// What the application does when its login route is asked for. It would lead to
			// the application's callback; here somebody looks at the answer.
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			response, err := client.Get(tenant.URL() + "/authorize?" + request(nil).Encode())
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			_ = response.Body.Close()
			back, err := response.Location()
			if err != nil {
				t.Fatalf("no way back: %v", err)
			}
			answer := ask(tenant, "/oauth/token", codeForm(back.Query().Get("code"), nil))
			token, _ := answer["id_token"].(string)
			fmt.Println(readClaims(token)["name"])
		}
	}
	t := &exampleT{}
	defer t.end()
	testLogin(t)
	// Output:
	// Ada Lovelace
	// Grace Hopper
}

// exampleT stands in for a *testing.T, which an example has not.
type exampleT struct{ cleanups []func() }

func (*exampleT) Helper()                           {}
func (t *exampleT) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }
func (*exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *exampleT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

// Whoever opens the login is signed in without a page, until the page is wanted again.
func ExampleTenant_SetAutoApprove() {
	tenant := exampleTenant(nil)
	defer tenant.Close()
	approved := func() bool { return authorize(tenant, request(nil)).Has("code") }
	fmt.Println(approved())
	tenant.SetAutoApprove("ada")
	fmt.Println(approved())
	tenant.SetAutoApprove("")
	fmt.Println(approved())
	// Output:
	// false
	// true
	// false
}

// The test of a page that wants a second factor: whoever is asked for one has it, with a page
// for a real browser and without one here.
func ExampleConfig_secondFactor() {
	tenant, err := auth0test.New(auth0test.Config{
		Issuer:       "https://tenant.example.test/",
		SecondFactor: true,
		AutoApprove:  "ada",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	for _, asked := range []string{"", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"} {
		code := authorize(tenant, request(url.Values{"acr_values": {asked}})).Get("code")
		token, _ := send(tenant, "/oauth/token", codeForm(code, nil))["id_token"].(string)
		fmt.Println(readClaims(token)["acr"], readClaims(token)["amr"])
	}
	// Output:
	// <nil> <nil>
	// http://schemas.openid.net/pape/policies/2007/06/multi-factor [mfa]
}
