package ginauth0_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// wantLife checks that an answer writes the session once and that browser and
// session agree on its end, whole seconds from now.
func wantLife(t *testing.T, name string, a *app, r answer, want time.Duration) {
	t.Helper()
	cookies := r.cookies("_a0_session")
	if len(cookies) != 1 {
		t.Fatalf("%s: %v", name, r.header)
	}
	c := cookies[0]
	if life := time.Duration(c.MaxAge) * time.Second; life > want || life < want-2*time.Second {
		t.Errorf("%s: Max-Age %v, want %v", name, life, want)
	}
	if late := c.Expires.Sub(a.clock.Now().Add(want)); late > 0 || late < -2*time.Second {
		t.Errorf("%s: Expires %v off", name, late)
	}
	if r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%s: Cache-Control %q", name, r.header.Get("Cache-Control"))
	}
}

// Rolling gives another Inactivity, and never more than is left of the absolute end
// and of session_expiry less 30 seconds.
func TestRollingExtendsTheLifeUpToItsEnds(t *testing.T) {
	t.Parallel()
	type step struct{ at, life time.Duration } // both in turn: when after the login, and how much is left then
	for name, test := range map[string]struct {
		ceiling int64 // seconds after the login; 0: none
		steps   []step
	}{
		"no ceiling":               {0, []step{{0, 2 * time.Hour}, {time.Hour, 2 * time.Hour}, {150 * time.Minute, 2 * time.Hour}, {4 * time.Hour, time.Hour}, {299 * time.Minute, time.Minute}}},
		"a ceiling":                {3 * 3600, []step{{0, 2 * time.Hour}, {30 * time.Minute, 2 * time.Hour}, {90 * time.Minute, 90*time.Minute - 30*time.Second}, {179 * time.Minute, 30 * time.Second}}},
		"a ceiling behind the end": {6 * 3600, []step{{0, 2 * time.Hour}, {90 * time.Minute, 2 * time.Hour}, {3 * time.Hour, 2 * time.Hour}, {4 * time.Hour, time.Hour}}},
		"a ceiling at once":        {60, []step{{0, 30 * time.Second}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Absolute, c.Session.Inactivity = 5*time.Hour, 2*time.Hour }))
			start := a.clock.Now()
			if test.ceiling != 0 {
				a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = start.Unix() + test.ceiling })
			}
			b := a.browser(t)
			for i, step := range test.steps {
				a.clock.advance(start.Add(step.at).Sub(a.clock.Now()))
				visit := func() answer { return b.get("/") }
				if i == 0 {
					visit = func() answer { return b.login("/auth/login") }
				}
				wantLife(t, step.at.String(), a, visit(), step.life)
			}
		})
	}
}

// The interval of rewriting is Inactivity/100, but not less than 10 seconds and not
// more than 5 minutes; however many requests come within it, one writes.
func TestRollingInterval(t *testing.T) {
	t.Parallel()
	for inactivity, interval := range map[time.Duration]time.Duration{
		2 * time.Minute: 10 * time.Second, time.Hour: 36 * time.Second, 8 * time.Hour: 288 * time.Second, 24 * time.Hour: 5 * time.Minute, 48 * time.Hour: 5 * time.Minute,
	} {
		t.Run(inactivity.String(), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Inactivity = inactivity }))
			b := a.browser(t)
			b.login("/auth/login")
			for range 3 {
				wrote := ""
				for _, step := range []time.Duration{0, interval - time.Second, time.Second, 0, interval - time.Second} {
					a.clock.advance(step)
					r := b.get("/profile")
					wrote += strconv.Itoa(len(r.header.Values("Set-Cookie")))
					if r.status != http.StatusOK || r.header.Get("Cache-Control") != "private, no-store" {
						t.Errorf("%d %v", r.status, r.header)
					}
				}
				if wrote != "00100" {
					t.Errorf("writes %s, want one when %v have passed", wrote, interval)
				}
				a.clock.advance(time.Second)
				b.get("/profile") // the next round starts with a write
			}
		})
	}
}

// Guards are no exception: what a browser loads for a page, and what the application
// names, is served without a cookie, alive or over.
func TestRequestsThatNeitherRollNorClear(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Session.SkipRolling = func(r *http.Request) bool { return r.Header.Get("X-Poll") == "yes" }
	}))
	for _, header := range []string{
		"Sec-Fetch-Dest: audio", "Sec-Fetch-Dest: font", "Sec-Fetch-Dest: image", "Sec-Fetch-Dest: manifest", "Sec-Fetch-Dest: object",
		"Sec-Fetch-Dest: script", "Sec-Fetch-Dest: style", "Sec-Fetch-Dest: track", "Sec-Fetch-Dest: video", "Sec-Fetch-Dest: worker",
		"X-Poll: yes", "Sec-Purpose: prefetch", "Purpose: prefetch", "X-Moz: prefetch",
	} {
		b := a.browser(t)
		b.login("/auth/login")
		a.clock.advance(time.Hour)
		if r := b.get("/profile", header); r.body != "profile of auth0|ada" || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", header, r.status, r.header)
		}
		a.clock.advance(24 * time.Hour)
		if r := b.get("/profile", header, asJSON); r.status != http.StatusUnauthorized || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s, over: %d %v", header, r.status, r.header)
		}
	}
	for _, header := range []string{"Sec-Fetch-Dest: document", "Sec-Fetch-Dest: empty", "Sec-Fetch-Dest: iframe", "X-Poll: no", "Sec-Purpose: other", "Purpose: other"} {
		b := a.browser(t)
		b.login("/auth/login")
		a.clock.advance(time.Hour)
		if r := b.get("/profile", header); r.status != http.StatusOK || len(r.cookies("_a0_session")) != 1 {
			t.Errorf("%s: %d %v", header, r.status, r.header)
		}
	}
}

func TestATransientSessionStaysTransient(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.Transient = true }))
	b := a.browser(t)
	login := b.login("/auth/login")
	a.clock.advance(time.Hour)
	rolled := b.get("/profile")
	for name, r := range map[string]answer{"login": login, "rolled": rolled} {
		if c := r.cookies("_a0_session"); len(c) != 1 || c[0].MaxAge != 0 || !c[0].Expires.IsZero() || c[0].Value == "" {
			t.Errorf("%s: %v", name, r.header)
		}
	}
	a.clock.advance(23*time.Hour + 59*time.Minute)
	if !b.signedIn() {
		t.Error("the inner expiry was not extended")
	}
	a.clock.advance(24 * time.Hour)
	if b.signedIn() {
		t.Error("no inner expiry")
	}
}

// Every page behind the guard is kept out of caches, whether or not a cookie is
// written, and a handler may know better.
func TestPagesBehindTheGuardAreNotStored(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.DisableRolling = true }))
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(30 * time.Hour)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if r := b.do(method, "/profile"); r.status != http.StatusOK || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", method, r.status, r.header)
		}
	}
	if r := b.get("/"); r.status != http.StatusOK || r.header.Get("Cache-Control") != "" {
		t.Errorf("a page that requires nothing: %d %v", r.status, r.header)
	}
}

func TestWithoutRollingNothingIsWrittenOnReading(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Session.DisableRolling = true }))
	b := a.browser(t)
	b.login("/auth/login")
	for range 2 {
		a.clock.advance(35 * time.Hour) // the inactivity limit does not apply
		if r := b.get("/"); r.body != "hello Ada Lovelace" || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s %v", r.body, r.header)
		}
	}
	a.clock.advance(2 * time.Hour)
	if b.signedIn() {
		t.Error("still there after 72 hours")
	}
}
