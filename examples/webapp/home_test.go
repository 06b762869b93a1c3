package main

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Every link of the home page that begins a login or ends a session leads to a page, with the parameters that it is about.
func TestLinksOfTheHomePage(t *testing.T) {
	for link, parameters := range map[string]string{
		"/auth/login?screen_hint=signup&returnTo=/profile": "screen_hint=signup",
		"/auth/login?prompt=login&returnTo=/profile":       "prompt=login",
	} {
		a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
		var query string
		a.tenant.Break("/authorize", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			query = r.URL.RawQuery
			next.ServeHTTP(w, r)
		})
		for _, texts := range []string{"What is here", "Pages that ask for more"} { // signed out, signed in
			a.get("/").want(t, 200, "/", texts, `href="`+html.EscapeString(link)+`"`)
			a.get(link).want(t, 200, "/profile", "Ada Lovelace")
			if !strings.Contains(query, parameters) {
				t.Errorf("%s asks the tenant for %s", link, query)
			}
		}
		a.get("/").want(t, 200, "/", `href="/recent"`, `href="/second-factor"`, `href="/phone"`, `href="/messages"`, `href="/accounts"`,
			`href="/profile#renew"`, `href="/auth/logout"`, `href="/auth/logout?federated"`)
		a.get("/auth/logout?federated").want(t, 200, "", `data-testid="login"`)
		wantSignedOut(t, a)
	}
}

// The form goes to a page, and that goes on to the login.
func TestLoginForAnOrganization(t *testing.T) {
	for _, prefix := range []string{"", "/app"} {
		a := startApp(t, auth0test.Config{AutoApprove: "ada"}, prefix)
		a.get(prefix+"/").want(t, 200, prefix+"/", `action="`+prefix+`/organization"`)
		const login = "/auth/login?organization=acme&returnTo="
		page := a.get(prefix + "/organization?organization=acme")
		page.want(t, 200, prefix+"/organization", `http-equiv="refresh" content="0; url=`+prefix+html.EscapeString(login)+"%2F")
		_, rest, _ := strings.Cut(page.body, "url=")
		address, _, _ := strings.Cut(rest, `"`)
		a.get(html.UnescapeString(address)).want(t, 200, prefix+"/profile", `data-testid="organization">acme <span class="tag">org_acme</span>`)
		page = a.get(prefix + "/organization?organization=acme")
		if page.want(t, 200, prefix+"/organization", `data-testid="logout"`); strings.Contains(page.body, `data-testid="login"`) {
			t.Errorf("the page does not know who is signed in:\n%s", page.body)
		}
	}
}

func TestOrganizationIsEscaped(t *testing.T) {
	a := startApp(t, auth0test.Config{}, "")
	r := a.get(`/organization?organization=%22%3E%3Cscript%3E%3Burl=https://evil.example.test`)
	r.want(t, 200, "/organization")
	if strings.Contains(r.body, "<script>") || strings.Contains(r.body, "evil.example.test/") || strings.Contains(r.body, "https://evil") {
		t.Errorf("the page holds what somebody typed:\n%s", r.body)
	}
}

// With AUTH0_ORGANIZATION there is nothing to choose.
func TestOrganizationOfAllLogins(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.Organization = "acme" })
	r := a.get("/")
	r.want(t, 200, "/", "<b>acme</b>")
	if strings.Contains(r.body, "<form") {
		t.Errorf("there is a form in\n%s", r.body)
	}
}

func TestWhereTheSessionIsKept(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.redis = &redis.Options{} })
	a.get("/profile").want(t, 200, "/profile", "sealed in Redis")
	a.get("/").want(t, 200, "/", "sealed in Redis")
}
