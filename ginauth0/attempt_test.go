package ginauth0_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestCallbackRefusesBadStates(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	good := b.toCallback("/auth/login")
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	state := u.Query().Get("state")
	with := func(name, value string) string {
		q := u.Query()
		q.Set(name, value)
		if value == "" {
			q.Del(name)
		}
		return "/auth/callback?" + q.Encode()
	}
	other := "A"
	if state[42] == 'A' {
		other = "E"
	}
	for name, target := range map[string]string{
		"no state":                    with("state", ""),
		"a state of another length":   with("state", state[:42]),
		"a state of another alphabet": with("state", "+"+state[1:]),
		"an unknown state":            with("state", strings.Repeat("A", 43)),
		"a state with the same start": with("state", state[:42]+other),
		"no parameters":               "/auth/callback",
	} {
		wantError(t, b.get(target, asJSON), http.StatusBadRequest, `"error":"invalid_callback"`)
		if len(b.attemptCookies()) != 1 {
			t.Errorf("%s: the attempt's cookie is gone", name)
		}
	}
	wantError(t, b.get("/auth/callback?"+u.RawQuery+"&state="+state, asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
	if r := b.get(good); r.status != http.StatusFound || !b.signedIn() {
		t.Errorf("the attempt is not usable any more: %d", r.status)
	}
}

func TestCallbackWithoutCodeEndsTheAttempt(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser(t)
	u, _ := url.Parse(b.toCallback("/auth/login"))
	q := u.Query()
	q.Del("code")
	wantError(t, b.get("/auth/callback?"+q.Encode(), asJSON), http.StatusBadRequest, "invalid_callback")
	if len(b.attemptCookies()) != 0 {
		t.Error("the attempt's cookie is still there")
	}
}

func TestCallbackOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	attacker, victim := a.browser(t), a.browser(t)
	callback := attacker.toCallback("/auth/login") // login CSRF: the attacker's own login
	wantError(t, victim.get(callback, asJSON), http.StatusBadRequest, "invalid_callback")
	if len(victim.sessionCookies()) != 0 {
		t.Error("the victim is signed in as the attacker")
	}
}

func TestAnAttemptCookieRenamedToAnotherIsRefused(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser(t)
	first, second := b.toCallback("/auth/login"), b.toCallback("/auth/login")
	cookies := b.attemptCookies()
	b.setCookies(&http.Cookie{Name: cookies[0].Name, Value: cookies[1].Value, Path: "/"}, &http.Cookie{Name: cookies[1].Name, Value: cookies[0].Value, Path: "/"})
	for _, callback := range []string{first, second} {
		wantError(t, b.get(callback, asJSON), http.StatusBadRequest, "invalid_callback")
	}
}

func TestAnAttemptEndsAfterAnHour(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	callback := b.toCallback("/auth/login")
	a.clock.advance(time.Hour)
	wantError(t, b.get(callback, asJSON), http.StatusBadRequest, "invalid_callback")
}
