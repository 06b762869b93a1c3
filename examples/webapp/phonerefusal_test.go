package main

import (
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const notHere = "This tenant does not ask on phones."

func TestPhoneThatTheTenantDoesNotOffer(t *testing.T) {
	a := startPhone(t)
	a.tenant.Break("/bc-authorize", answerWith(403, `{"error":"unauthorized_client","error_description":"<script>"}`))
	r := a.submit("/phone", nil)
	r.want(t, 200, "/phone", notHere)
	if strings.Contains(r.body, "<script>") {
		t.Errorf("the tenant writes into the page:\n%s", r.body)
	}
}

// The page does not blame the tenant's plan for a wrong secret, or for what this app has asked.
func TestPhoneBlamesTheTenantForNothingElse(t *testing.T) {
	for name, fault := range map[string]auth0test.Fault{
		"a wrong secret":    answerWith(401, `{"error":"invalid_client"}`),
		"a wrong request":   answerWith(400, `{"error":"invalid_request"}`),
		"an unknown person": answerWith(400, `{"error":"unknown_user_id"}`),
		"too many requests": answerWith(429, `{"error":"too_many_requests"}`),
		"it is down":        auth0test.Down,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := startPhone(t)
			a.tenant.Break("/bc-authorize", fault)
			r := a.submit("/phone", nil)
			r.want(t, 200, "/phone", didNotWork, `data-testid="ask-phone"`)
			if strings.Contains(r.body, notHere) {
				t.Errorf("the tenant is to blame in\n%s", r.body)
			}
		})
	}
}

const phoneLink = `data-testid="phone"`

// A session for an organization is not traded for one without: nobody is asked.
func TestPhoneForAnOrganization(t *testing.T) {
	for name, c := range map[string]struct{ pinned, login string }{
		"that the person chose":      {"", "/auth/login?organization=acme&returnTo=/profile"},
		"that every login is for":    {"org_acme", "/auth/login?returnTo=/profile"},
		"that came after the asking": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.Organization = c.pinned })
			asked := 0
			if c.login == "" {
				a.get("/").want(t, 200, "/")
				a.get("/profile").want(t, 200, "/profile")
				a.get("/").want(t, 200, "/", phoneLink)
				a.submit("/phone", nil).want(t, 200, "/phone", `data-testid="phone-message"`)
				c.login, asked = "/auth/login?organization=acme&returnTo=/profile", 1
			}
			a.get(c.login).want(t, 200, "/profile", "org_acme")
			if r := a.get("/"); strings.Contains(r.body, phoneLink) {
				t.Errorf("the home page leads to it:\n%s", r.body)
			}
			for _, r := range []answer{a.get("/phone"), a.submit("/phone", nil)} {
				r.want(t, 200, "/phone", `data-testid="phone-organization"`)
				if strings.Contains(r.body, "ask-phone") || strings.Contains(r.body, "phone-message") {
					t.Errorf("somebody can ask in\n%s", r.body)
				}
			}
			if got := a.tenant.Requests("/bc-authorize"); got != asked {
				t.Errorf("the tenant was asked %d times, want %d", got, asked)
			}
		})
	}
}
