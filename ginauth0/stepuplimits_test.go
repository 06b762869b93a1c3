package ginauth0_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Two lists of acr values with nothing in common cannot be asked for at once. One
// login is tried, and then the answer is 401: each further one could lose what the
// one before brought.
func TestStepUpNeverGoesAround(t *testing.T) {
	t.Parallel()
	gold, mfa := ginauth0.RequireACR("gold"), ginauth0.RequireMFA()
	own := func(e *ginauth0.StepUpError) ginauth0.Check {
		return func(*ginauth0.Session) error { return e }
	}
	hour := time.Hour
	for name, test := range map[string]struct {
		checks []ginauth0.Check
		asked  []string // acr_values of each login
	}{
		"acr and a second factor":          {[]ginauth0.Check{gold, mfa}, []string{"gold " + multiFactor}},
		"and in another order":             {[]ginauth0.Check{mfa, gold}, []string{multiFactor + " gold"}},
		"and a login just now":             {[]ginauth0.Check{mfa, gold, ginauth0.RequireRecentLogin(0)}, []string{multiFactor + " gold"}},
		"two values of acr":                {[]ginauth0.Check{gold, ginauth0.RequireACR("silver")}, []string{"gold silver"}},
		"a check that asks for nothing":    {[]ginauth0.Check{own(&ginauth0.StepUpError{})}, nil},
		"a check that asks for what is":    {[]ginauth0.Check{own(&ginauth0.StepUpError{MaxAge: &hour})}, nil},
		"a check that is never satisfied":  {[]ginauth0.Check{own(&ginauth0.StepUpError{ACRValues: []string{"gold"}, MaxAge: &hour})}, []string{"gold"}},
		"a check with an error of no kind": {[]ginauth0.Check{own(nil)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, p := guarded(t, test.checks)
			b := a.browser(t)
			b.login("/auth/login")
			r, asked := b.walk("/guarded", p.obey)
			if r.status != http.StatusUnauthorized || r.url.Path != "/guarded" || !strings.Contains(r.body, "insufficient_user_authentication") {
				t.Errorf("%d at %s: %s", r.status, r.url, r.body)
			}
			var values []string
			for _, q := range asked {
				values = append(values, q.Get("acr_values"))
			}
			if !slices.Equal(values, test.asked) {
				t.Errorf("asked %q, want %q", values, test.asked)
			}
			if r.header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("no page: %v", r.header)
			}
		})
	}
}

// What a check of the application asks for is brought into a form that a tenant
// understands.
func TestStepUpOfAnApplicationsOwnCheck(t *testing.T) {
	t.Parallel()
	century, negative := 100*365*24*time.Hour, -time.Hour
	for name, test := range map[string]struct {
		need        ginauth0.StepUpError
		acr, maxAge string
	}{
		"values":            {ginauth0.StepUpError{ACRValues: []string{"b", "a"}}, "b a", ""},
		"values with space": {ginauth0.StepUpError{ACRValues: []string{" a  b", "", "c"}}, "a b c", ""},
		"an age too long":   {ginauth0.StepUpError{MaxAge: &century, ACRValues: []string{"a"}}, "a", "2147483647"},
		"a negative age":    {ginauth0.StepUpError{MaxAge: &negative}, "", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errOwn := errors.New("reason-4711")
			var failed []error
			a, _ := guarded(t, []ginauth0.Check{func(*ginauth0.Session) error { return errors.Join(errOwn, &test.need) }},
				config(func(c *ginauth0.Config) { c.OnError = func(_ *gin.Context, err error) { failed = append(failed, err) } }))
			b := a.browser(t)
			b.login("/auth/login")
			q := b.get("/guarded").location(t).Query()
			if q.Get("acr_values") != test.acr || q.Get("max_age") != test.maxAge || q.Has("max_age") != (test.maxAge != "") {
				t.Errorf("asked %v", q)
			}
			b.get("/guarded", asJSON)
			var need *ginauth0.StepUpError
			asked := ""
			if len(failed) == 1 && errors.As(failed[0], &need) && need.MaxAge != nil {
				asked = strconv.Itoa(int(*need.MaxAge / time.Second))
			}
			if need == nil || !errors.Is(failed[0], errOwn) || asked != test.maxAge || strings.Join(need.ACRValues, " ") != test.acr {
				t.Errorf("the hook saw %v, %+v", failed, need)
			}
			if !strings.Contains(a.log.String(), "reason-4711") {
				t.Error("the log lacks the reason")
			}
		})
	}
}

// An answer of 401 changes nothing, and neither does a check that is run by hand.
func TestStepUpChecksByHand(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/hand", auth.Session(), func(c *gin.Context) {
				session, _ := ginauth0.SessionFrom(c)
				err := ginauth0.RequireMFA()(session)
				var first, second *ginauth0.StepUpError
				if !errors.As(err, &first) || strings.Join(first.ACRValues, " ") != multiFactor || first.MaxAge != nil {
					t.Errorf("%v", err)
					return
				}
				first.ACRValues[0] = "changed"
				check := ginauth0.RequireRecentLogin(time.Minute)
				for range 2 {
					if !errors.As(check(session), &second) || *second.MaxAge != time.Minute || second.ACRValues != nil {
						t.Errorf("%+v", second)
						return
					}
					*second.MaxAge = time.Hour // is the caller's own
				}
				if ginauth0.RequireRecentLogin(time.Hour)(session) != nil {
					t.Error("within the hour")
				}
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(30 * time.Minute)
	b.get("/hand")
}

