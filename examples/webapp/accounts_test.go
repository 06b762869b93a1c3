package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// post sends the form that removes an account.
func (a *app) post(id string, headers ...string) answer {
	a.t.Helper()
	return a.submit("/accounts/delete", url.Values{"id": {id}}, headers...)
}

const (
	connected = `data-testid="account"`
	noneSoFar = "None so far."
)

// An account is connected by a link and removed by a form, with both kinds of tokens.
func TestAccounts(t *testing.T) {
	for scheme, dpop := range map[string]bool{"Bearer": false, "DPoP": true} {
		t.Run(scheme, func(t *testing.T) {
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.DPoP = dpop })
			const link = "/auth/connect?connection=google-oauth2&returnTo=/accounts"
			a.get("/accounts").want(t, 200, "/accounts", noneSoFar, `href="`+strings.ReplaceAll(link, "&", "&amp;")+`"`)

			page := a.get(link, "Sec-Fetch-Site", "same-origin")
			page.want(t, 200, "/accounts", connected, "<b>google-oauth2</b>", `action="/accounts/delete"`)
			if strings.Contains(page.body, "eyJ") {
				t.Errorf("there is a token in\n%s", page.body)
			}
			id := accountID(t, page)
			a.post(id, "Sec-Fetch-Site", "same-origin", "Accept", "text/html").want(t, 200, "/accounts", noneSoFar)
			a.post(id).want(t, 200, "/accounts", noneSoFar) // a second click changes nothing
			a.post("").want(t, 200, "/accounts", didNotWork)
			if got := a.tenant.Requests("/oauth/token"); got != 2 {
				t.Errorf("%d requests for tokens, want one of the login and one for all of this", got)
			}
		})
	}
}

// accountID is in the form beside the first account.
func accountID(t *testing.T, page answer) string {
	t.Helper()
	_, rest, found := strings.Cut(page.body, `name="id" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	if !found || id == "" {
		t.Fatalf("there is no id in\n%s", page.body)
	}
	return id
}

// Another site must not remove accounts of somebody who is signed in here, nor connect one.
func TestAccountsFromAnotherSite(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	id := a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test", "email")
	a.get("/accounts").want(t, 200, "/accounts", connected)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.test"},
		{"Origin", "https://evil.example.test"},
		{"Origin", "null"},
	} {
		a.post(id, headers...).want(t, 403, "/accounts/delete", "cross_site_request")
	}
	a.get("/auth/connect?connection=google-oauth2", "Sec-Fetch-Site", "cross-site").want(t, 403, "/auth/connect", "cross_site_request")
	a.get("/accounts").want(t, 200, "/accounts", connected)
	a.post(id, "Origin", a.url).want(t, 200, "/accounts", noneSoFar) // what older browsers send from our own page
}

// Whoever cancels at the other service is back at the page, with nothing connected.
func TestAccountsAfterAChangeOfMind(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "/app")
	a.get("/app/profile").want(t, 200, "/app/profile")
	a.tenant.SetAutoApprove("") // the page that stands for the other service is shown
	service := a.get("/app/auth/connect?connection=google-oauth2")
	service.want(t, 200, "/u/connect")
	a.press(service, "cancel").want(t, 200, "/app/accounts", noneSoFar)
}

func TestAccountsOfNobody(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.post("id").want(t, 401, "/accounts/delete", "unauthorized")
	a.get("/accounts").want(t, 200, "/accounts", noneSoFar) // by way of the login
}

func TestAccountsBehindAPrefix(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "/app")
	a.get("/app/accounts").want(t, 200, "/app/accounts", `href="/app/auth/connect?connection=google-oauth2&amp;returnTo=%2fapp/accounts"`)
	page := a.get("/app/auth/connect?connection=google-oauth2&returnTo=%2fapp/accounts")
	page.want(t, 200, "/app/accounts", connected, `action="/app/accounts/delete"`)
	a.post(accountID(t, page)).want(t, 200, "/app/accounts", noneSoFar)
}

// A tenant that is not Auth0, or does not let this app have it, has no such thing: the page says what it needs.
func TestAccountsThatTheTenantDoesNotOffer(t *testing.T) {
	const accounts, note = "/me/v1/connected-accounts/accounts", "This tenant has none to offer."
	for name, prepare := range map[string]func(a *app){
		"no such API": func(a *app) { a.tenant.Break(accounts, answerWith(404, "")) },
		"not for this app": func(a *app) {
			a.tenant.Break(accounts, answerWith(403, `{"title":"<script>","detail":"<script>"}`))
		},
		"no token for it": func(a *app) {
			a.tenant.Break("/oauth/token", answerWith(400, `{"error":"invalid_scope","error_description":"<script>"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
			a.get("/profile").want(t, 200, "/profile")
			prepare(a)
			r := a.get("/accounts")
			r.want(t, 200, "/accounts", note, "offline_access")
			if strings.Contains(r.body, "<script>") {
				t.Errorf("the tenant writes into the page:\n%s", r.body)
			}
		})
	}
	t.Run("no refresh token", func(t *testing.T) {
		a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.Scopes = []string{"openid"} })
		a.get("/accounts").want(t, 200, "/accounts", note)
	})
}

// What is wrong at the moment, or with the session, is said as everywhere.
func TestAccountsWhileTheTenantIsInTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		fault  auth0test.Fault
		status int
		code   string
	}{
		"the API is down":         {"/me/v1/connected-accounts/connections", auth0test.Down, 502, "connect_account_error"},
		"too many requests":       {"/me/v1/connected-accounts/accounts", answerWith(429, ""), 429, "connect_account_error"},
		"a page instead":          {"/me/v1/connected-accounts/accounts", auth0test.Garbage, 502, "upstream_error"},
		"the token is worthless":  {"/oauth/token", answerWith(400, `{"error":"invalid_grant"}`), 401, "failed_to_refresh_token"},
		"a second factor is due":  {"/oauth/token", answerWith(403, `{"error":"mfa_required","mfa_token":"hidden"}`), 403, "mfa_required"},
		"this app is not allowed": {"/oauth/token", answerWith(401, `{"error":"invalid_client"}`), 500, "configuration_error"},
	} {
		t.Run(name, func(t *testing.T) {
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
			a.get("/profile").want(t, 200, "/profile")
			a.tenant.Break(c.path, c.fault)
			a.get("/accounts").want(t, c.status, "/accounts", c.code)
		})
	}
}

// answerWith makes an endpoint of the tenant answer this.
func answerWith(status int, body string) auth0test.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}
