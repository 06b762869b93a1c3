package ginauth0_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	multiFactor  = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
	tooWeak      = `{"error":"insufficient_user_authentication","error_description":"A stronger or more recent login is needed."}`
	enoughOfThis = 12 // redirects from a page to itself, by way of one login, are five
)

// proof is what the tenant says about logins: set by a test, or by what the last
// authorization request asked for.
type proof struct {
	mu     sync.Mutex
	claims map[string]any
}

func (p *proof) set(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = claims
}

func (p *proof) into(_, claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, value := range p.claims {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
}

// obey makes the tenant reach what it is asked for, and nothing that it is not.
func (p *proof) obey(asked url.Values) {
	switch asked.Get("acr_values") {
	case "":
		p.set(nil)
	case multiFactor:
		p.set(map[string]any{"amr": []string{"pwd", "mfa"}})
	default:
		p.set(map[string]any{"acr": strings.Fields(asked.Get("acr_values"))[0]})
	}
}

// guarded is an application with a page that the checks guard, and its tenant's
// proof.
func guarded(t *testing.T, checks []ginauth0.Check, edits ...func(*setup)) (*app, *proof) {
	t.Helper()
	a := newApp(t, append(edits, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			in := func(c *gin.Context) { c.String(http.StatusOK, "in") }
			router.GET("/guarded", auth.RequireSession(checks...), in)
			router.HEAD("/guarded", auth.RequireSession(checks...), in)
			router.POST("/guarded", auth.RequireSession(checks...), in)
			router.GET("/claims", auth.RequireSession(ginauth0.ClaimMatches(func(u *ginauth0.User) error {
				return okIf(u.OrganizationID == "org_1")
			})), in)
		}
	})...)
	p := &proof{}
	a.tenant.EditIDToken(p.into)
	return a, p
}

// walk opens a page and follows redirects, also through the tenant. It returns the
// last answer and the authorization requests on the way, each of which obey saw
// before the tenant.
func (b *browser) walk(target string, obey func(url.Values)) (answer, []url.Values) {
	b.t.Helper()
	var asked []url.Values
	r := b.get(target)
	for range enoughOfThis {
		if r.status != http.StatusFound {
			return r, asked
		}
		next := r.url.ResolveReference(r.location(b.t))
		if strings.HasPrefix(next.String(), b.app.tenant.Issuer()) {
			asked = append(asked, next.Query())
			if obey != nil {
				obey(next.Query())
			}
		}
		r = b.get(next.String())
	}
	b.t.Fatalf("%s goes around in circles: %v", target, asked)
	return answer{}, nil
}

func TestStepUpAsksForMoreAndComesBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		check   ginauth0.Check
		idle    time.Duration // since the first login
		acr     string
		maxAge  string
		withOut map[string]any // what the first login proves
	}{
		"acr":                  {ginauth0.RequireACR("gold", "platinum"), 0, "gold platinum", "", nil},
		"acr, another":         {ginauth0.RequireACR("gold"), 0, "gold", "", map[string]any{"acr": "silver"}},
		"second factor":        {ginauth0.RequireMFA(), 0, multiFactor, "", nil},
		"second factor, other": {ginauth0.RequireMFA(), 0, multiFactor, "", map[string]any{"amr": []string{"pwd"}, "acr": "mfa"}},
		"login too old":        {ginauth0.RequireRecentLogin(10 * time.Minute), time.Hour, "", "600", nil},
		"login just now":       {ginauth0.RequireRecentLogin(0), 2 * time.Minute, "", "0", nil},
		"fractions of seconds": {ginauth0.RequireRecentLogin(90*time.Second + 999*time.Millisecond), time.Hour, "", "90", nil},
		"no time of the login": {ginauth0.RequireRecentLogin(time.Hour), 0, "", "3600", map[string]any{"auth_time": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, p := guarded(t, []ginauth0.Check{test.check})
			p.set(test.withOut)
			b := a.browser(t)
			b.login("/auth/login")
			a.clock.advance(test.idle)
			first := b.sessionCookies()[0].Value
			for _, headers := range [][]string{{asJSON}, {"X-Requested-With: XMLHttpRequest"}, {"Sec-Fetch-Mode: cors"}} {
				if r := b.get("/guarded", headers...); r.status != http.StatusUnauthorized || r.body != tooWeak || r.header.Get("WWW-Authenticate") != "" {
					t.Errorf("%s: %d %s", headers, r.status, r.body)
				}
			}
			if r := b.do(http.MethodPost, "/guarded"); r.status != http.StatusUnauthorized || r.body != tooWeak || r.header.Get("Location") != "" {
				t.Errorf("POST: %d %s", r.status, r.body)
			}
			for _, header := range speculations {
				if r := b.get("/guarded", header); r.status != http.StatusNoContent || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
					t.Errorf("%s: %d %v", header, r.status, r.header)
				}
			}
			if n := len(b.attemptCookies()); n != 0 {
				t.Errorf("%d logins were started", n)
			}
			if r := b.do(http.MethodHead, "/guarded"); r.status != http.StatusFound || !strings.HasPrefix(r.header.Get("Location"), a.tenant.Issuer()) {
				t.Errorf("HEAD: %d %v", r.status, r.header)
			}
			r, asked := b.walk("/guarded?a=b%20c&d=%2F", p.obey)
			if r.status != http.StatusOK || r.body != "in" || r.url.RequestURI() != "/guarded?a=b%20c&d=%2F" || len(asked) != 1 {
				t.Fatalf("%d %s at %s after %d logins: %s", r.status, r.body, r.url, len(asked), a.log)
			}
			if q := asked[0]; q.Get("acr_values") != test.acr || q.Has("acr_values") != (test.acr != "") || q.Get("max_age") != test.maxAge || q.Has("max_age") != (test.maxAge != "") {
				t.Errorf("asked %v", asked[0])
			}
			if b.sessionCookies()[0].Value == first {
				t.Error("no new session")
			}
			if r := b.get("/guarded"); r.body != "in" {
				t.Errorf("the second time: %d", r.status)
			}
		})
	}
}

