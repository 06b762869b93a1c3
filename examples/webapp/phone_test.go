package main

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// startPhone is an app in which ada is signed in, and whose tenant may be asked once a second.
func startPhone(t *testing.T) *app {
	a := startApp(t, auth0test.Config{AutoApprove: "ada", BackchannelInterval: time.Nanosecond}, "")
	a.get("/phone").want(t, 200, "/phone", `data-testid="ask-phone"`)
	return a
}

// ask has the tenant ask ada, and returns the question.
func (a *app) ask() auth0test.BackchannelLogin {
	a.t.Helper()
	page := a.submit("/phone", nil)
	waiting := a.tenant.BackchannelLogins()
	if len(waiting) != 1 || waiting[0].User != "auth0|ada" || waiting[0].BindingMessage == "" {
		a.t.Fatalf("the tenant asks %+v", waiting)
	}
	page.want(a.t, 200, "/phone", `data-testid="phone-message">`+waiting[0].BindingMessage+`<`, `http-equiv="refresh" content="1"`)
	if strings.Contains(page.body, waiting[0].ID) {
		a.t.Errorf("whoever has this page can take the login:\n%s", page.body)
	}
	return waiting[0]
}

// answer loads the page, as it does by itself, until it has an answer.
func (a *app) answer() answer {
	a.t.Helper()
	for {
		r := a.get("/phone")
		if !strings.Contains(r.body, `data-testid="phone-message"`) {
			return r
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestPhone(t *testing.T) {
	t.Run("yes", func(t *testing.T) {
		t.Parallel()
		a := startPhone(t)
		if err := a.tenant.ApproveBackchannelLogin(a.ask().ID); err != nil {
			t.Fatal(err)
		}
		a.answer().want(t, 200, "/profile", "You confirmed it on your phone.", "Ada Lovelace")
		a.get("/phone").want(t, 200, "/phone", ">Ask me<")
	})
	t.Run("no", func(t *testing.T) {
		t.Parallel()
		a := startPhone(t)
		if err := a.tenant.DenyBackchannelLogin(a.ask().ID); err != nil {
			t.Fatal(err)
		}
		a.answer().want(t, 200, "/phone", "You said no.", "Ask me again")
		a.get("/profile").want(t, 200, "/profile", "Ada Lovelace")
	})
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		a := startPhone(t)
		a.ask()
		a.tenant.Break("/oauth/token", answerWith(400, `{"error":"expired_token"}`))
		a.answer().want(t, 200, "/phone", "There was no answer in time.", "Ask me again")
	})
	t.Run("the tenant is in trouble", func(t *testing.T) {
		t.Parallel()
		a := startPhone(t)
		login := a.ask()
		a.tenant.Break("/oauth/token", auth0test.Down)
		a.answer().want(t, 502, "/phone", "upstream_error", `href="/phone"`)
		a.tenant.Heal("/oauth/token")
		if err := a.tenant.ApproveBackchannelLogin(login.ID); err != nil {
			t.Fatal(err)
		}
		a.answer().want(t, 200, "/profile", "You confirmed it on your phone.")
	})
}

// A page that is loaded again and again does not ask the tenant again and again.
func TestPhoneAsksTheTenantOnceInAnInterval(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	a.get("/profile").want(t, 200, "/profile")
	before := a.tenant.Requests("/oauth/token")
	a.submit("/phone", nil).want(t, 200, "/phone", `http-equiv="refresh" content="5"`)
	for range 3 {
		a.get("/phone").want(t, 200, "/phone", `data-testid="phone-message"`)
	}
	if got := a.tenant.Requests("/oauth/token"); got != before {
		t.Errorf("%d requests within the first five seconds", got-before)
	}
}

// The question of one person is not on the page of another, who could take the login.
func TestPhoneOfSomebodyElse(t *testing.T) {
	a := startPhone(t)
	login := a.ask()
	a.tenant.SetAutoApprove("grace")
	a.get("/auth/login?prompt=login&returnTo=/profile").want(t, 200, "/profile", "Grace Hopper")
	if err := a.tenant.ApproveBackchannelLogin(login.ID); err != nil {
		t.Fatal(err)
	}
	r := a.get("/phone")
	r.want(t, 200, "/phone", ">Ask me<")
	if strings.Contains(r.body, login.BindingMessage) {
		t.Errorf("grace sees the question of ada:\n%s", r.body)
	}
	a.get("/profile").want(t, 200, "/profile", "Grace Hopper")
}
