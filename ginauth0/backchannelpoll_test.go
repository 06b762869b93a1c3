package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const cibaGrant = "urn:openid:params:grant-type:ciba"

func polling(r ginauth0.BackchannelRequest) func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error) {
	return func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
		return auth.PollBackchannelLogin(c, r)
	}
}

// start asks Grace to log in on her phone. The door polls from then on.
func (d *door) start(t testing.TB) ginauth0.BackchannelRequest {
	t.Helper()
	r, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
	if err != nil {
		t.Fatal(err)
	}
	d.set(polling(r))
	return r
}

// startApproved is start with a Grace who has said yes, at the time of the first poll.
func (d *door) startApproved(t testing.TB) ginauth0.BackchannelRequest {
	t.Helper()
	r := d.start(t)
	if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(r.Interval)
	return r
}

// next is the request for the next poll, which the answer must not show.
func (d *door) next(t testing.TB, r answer) ginauth0.BackchannelRequest {
	t.Helper()
	wantError(t, r, http.StatusBadRequest, `"error":"authorization_pending"`)
	wantNoCookie(t, "pending", r)
	var pending *ginauth0.PendingError
	if !errors.As(d.last(), &pending) {
		t.Fatalf("error %v", d.last())
	}
	if errors.Is(d.last(), ginauth0.ErrUpstream) || strings.Contains(r.body, string(pending.Next.ID)) || strings.Contains(r.body, upstream) {
		t.Errorf("%v, %s", d.last(), r.body)
	}
	return pending.Next
}

// A login on a device (OpenID Connect CIBA, poll mode), both directions, from the
// question to the session.
func TestBackchannelLogin(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "a store"} {
		d := newDoor(t, config(func(c *ginauth0.Config) {
			c.Audience = auth0test.DefaultAudience
			if kind == "a store" {
				c.Session.Store = newBrittleStore(t)
			}
		}))
		tokens := d.watch(t, "/oauth/token")
		b := d.browser(t)
		r := d.start(t)
		d.clock.advance(r.Interval)
		next := d.next(t, b.do(http.MethodPost, "/door"))
		if !reflect.DeepEqual(next, r) {
			t.Errorf("%s: the next poll is another one: %v for %v", kind, next.Interval, r.Interval)
		}
		form := url.Values{"grant_type": {cibaGrant}, "auth_req_id": {string(r.ID)}}
		tokens.only().want(t, kind+", pending", form)
		if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
			t.Fatal(err)
		}
		d.clock.advance(next.Interval)
		d.set(polling(next))
		signedIn := b.do(http.MethodPost, "/door")
		if signedIn.status != http.StatusOK || signedIn.body != "hello auth0|grace" {
			t.Fatalf("%s: %d %s\n%s", kind, signedIn.status, signedIn.body, d.log)
		}
		wantOneLinePerName(t, signedIn)
		p := tokens.only()
		p.want(t, kind+", approved", form)
		if p.header.Get("DPoP") != "" {
			t.Errorf("%s: with a proof", kind)
		}
		told := b.me()
		if told.Subject != "auth0|grace" || !told.Refresh || !told.IDToken || len(told.Tokens) != 1 || told.Tokens[0].Audience != auth0test.DefaultAudience ||
			claimsOfToken(t, told.Access)["sub"] != "auth0|grace" || len(tokens.taken()) != 0 {
			t.Errorf("%s: %+v", kind, told)
		}
		d.clock.advance(2 * time.Hour)
		if again := b.me(); again.Access == told.Access || again.Subject != "auth0|grace" {
			t.Errorf("%s: after a refresh: %+v", kind, again)
		}
		d.wantNowhere(t, string(r.ID), told.Access, "auth0|grace")
	}
}

