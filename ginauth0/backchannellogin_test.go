package ginauth0_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// hintOf is the login_hint that Auth0 wants (RFC 9493 section 3.2.4).
func hintOf(a *app, subject string) string {
	return fmt.Sprintf(`{"format":"iss_sub","iss":"%s","sub":"%s"}`, a.tenant.Issuer(), subject)
}

// The request of OpenID Connect CIBA section 7.1 and its answer.
func TestStartBackchannelLoginSendsExactlyItsParameters(t *testing.T) {
	t.Parallel()
	details := `[{"type":"payment","amount":"1 & 2"}]`
	for name, test := range map[string]struct {
		config          func(*ginauth0.Config)
		options         ginauth0.BackchannelOptions
		form            url.Values
		audience, scope string
	}{
		"the least": {
			func(*ginauth0.Config) {},
			ginauth0.BackchannelOptions{Subject: "auth0|grace"},
			url.Values{},
			"", "openid profile offline_access",
		},
		"everything": {
			func(*ginauth0.Config) {},
			ginauth0.BackchannelOptions{
				Subject: "auth0|grace", Scopes: []string{"read:messages", "openid"}, Audience: auth0test.DefaultAudience,
				BindingMessage: "pay-42", RequestedExpiry: 90 * time.Second, AuthorizationDetails: json.RawMessage(details),
			},
			url.Values{"binding_message": {"pay-42"}, "requested_expiry": {"90"}, "authorization_details": {details}},
			auth0test.DefaultAudience, "openid profile offline_access read:messages",
		},
		"nothing of the configuration but scopes and audience": {
			func(c *ginauth0.Config) {
				c.Audience, c.AudienceScopes = auth0test.DefaultAudience, map[string][]string{auth0test.DefaultAudience: {"write:messages"}}
				c.AuthorizationParams = map[string]string{"prompt": "login", "acr_values": "gold", "audience": "x", "scope": "y", "max_age": "1"}
				c.Organization, c.DPoP = "org_pin", true
			},
			ginauth0.BackchannelOptions{Subject: "auth0|grace"},
			url.Values{},
			auth0test.DefaultAudience, "openid profile offline_access write:messages",
		},
	} {
		d := newDoor(t, config(test.config), func(s *setup) {
			s.tenant.BackchannelInterval = 7 * time.Second
			s.tenant.APIs = []auth0test.API{{
				Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages", "write:messages"}, AuthorizationDetailsTypes: []string{"payment"},
			}}
		})
		starts := d.watch(t, "/bc-authorize")
		now := d.clock.Now()
		request, err := d.auth.StartBackchannelLogin(t.Context(), test.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if test.audience != "" {
			test.form.Set("audience", test.audience)
		}
		test.form.Set("scope", test.scope)
		test.form.Set("login_hint", hintOf(d.app, "auth0|grace"))
		p := starts.only()
		p.want(t, name, test.form)
		if p.header.Get("DPoP") != "" {
			t.Errorf("%s: with a proof", name)
		}
		waiting := d.tenant.BackchannelLogins()
		if len(waiting) != 1 {
			t.Fatalf("%s: %v", name, waiting)
		}
		lives := max(test.options.RequestedExpiry, 0)
		if lives == 0 {
			lives = 2 * time.Minute
		}
		want := ginauth0.BackchannelRequest{
			ID: ginauth0.Secret(waiting[0].ID), Subject: "auth0|grace", Issuer: d.tenant.Issuer(), Domain: d.tenant.Issuer(),
			Audience: test.audience, Scopes: strings.Fields(test.scope), Interval: 7 * time.Second, ExpiresAt: now.Add(lives),
		}
		if !reflect.DeepEqual(request, want) {
			t.Errorf("%s: another request than %q, %v, %v: %q %v %v", name, want.Scopes, want.Interval, want.ExpiresAt, request.Scopes, request.Interval, request.ExpiresAt)
		}
	}
}

// What an answer may leave out has its default.
func TestStartBackchannelLoginDefaults(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	starts := d.watch(t, "/bc-authorize")
	now := d.clock.Now()
	for name, test := range map[string]struct {
		answer   map[string]any
		interval time.Duration
		lives    time.Duration
	}{
		"the id alone":         {map[string]any{"auth_req_id": "r"}, 5 * time.Second, 2 * time.Minute},
		"digits":               {map[string]any{"auth_req_id": "r", "expires_in": "30", "interval": "2"}, 2 * time.Second, 30 * time.Second},
		"numbers":              {map[string]any{"auth_req_id": "r", "expires_in": 300, "interval": 10, "other": true}, 10 * time.Second, 5 * time.Minute},
		"an interval of zero":  {map[string]any{"auth_req_id": "r", "interval": 0}, 5 * time.Second, 2 * time.Minute},
		"over before it began": {map[string]any{"auth_req_id": "r", "expires_in": 0}, 5 * time.Second, 0},
	} {
		starts.reply(saying(http.StatusOK, test.answer))
		r, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
		if err != nil || r.ID != "r" || r.Interval != test.interval || !r.ExpiresAt.Equal(now.Add(test.lives)) {
			t.Errorf("%s: %v %v %v", name, r.Interval, r.ExpiresAt, err)
		}
	}
	for name, answer := range map[string]map[string]any{
		"no id": {"expires_in": 120}, "a blank id": {"auth_req_id": " "}, "an id that is a number": {"auth_req_id": 1},
		"a negative expiry": {"auth_req_id": "r", "expires_in": -1}, "a fraction": {"auth_req_id": "r", "interval": 1.5}, "a word": {"auth_req_id": "r", "interval": "soon"},
	} {
		starts.reply(saying(http.StatusOK, answer))
		_, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
		grantFailure{status: 502, code: "upstream_error", is: ginauth0.ErrUpstream}.check(t, name, "ciba", d.auth, err)
	}
}

// Nothing goes out, not even for discovery.
func TestStartBackchannelLoginRefusesArguments(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	type options = ginauth0.BackchannelOptions
	for name, test := range map[string]struct {
		edit func(*options)
		name string
	}{
		"nobody":                       {func(o *options) { o.Subject = "" }, "login_hint"},
		"a blank subject":              {func(o *options) { o.Subject = " \t" }, "login_hint"},
		"a subject above 255 bytes":    {func(o *options) { o.Subject = strings.Repeat("a", 256) }, "login_hint"},
		"a subject that is no text":    {func(o *options) { o.Subject = "auth0|\xff" }, "login_hint"},
		"a negative expiry":            {func(o *options) { o.RequestedExpiry = -time.Second }, "requested_expiry"},
		"an expiry in fractions":       {func(o *options) { o.RequestedExpiry = 1500 * time.Millisecond }, "requested_expiry"},
		"an expiry below a second":     {func(o *options) { o.RequestedExpiry = time.Nanosecond }, "requested_expiry"},
		"two scopes in one":            {func(o *options) { o.Scopes = []string{"a b"} }, "scope"},
		"a domain":                     {func(o *options) { o.Domain = "t.example" }, "Domain"},
		"details that are no array":    {func(o *options) { o.AuthorizationDetails = json.RawMessage(`{"type":"a"}`) }, ""},
		"details without a type":       {func(o *options) { o.AuthorizationDetails = json.RawMessage(`[{}]`) }, ""},
		"details with something after": {func(o *options) { o.AuthorizationDetails = json.RawMessage(`[],"x":[]`) }, ""},
		"empty details":                {func(o *options) { o.AuthorizationDetails = json.RawMessage{} }, ""},
	} {
		o := options{Subject: "auth0|grace"}
		test.edit(&o)
		r, err := d.auth.StartBackchannelLogin(t.Context(), o)
		if test.name != "" {
			wantParameter(t, name, err, test.name)
		} else if !errors.Is(err, ginauth0.ErrBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(r, ginauth0.BackchannelRequest{}) {
			t.Errorf("%s: a request came back", name)
		}
	}
	if got := d.tenant.Requests("*"); got != 0 {
		t.Errorf("%d requests", got)
	}
}

// A subject is data, whatever stands in it.
func TestStartBackchannelLoginWritesTheHintAsJSON(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	starts := d.watch(t, "/bc-authorize")
	starts.reply(saying(http.StatusOK, map[string]any{"auth_req_id": "r"}))
	for _, subject := range []string{`auth0|"},"sub":"auth0|ada`, `a\b`, "samlp|<a>&b", "é\u2028", "auth0|a\nb"} {
		if _, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: subject}); err != nil {
			t.Errorf("%q: %v", subject, err)
		}
		text := starts.only().form.Get("login_hint")
		var hint map[string]string
		if err := json.Unmarshal([]byte(text), &hint); err != nil || len(hint) != 3 || hint["sub"] != subject || hint["format"] != "iss_sub" || hint["iss"] != d.tenant.Issuer() {
			t.Errorf("%q: %s", subject, text)
		}
	}
}