func TestEnoughIsEnough(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		check  ginauth0.Check
		claims map[string]any
		later  time.Duration // moves the clock after the login
		passes bool
	}{
		"acr, the second":                {ginauth0.RequireACR("silver", "gold"), map[string]any{"acr": "gold"}, 0, true},
		"acr, another case":              {ginauth0.RequireACR("gold"), map[string]any{"acr": "Gold"}, 0, false},
		"acr in an array":                {ginauth0.RequireACR("gold"), map[string]any{"acr": []string{"gold"}}, 0, false},
		"acr a number":                   {ginauth0.RequireACR("1"), map[string]any{"acr": 1}, 0, false},
		"acr by amr":                     {ginauth0.RequireACR("mfa"), map[string]any{"amr": []string{"mfa"}}, 0, false},
		"acr or second factor":           {ginauth0.RequireACR("gold", multiFactor), map[string]any{"amr": []string{"mfa"}}, 0, true},
		"second factor by amr":           {ginauth0.RequireMFA(), map[string]any{"amr": []string{"pwd", "mfa"}}, 0, true},
		"second factor by acr":           {ginauth0.RequireMFA(), map[string]any{"acr": multiFactor}, 0, true},
		"second factor, amr a text":      {ginauth0.RequireMFA(), map[string]any{"amr": "mfa"}, 0, false},
		"second factor, amr mixed":       {ginauth0.RequireMFA(), map[string]any{"amr": []any{"mfa", 1}}, 0, false},
		"second factor, another means":   {ginauth0.RequireMFA(), map[string]any{"amr": []string{"otp", "MFA"}}, 0, false},
		"second factor, acr of its name": {ginauth0.RequireMFA(), map[string]any{"acr": "multi-factor"}, 0, false},
		"recent":                         {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": time.Hour}, 50 * time.Second, true},
		"recent no more":                 {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": time.Hour}, 62 * time.Second, false},
		"recent, with a fraction":        {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": time.Hour + time.Second/2}, 0, true},
		"recent, by another name":        {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": nil, "Auth_Time": time.Duration(0)}, 0, false},
		"in the future":                  {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": -30 * time.Second}, -20 * time.Second, true},
		"far in the future":              {ginauth0.RequireRecentLogin(time.Hour), map[string]any{"auth_time": -30 * time.Second}, -40 * time.Second, false},
		"1970, any age":                  {ginauth0.RequireRecentLogin(292 * 365 * 24 * time.Hour), map[string]any{"auth_time": 0}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, p := guarded(t, []ginauth0.Check{test.check})
			for name, value := range test.claims {
				if ago, ok := value.(time.Duration); ok { // between auth_time and the login
					test.claims[name] = float64(a.clock.Now().Unix()) - ago.Seconds()
				}
			}
			p.set(test.claims)
			b := a.browser(t)
			b.login("/auth/login")
			a.clock.advance(test.later)
			want, body := http.StatusOK, "in"
			if !test.passes {
				want, body = http.StatusUnauthorized, tooWeak
			}
			if r := b.get("/guarded", asJSON); r.status != want || r.body != body {
				t.Errorf("%d %s, want %d", r.status, r.body, want)
			}
		})
	}
}

// A tenant that comes back without what it was asked for is refused at the callback: the
// browser does not go around, and the session stays.
func TestATenantThatDoesNotStepUpIsRefusedAtTheCallback(t *testing.T) {
	t.Parallel()
	old := func(p *proof, a *app) { p.set(map[string]any{"auth_time": a.clock.Now().Add(-2 * time.Hour).Unix()}) }
	for name, test := range map[string]struct {
		check ginauth0.Check
		obey  func(*proof, *app)
	}{
		"no acr":               {ginauth0.RequireACR("gold"), func(p *proof, _ *app) { p.set(nil) }},
		"another acr":          {ginauth0.RequireACR("gold"), func(p *proof, _ *app) { p.set(map[string]any{"acr": "silver"}) }},
		"no second factor":     {ginauth0.RequireMFA(), func(p *proof, _ *app) { p.set(map[string]any{"amr": []string{"pwd"}}) }},
		"an old login":         {ginauth0.RequireRecentLogin(time.Hour), old},
		"no time of the login": {ginauth0.RequireRecentLogin(time.Hour), func(p *proof, _ *app) { p.set(map[string]any{"auth_time": nil}) }},
		"a time that is text": {ginauth0.RequireRecentLogin(time.Hour), func(p *proof, a *app) {
			p.set(map[string]any{"auth_time": strconv.FormatInt(a.clock.Now().Unix(), 10)})
		}},
		"milliseconds": {ginauth0.RequireRecentLogin(time.Hour), func(p *proof, a *app) { p.set(map[string]any{"auth_time": a.clock.Now().UnixMilli()}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, p := guarded(t, []ginauth0.Check{test.check})
			old(p, a)
			b := a.browser(t)
			b.login("/auth/login")
			kept := b.sessionCookies()[0].Value
			r, asked := b.walk("/guarded", func(url.Values) { test.obey(p, a) })
			if r.status != http.StatusUnauthorized || r.url.Path != "/auth/callback" || !strings.Contains(r.body, "invalid_id_token") || len(asked) != 1 {
				t.Errorf("%d at %s after %d logins: %s", r.status, r.url.Path, len(asked), r.body)
			}
			// To log in again, which is what the page of other bad ID tokens says, would end in the same.
			missed := !strings.HasPrefix(name, "a time that is") && name != "milliseconds"
			if strings.Contains(r.body, "not as strong or as recent") != missed || strings.Contains(r.body, "Please log in again") == missed {
				t.Errorf("the page says %s", r.body)
			}
			if !b.signedIn() || b.sessionCookies()[0].Value != kept || len(b.attemptCookies()) != 0 {
				t.Errorf("cookies %v", b.jarCookies())
			}
		})
	}
}

// A login that brings the one thing may lose the other: all is asked for at once.
func TestStepUpAsksForAllNeedsInOneLogin(t *testing.T) {
	t.Parallel()
	mfa, recent := ginauth0.RequireMFA(), ginauth0.RequireRecentLogin(10*time.Minute)
	strong := map[string]any{"amr": []string{"mfa"}}
	for name, test := range map[string]struct {
		checks [][]ginauth0.Check // one list per guard
		has    map[string]any
		idle   time.Duration
		acr    string
		maxAge string
	}{
		"both missing":                {[][]ginauth0.Check{{mfa, recent}}, nil, time.Hour, multiFactor, "600"},
		"both missing, turned round":  {[][]ginauth0.Check{{recent, mfa}}, nil, time.Hour, multiFactor, "600"},
		"one passed before":           {[][]ginauth0.Check{{mfa, recent}}, strong, time.Hour, multiFactor, "600"},
		"one passed afterwards":       {[][]ginauth0.Check{{recent, mfa}}, strong, time.Hour, multiFactor, "600"},
		"the recent login passed":     {[][]ginauth0.Check{{recent, mfa}}, nil, 0, multiFactor, "600"},
		"one passed in a group":       {[][]ginauth0.Check{{mfa}, {recent}}, strong, time.Hour, multiFactor, "600"},
		"the shortest age":            {[][]ginauth0.Check{{ginauth0.RequireRecentLogin(time.Minute), recent, ginauth0.RequireRecentLogin(time.Hour)}}, nil, 2 * time.Hour, "", "60"},
		"the values in common":        {[][]ginauth0.Check{{ginauth0.RequireACR("a", "b", "c"), ginauth0.RequireACR("d", "c", "b")}}, map[string]any{"acr": "a"}, 0, "b c", ""},
		"inside a check of one's own": {[][]ginauth0.Check{{func(s *ginauth0.Session) error { return mfa(s) }, recent}}, strong, time.Hour, multiFactor, "600"},
		"not an alternative that was not used": {[][]ginauth0.Check{{func(s *ginauth0.Session) error {
			if mfa(s) == nil {
				return nil
			}
			return okIf(s.User().Subject == "auth0|ada")
		}, recent}}, nil, time.Hour, "", "600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handlers []gin.HandlerFunc
			a := newApp(t, func(s *setup) {
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					for _, checks := range test.checks {
						handlers = append(handlers, auth.RequireSession(checks...))
					}
					router.GET("/guarded", append(handlers, func(c *gin.Context) { c.String(http.StatusOK, "in") })...)
				}
			})
			p := &proof{}
			a.tenant.EditIDToken(p.into)
			p.set(test.has)
			b := a.browser(t)
			b.login("/auth/login")
			a.clock.advance(test.idle)
			r, asked := b.walk("/guarded", p.obey)
			if r.status != http.StatusOK || len(asked) != 1 {
				t.Fatalf("%d after %d logins: %v", r.status, len(asked), asked)
			}
			if q := asked[0]; q.Get("acr_values") != test.acr || q.Get("max_age") != test.maxAge {
				t.Errorf("asked %v", q)
			}
		})
	}
}