// A tenant that wants to be asked less often says so, with 400 or with 429.
func TestPollBackchannelLoginSlowsDown(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	b := d.browser(t)
	r := d.start(t)
	tooSoon := d.next(t, b.do(http.MethodPost, "/door"))
	if tooSoon.Interval != r.Interval+5*time.Second {
		t.Errorf("interval %v after %v", tooSoon.Interval, r.Interval)
	}
	tokens := d.watch(t, "/oauth/token")
	for name, test := range map[string]struct {
		answer auth0test.Fault
		want   time.Duration
	}{
		"pending":                                {saying(400, map[string]any{"error": "authorization_pending", "error_description": upstream}), 7 * time.Second},
		"pending with 429":                       {saying(429, map[string]any{"error": "authorization_pending"}), 7 * time.Second},
		"pending with 401":                       {saying(401, map[string]any{"error": "authorization_pending"}), 7 * time.Second},
		"slow_down":                              {saying(400, map[string]any{"error": "slow_down", "error_description": upstream}), 12 * time.Second},
		"slow_down with 429":                     {saying(429, map[string]any{"error": "slow_down"}), 12 * time.Second},
		"slow_down, wait longer":                 {saying(429, map[string]any{"error": "slow_down"}, "Retry-After: 60"), time.Minute},
		"slow_down, wait less":                   {saying(400, map[string]any{"error": "slow_down"}, "Retry-After: 1"), 12 * time.Second},
		"slow_down, wait for nobody knows what":  {saying(400, map[string]any{"error": "slow_down"}, "Retry-After: soon"), 12 * time.Second},
		"slow_down, wait for less than nothing ": {saying(400, map[string]any{"error": "slow_down"}, "Retry-After: -60"), 12 * time.Second},
	} {
		tokens.reply(test.answer)
		request := r
		request.Interval = 7 * time.Second
		d.set(polling(request))
		next := d.next(t, b.do(http.MethodPost, "/door"))
		if next.Interval != test.want {
			t.Errorf("%s: interval %v, want %v", name, next.Interval, test.want)
		}
		next.Interval = request.Interval
		if !reflect.DeepEqual(next, request) {
			t.Errorf("%s: something else is another one", name)
		}
		if request.Interval != 7*time.Second || len(tokens.taken()) != 1 {
			t.Errorf("%s: the request was changed, or sent again", name)
		}
	}
	tokens.reply(saying(400, map[string]any{"error": "authorization_pending"}))
	lost := r
	lost.Interval = 0
	d.set(polling(lost))
	if next := d.next(t, b.do(http.MethodPost, "/door")); next.Interval != 5*time.Second {
		t.Errorf("interval %v where none is known", next.Interval)
	}
	for _, event := range d.counted.take() {
		if event.Name == "login_refused" {
			t.Errorf("counted %v", event)
		}
	}
	if strings.Contains(d.log.String(), "level=WARN msg=refused") {
		t.Errorf("polls fill the log: %s", d.log)
	}
}

// What ends a request, and what it leaves.
func TestPollBackchannelLoginFailures(t *testing.T) {
	t.Parallel()
	tests := grantFailures()
	says := func(status int, code string) auth0test.Fault {
		return saying(status, map[string]any{"error": code, "error_description": upstream})
	}
	tests["denied"] = grantFailure{says(403, "access_denied"), 403, "access_denied", nil, "access_denied"}
	tests["denied with 401, which is no wrong secret"] = grantFailure{says(401, "access_denied"), 403, "access_denied", nil, "access_denied"}
	tests["expired at the tenant"] = grantFailure{says(400, "expired_token"), 400, "expired_token", nil, "expired_token"}
	tests["pending in trouble"] = grantFailure{says(503, "authorization_pending"), 502, "upstream_error", ginauth0.ErrUpstream, ""}
	d := newDoor(t)
	b := d.browser(t)
	b.login("/auth/login")
	before := b.me()
	r := d.start(t)
	tokens := d.watch(t, "/oauth/token")
	for name, test := range tests {
		d.counted.take()
		tokens.reply(test.fault)
		for what, who := range map[string]*browser{"signed in": b, "a stranger": d.browser(t)} {
			got := who.do(http.MethodPost, "/door")
			wantNoCookie(t, name+", "+what, got)
			wantError(t, got, test.status, `"error":"`+test.code+`"`)
			test.check(t, name, "ciba", d.auth, d.last())
			if events := d.counted.take(); len(events) != 1 || events[0] != (ginauth0.Event{Name: "login_refused", Code: test.code, Issuer: d.tenant.Issuer()}) {
				t.Errorf("%s: %v", name, events)
			}
			if got := len(tokens.taken()); got != 1 {
				t.Errorf("%s: %d requests", name, got)
			}
		}
	}
	tokens.reply(nil)
	if after := b.me(); after.Subject != "auth0|ada" || after.Access != before.Access {
		t.Errorf("%+v after %+v", after, before)
	}
	d.wantNowhere(t, upstream, string(r.ID))
}

func TestPollBackchannelLoginThatIsDenied(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	r := d.start(t)
	if err := d.tenant.DenyBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(r.Interval)
	wantError(t, d.browser(t).do(http.MethodPost, "/door"), http.StatusForbidden, `"error":"access_denied"`)
}

// When the time is over, by the clock here, the tenant is not asked any more.
func TestPollBackchannelLoginThatHasExpired(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	r := d.start(t)
	if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	tokens := d.watch(t, "/oauth/token")
	d.clock.advance(2 * time.Minute)
	forgotten := r
	forgotten.ExpiresAt = time.Time{}
	for name, request := range map[string]ginauth0.BackchannelRequest{"expired": r, "nobody knows when": forgotten} {
		d.set(polling(request))
		got := d.browser(t).do(http.MethodPost, "/door")
		wantError(t, got, http.StatusBadRequest, `"error":"expired_token"`)
		wantNoCookie(t, name, got)
		grantFailure{status: 400, code: "expired_token", provider: "expired_token"}.check(t, name, "ciba", d.auth, d.last())
	}
	if len(tokens.taken()) != 0 {
		t.Error("the tenant was asked")
	}
}