// The address of Auth0 is for its tenants, and an address that is
// announced is judged.
func TestStartBackchannelLoginFindsItsEndpoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit  func(map[string]any)
		path  string
		found bool
	}{
		"announced":           {func(map[string]any) {}, "/bc-authorize", true},
		"announced elsewhere": {func(m map[string]any) { m["backchannel_authentication_endpoint"] = m["issuer"].(string) + "other" }, "/other", true}, //nolint:forcetypeassert // ours
		"Auth0 does not announce it": {func(m map[string]any) {
			delete(m, "backchannel_authentication_endpoint")
			m["mfa_challenge_endpoint"] = "x"
		}, "/bc-authorize", true},
		"another tenant does not": {func(m map[string]any) { delete(m, "backchannel_authentication_endpoint") }, "/bc-authorize", false},
		"without TLS":             {func(m map[string]any) { m["backchannel_authentication_endpoint"] = "http://tenant.example/bc" }, "/bc-authorize", false},
	} {
		d := newDoor(t)
		d.tenant.EditDiscovery(func(m map[string]any) {
			delete(m, "mfa_challenge_endpoint")
			test.edit(m)
		})
		starts := d.watch(t, test.path)
		starts.reply(saying(http.StatusOK, map[string]any{"auth_req_id": "r"}))
		_, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
		if (err == nil) != test.found || !test.found && !errors.Is(err, ginauth0.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
		if asked := len(starts.taken()) == 1; asked != test.found {
			t.Errorf("%s: asked %v", name, asked)
		}
	}
}