// Without a way to log in nobody is sent away.
func TestStepUpWithoutLoginRouteIs401(t *testing.T) {
	t.Parallel()
	check := ginauth0.RequireACR("gold")
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	for name, edit := range map[string]func(*ginauth0.Config){
		"login off":              func(c *ginauth0.Config) { c.Routes.Login = "-" },
		"login and callback off": func(c *ginauth0.Config) { c.Routes.Login, c.Routes.Callback = "-", "-" },
	} {
		other, _ := guarded(t, []ginauth0.Check{check}, config(func(c *ginauth0.Config) { c.Domain = a.tenant.Issuer() }), config(edit))
		ob := other.browser(t)
		ob.setCookies(&http.Cookie{Name: "_a0_session", Value: b.sessionCookies()[0].Value, Path: "/"})
		if r := ob.get("/guarded"); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "insufficient_user_authentication") || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	unmounted := newApp(t, func(s *setup) {
		s.config.Domain = a.tenant.Issuer()
		s.routes = func(router *gin.Engine, _ *ginauth0.Auth) {
			auth, err := ginauth0.New(t.Context(), s.config)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(auth.Close)
			router.GET("/guarded", auth.RequireSession(check), func(c *gin.Context) { c.String(http.StatusOK, "in") })
		}
	})
	ub := unmounted.browser(t)
	ub.setCookies(&http.Cookie{Name: "_a0_session", Value: b.sessionCookies()[0].Value, Path: "/"})
	if r := ub.get("/guarded"); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "insufficient_user_authentication") {
		t.Errorf("unmounted: %d %s", r.status, r.body)
	}
}

// If the login cannot start, the answer says so and no attempt is left behind.
func TestStepUpWhileTheTenantIsDown(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	other, _ := guarded(t, []ginauth0.Check{ginauth0.RequireMFA()}, config(func(c *ginauth0.Config) {
		c.Domain, c.ExtraBaseURLs = a.tenant.Issuer(), []string{"http://127.0.0.1:1"}
	}))
	ob := other.browser(t)
	ob.setCookies(&http.Cookie{Name: "_a0_session", Value: b.sessionCookies()[0].Value, Path: "/"})
	if r := ob.get("/guarded", "Host: evil.example"); r.status != http.StatusBadRequest || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Location") != "" {
		t.Errorf("a foreign host: %d %v", r.status, r.header)
	}
	a.tenant.Break("*", auth0test.Down)
	if r := ob.get("/guarded"); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "temporarily_unavailable") || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	a.tenant.Heal("*")
	other.clock.advance(time.Minute) // a failure is remembered for a while
	if r := ob.get("/guarded"); r.status != http.StatusFound {
		t.Errorf("after the outage: %d", r.status)
	}
}

// The login of a step-up is for the organization that the person is signed in to:
// another one, or none, would end what the guard let through before.
func TestStepUpKeepsTheOrganization(t *testing.T) {
	t.Parallel()
	a, p := guarded(t, []ginauth0.Check{ginauth0.InOrganization("org_1"), ginauth0.RequireMFA()})
	b := a.browser(t)
	b.login("/auth/login?organization=org_1")
	r, asked := b.walk("/guarded", p.obey)
	if r.body != "in" || len(asked) != 1 || asked[0].Get("organization") != "org_1" {
		t.Errorf("%d, asked %v", r.status, asked)
	}
	if r := b.get("/claims"); r.body != "in" {
		t.Errorf("the organization is lost: %d", r.status)
	}
	pinned, _ := guarded(t, []ginauth0.Check{ginauth0.RequireMFA()}, config(func(c *ginauth0.Config) {
		c.Domain, c.Organization = a.tenant.Issuer(), "org_2"
	}))
	p.set(nil)
	b.login("/auth/login?organization=org_1")
	pb := pinned.browser(t)
	pb.setCookies(&http.Cookie{Name: "_a0_session", Value: b.sessionCookies()[0].Value, Path: "/"})
	if q := pb.get("/guarded").location(t).Query(); q.Get("organization") != "org_2" {
		t.Errorf("a pinned organization gave way to %v", q)
	}
}

// A step-up of an address that is too long for a return path leads to the default.
func TestStepUpFromALongAddress(t *testing.T) {
	t.Parallel()
	a, p := guarded(t, []ginauth0.Check{ginauth0.RequireMFA()})
	b := a.browser(t)
	b.login("/auth/login")
	if r, asked := b.walk("/guarded?q="+strings.Repeat("x", 2100), p.obey); r.url.Path != "/" || r.status != http.StatusOK || len(asked) != 1 {
		t.Errorf("%d at %s", r.status, r.url)
	}
}

func TestParallelStepUpsShareNothing(t *testing.T) {
	t.Parallel()
	mfa := ginauth0.RequireMFA()
	many := func(s *ginauth0.Session) error {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _ = mfa(s) })
		}
		wg.Wait()
		return nil
	}
	a, p := guarded(t, []ginauth0.Check{many, ginauth0.ClaimMatches(func(u *ginauth0.User) error {
		if len(u.AMR) == 0 {
			return &ginauth0.StepUpError{ACRValues: []string{"weak"}}
		}
		return &ginauth0.StepUpError{ACRValues: []string{"strong", multiFactor}}
	})})
	weak, strong := a.browser(t), a.browser(t)
	weak.login("/auth/login")
	p.set(map[string]any{"amr": []string{"mfa"}})
	strong.login("/auth/login")
	var wg sync.WaitGroup
	for range 8 {
		for b, want := range map[*browser]string{weak: "weak", strong: ""} {
			wg.Go(func() {
				r := b.get("/guarded")
				asked := ""
				if r.status == http.StatusFound {
					asked = r.location(t).Query().Get("acr_values")
				}
				if asked != want {
					t.Errorf("%d asks for %q, want %q", r.status, asked, want)
				}
			})
		}
	}
	wg.Wait()
}