// A request that a program has rebuilt wrongly, or a stranger has, is refused before
// the tenant hears of it.
func TestPollBackchannelLoginRefusesRequests(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	r := d.startApproved(t)
	b := d.browser(t)
	tokens := d.watch(t, "/oauth/token")
	for name, test := range map[string]struct {
		edit func(*ginauth0.BackchannelRequest)
		name string // of a parameter; empty: ErrConfig
	}{
		"no id":          {func(r *ginauth0.BackchannelRequest) { r.ID = "" }, "auth_req_id"},
		"a blank id":     {func(r *ginauth0.BackchannelRequest) { r.ID = " " }, "auth_req_id"},
		"anybody":        {func(r *ginauth0.BackchannelRequest) { r.Subject = "" }, "login_hint"},
		"another issuer": {func(r *ginauth0.BackchannelRequest) { r.Issuer = "https://evil.example/" }, "auth_req_id"},
		"no issuer":      {func(r *ginauth0.BackchannelRequest) { r.Issuer = "" }, "auth_req_id"},
		"another domain": {func(r *ginauth0.BackchannelRequest) { r.Domain = "evil.example" }, ""},
		"no domain":      {func(r *ginauth0.BackchannelRequest) { r.Domain = "" }, ""},
	} {
		request := r
		test.edit(&request)
		d.set(polling(request))
		got := b.do(http.MethodPost, "/door")
		wantNoCookie(t, name, got)
		if test.name == "" {
			if !errors.Is(d.last(), ginauth0.ErrConfig) {
				t.Errorf("%s: %v", name, d.last())
			}
			continue
		}
		wantParameter(t, name, d.last(), test.name)
	}
	d.set(polling(r))
	b.do(http.MethodPost, "/door?late=1")
	if !errors.Is(d.last(), ginauth0.ErrResponseStarted) {
		t.Errorf("%v", d.last())
	}
	if len(tokens.taken()) != 0 {
		t.Error("the tenant was asked")
	}
	if got := b.do(http.MethodPost, "/door"); got.status != http.StatusOK {
		t.Errorf("the login was lost: %d %s", got.status, got.body)
	}
}

// Somebody else than the person who was asked, or with less than a login needs, is not
// signed in, and whoever was stays.
func TestPollBackchannelLoginVerifiesTheIDToken(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(_, claims map[string]any) {
		return func(_, claims map[string]any) { claims[name] = value }
	}
	for name, test := range map[string]struct {
		pinned string
		edit   func(header, claims map[string]any)
		code   string // empty: it is good
	}{
		"as it comes":                  {"", nil, ""},
		"with a nonce of nobody":       {"", set("nonce", "x"), ""},
		"another subject":              {"", set("sub", "auth0|ada"), "invalid_id_token"},
		"a subject in another case":    {"", set("sub", "Auth0|grace"), "invalid_id_token"},
		"the start of the subject":     {"", set("sub", "auth0|grac"), "invalid_id_token"},
		"no subject":                   {"", set("sub", ""), "invalid_id_token"},
		"another issuer":               {"", auth0test.WrongIssuer, "invalid_id_token"},
		"another client":               {"", auth0test.WrongAudience, "invalid_id_token"},
		"expired":                      {"", auth0test.Expired, "invalid_id_token"},
		"beside another access token":  {"", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "invalid_id_token"},
		"a ceiling that has passed":    {"", set("session_expiry", 1), "session_expired"},
		"the pinned organization":      {"org_a", set("org_id", "org_a"), ""},
		"without the pinned one":       {"org_a", nil, "organization_mismatch"},
		"for another one":              {"org_a", set("org_id", "org_b"), "organization_mismatch"},
		"for one, and none is pinned":  {"", set("org_id", "org_b"), ""},
		"a pinned name, another case":  {"Acme", set("org_name", "aCME"), ""},
		"a pinned name, only the id ":  {"Acme", set("org_id", "org_acme"), "organization_mismatch"},
		"an acr that nobody asked for": {"", set("acr", "bronze"), ""},
	} {
		d := newDoor(t, config(func(c *ginauth0.Config) {
			c.AuthorizationParams = map[string]string{"max_age": "1"}
		}))
		b := d.browser(t)
		b.login("/auth/login")
		if test.pinned != "" {
			d = newDoor(t, config(func(c *ginauth0.Config) { c.Organization = test.pinned }))
			b = d.browser(t)
		}
		d.startApproved(t)
		d.tenant.EditIDToken(test.edit)
		got := b.do(http.MethodPost, "/door")
		if test.code == "" {
			if got.status != http.StatusOK || b.me().Subject != "auth0|grace" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			continue
		}
		if !strings.Contains(got.body, `"error":"`+test.code+`"`) {
			t.Errorf("%s: %d %s, want %s", name, got.status, got.body, test.code)
		}
		wantNoCookie(t, name, got)
		if test.pinned == "" && b.me().Subject != "auth0|ada" {
			t.Errorf("%s: Ada is not signed in any more", name)
		}
	}
	d := newDoor(t)
	d.startApproved(t)
	d.tenant.EditTokenResponse(func(m map[string]any) { delete(m, "id_token") })
	wantError(t, d.browser(t).do(http.MethodPost, "/door"), http.StatusUnauthorized, `"error":"invalid_id_token"`)
}