func TestStartBackchannelLoginNamesItsDomain(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	for _, domain := range []string{"", " ", "http://t.example/", "t.example/x"} {
		_, err := s.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace", Domain: domain})
		wantParameter(t, fmt.Sprintf("%q", domain), err, "Domain")
	}
	r, err := s.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace", Domain: s.b.Issuer()})
	if err != nil || r.Domain != s.b.Issuer() || r.Issuer != s.b.Issuer() || len(s.b.BackchannelLogins()) != 1 {
		t.Errorf("%v", err)
	}
	if s.asked.Load() != 0 || s.a.Requests("*") != 0 {
		t.Error("the resolver, or another tenant, was asked")
	}
}

func TestStartBackchannelLoginFailures(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	starts := d.watch(t, "/bc-authorize")
	failures := grantFailures()
	failures["access_denied"] = grantFailure{
		saying(403, map[string]any{"error": "access_denied", "error_description": upstream}), 403, "access_denied", nil, "access_denied",
	}
	failures["nobody known"] = grantFailure{saying(400, map[string]any{"error": "unknown_user_id"}), 400, "login_failed", nil, "unknown_user_id"}
	for name, failure := range failures {
		starts.reply(failure.fault)
		_, err := d.auth.StartBackchannelLogin(t.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
		failure.check(t, name, "ciba", d.auth, err)
		if got := len(starts.taken()); got != 1 {
			t.Errorf("%s: %d requests", name, got)
		}
	}
	d.wantNowhere(t, upstream, "auth0|grace")
	starts.reply(nil)
	if _, err := d.auth.StartBackchannelLogin(canceled(t), ginauth0.BackchannelOptions{Subject: "auth0|grace"}); !errors.Is(err, ginauth0.ErrUpstream) {
		t.Errorf("a context that is over: %v", err)
	}
}

func TestBackchannelRequestPrintsNothing(t *testing.T) {
	t.Parallel()
	r := ginauth0.BackchannelRequest{ID: "hunter2", Subject: "auth0|grace", Issuer: "https://t.example/", Domain: "t.example", Scopes: []string{"hunter2"}}
	pending := &ginauth0.PendingError{Next: r}
	for _, v := range []any{r, &r, []ginauth0.BackchannelRequest{r}, map[string]any{"r": r}, struct{ R ginauth0.BackchannelRequest }{r}, pending, *pending} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("v", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("v", "v", v)
		text, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		all := log.String() + string(text)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			all += fmt.Sprintf(verb, v)
		}
		if strings.Contains(all, "hunter2") || strings.Contains(all, fmt.Sprintf("%x", "hunter2")) || strings.Contains(all, "grace") {
			t.Errorf("%T prints %s", v, all)
		}
	}
	if text, err := r.MarshalText(); string(text) != "[redacted]" || err != nil {
		t.Errorf("%s %v", text, err)
	}
}
