package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestASessionEndsWhenIdle(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(24*time.Hour - time.Second)
	if !b.signedIn() { // and rolls
		t.Fatal("over before 24 hours")
	}
	a.clock.advance(24 * time.Hour)
	r := b.get("/")
	if r.body != "hello stranger" {
		t.Error("still there after 24 idle hours")
	}
	if gone := r.cookies("_a0_session"); len(gone) != 1 || gone[0].MaxAge >= 0 || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("not cleared: %v", r.header)
	}
}

func TestASessionEndsAbsolutelyAlthoughActive(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	for range 6 {
		a.clock.advance(11 * time.Hour)
		if !b.signedIn() {
			t.Fatal("over although active")
		}
	}
	a.clock.advance(5*time.Hour + 59*time.Minute) // 71:59
	r := b.get("/")
	if r.body == "hello stranger" {
		t.Fatal("over before 72 hours")
	}
	if c := r.cookies("_a0_session"); len(c) != 1 || c[0].MaxAge > 60 || c[0].MaxAge < 55 {
		t.Errorf("Max-Age goes past the absolute end: %v", r.header["Set-Cookie"])
	}
	a.clock.advance(time.Minute)
	if b.signedIn() {
		t.Error("still there after 72 hours")
	}
}

func TestASessionEndsBeforeTheTenantsCeiling(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = a.clock.Now().Unix() + 3600 })
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(50 * time.Minute)
	if r := b.get("/"); r.body == "hello stranger" || r.cookies("_a0_session")[0].MaxAge > 570 {
		t.Errorf("%s %v", r.body, r.header["Set-Cookie"])
	}
	a.clock.advance(9*time.Minute + 31*time.Second)
	if b.signedIn() {
		t.Error("still there at 30 seconds before the ceiling")
	}
}

func TestCookieAttributesFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Session.Name, c.Session.AttemptPrefix, c.Session.Path = "mine", "login-", "/"
	}))
	b := a.browser(t)
	b.get("/auth/login")
	r := b.login("/auth/login")
	if c := r.cookies("mine"); len(c) != 1 || !c[0].HttpOnly || c[0].Secure || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/" || c[0].Domain != "" || c[0].MaxAge < 86395 || c[0].MaxAge > 86400 {
		t.Errorf("session %v", r.header["Set-Cookie"])
	}
	for _, line := range r.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, "login-") && !strings.HasSuffix(line, "=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax") {
			t.Errorf("deletion %s", line)
		}
	}
	secure := newApp(t, config(func(c *ginauth0.Config) {
		c.BaseURL = "https://app.example"
		c.Session.Name, c.Session.SameSite = "__Host-session", http.SameSiteNoneMode
	}))
	line := secure.browser(t).get("/auth/login").header.Get("Set-Cookie")
	if !strings.Contains(line, "; Secure") || !strings.Contains(line, "; SameSite=Lax") {
		t.Errorf("attempt over https %s", line)
	}
}

func TestASessionOfAnotherTenantIsAbsentAndStays(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	other := newApp(t)
	ob := other.browser(t)
	ob.setCookies(&http.Cookie{Name: "_a0_session", Value: b.sessionCookies()[0].Value, Path: "/"})
	if r := ob.get("/"); r.body != "hello stranger" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%s %v", r.body, r.header)
	}
}

// A record that a later version wrote, or that is none, is no session.
func TestARecordOfAnotherVersionIsAbsent(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for name, value := range map[string]any{
		"another version": `{"v":2,"rid":"r","created":4000000000000,"updated":4000000000000,"absolute_end":5000000000000}`,
		"no version":      `{"rid":"r","created":4000000000000,"updated":4000000000000,"absolute_end":5000000000000}`,
		"no record":       `[]`,
		"no JSON":         `x`,
		"another kind":    7,
	} {
		cookies, err := save(t, newStore(t), "_a0_session", map[any]any{"ginauth0": value})
		if err != nil {
			t.Fatal(err)
		}
		b := a.browser(t)
		b.setCookies(&http.Cookie{Name: cookies[0].Name, Value: cookies[0].Value, Path: "/"})
		if r := b.get("/"); r.body != "hello stranger" || len(r.cookies("_a0_session")) != 1 || len(b.sessionCookies()) != 0 {
			t.Errorf("%s: %s %v", name, r.body, r.header)
		}
	}
}

func TestAnOmittedIDTokenIsNotKept(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.OmitIDToken = true }))
	b := a.browser(t)
	b.login("/auth/login")
	if q := b.get("/auth/logout").location(t).Query(); q.Has("id_token_hint") || q.Get("logout_hint") == "" {
		t.Errorf("logout %v", q)
	}
}
