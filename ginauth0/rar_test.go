package ginauth0_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// payment is the example of RFC 9396 section 2, with what URLs and HTML have to escape.
const payment = `[ {"type":"payment_initiation","actions":["initiate","status"],"locations":["https://example.com/payments?a=b&c=d"],
	"instructedAmount":{"currency":"EUR","amount":"123.50"},"creditorName":"Merchant <A> & \"Sons\" é+%20"} ]`

// withDetails is an application whose page /pay starts a login for a payment, at a
// tenant whose API knows payments. details is what the page asks for, from then on.
func withDetails(details *atomic.Pointer[json.RawMessage], event *atomic.Pointer[ginauth0.CallbackEvent]) func(*setup) {
	return func(s *setup) {
		s.tenant.APIs = []auth0test.API{{Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages"}, AuthorizationDetailsTypes: []string{"payment_initiation"}}}
		s.config.Audience = auth0test.DefaultAudience
		s.config.OnCallback = func(_ *gin.Context, e ginauth0.CallbackEvent) string {
			event.Store(&e)
			return ""
		}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/pay", func(c *gin.Context) {
				if err := auth.Login(c, ginauth0.LoginOptions{AuthorizationDetails: *details.Load(), AppState: "basket 7"}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	}
}

func store[T any](p *atomic.Pointer[T], value T) { p.Store(&value) }

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Through PAR and without it: the tenant gets the very text, and what it grants reaches
// the hook (RFC 9396 section 7).
func TestAuthorizationDetailsGoToTheTenantAndComeBack(t *testing.T) {
	t.Parallel()
	for _, par := range []bool{true, false} {
		var details atomic.Pointer[json.RawMessage]
		var event atomic.Pointer[ginauth0.CallbackEvent]
		store(&details, json.RawMessage(payment))
		a := newApp(t, withDetails(&details, &event), config(func(c *ginauth0.Config) { c.PAR = par }))
		pushed := a.record(parPath)
		b := a.browser(t)
		location := b.get("/pay").location(t).Query()
		if par {
			if got := pushed.one(t).form["authorization_details"]; len(got) != 1 || got[0] != payment || location.Has("authorization_details") {
				t.Errorf("pushed %q; the browser carries %v", got, location)
			}
		} else if got := location["authorization_details"]; len(got) != 1 || got[0] != payment || len(pushed.all()) != 0 {
			t.Errorf("the browser carries %q", got)
		}
		b.login("/pay")
		e := event.Load()
		if e == nil || e.Err != nil || e.AppState != "basket 7" || e.Session == nil {
			t.Fatalf("event %+v", e)
		}
		var asked, granted any
		if err := errors.Join(json.Unmarshal([]byte(payment), &asked), json.Unmarshal(e.AuthorizationDetails, &granted)); err != nil {
			t.Fatal(err)
		}
		if x, y := compact(t, mustJSON(t, asked)), compact(t, mustJSON(t, granted)); x != y {
			t.Errorf("PAR %v: granted %s, asked for %s", par, y, x)
		}
		// A login that asks for nothing is told of nothing.
		b.login("/auth/login")
		if e := event.Load(); e.AuthorizationDetails != nil || e.AppState != "" {
			t.Errorf("event %+v", e)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What was granted may be more, less, or something else than was asked for; it is handed
// on as it is, and not kept.
func TestGrantedAuthorizationDetailsAreNotStored(t *testing.T) {
	t.Parallel()
	var details atomic.Pointer[json.RawMessage]
	var event atomic.Pointer[ginauth0.CallbackEvent]
	store(&details, json.RawMessage(payment))
	a := newApp(t, withDetails(&details, &event), config(func(c *ginauth0.Config) { c.PAR = true }))
	sizes := map[int]bool{}
	for _, padding := range []int{1, 6000} {
		granted := []any{map[string]any{"type": "another", "padding": strings.Repeat("x", padding)}}
		a.tenant.EditTokenResponse(func(m map[string]any) { m["authorization_details"] = granted })
		b := a.browser(t)
		b.login("/pay")
		if got, want := compact(t, event.Load().AuthorizationDetails), string(mustJSON(t, granted)); got != want {
			t.Errorf("granted %.80s, want %.80s", got, want)
		}
		size := 0
		for _, c := range b.sessionCookies() {
			size += len(c.Value)
		}
		sizes[size/1000] = true
	}
	if len(sizes) != 1 {
		t.Errorf("the session grew: %v thousand bytes", sizes)
	}
}

var malformedDetails = map[string]string{
	"white space":         ` `,
	"null":                `null`,
	"an object":           `{"type":"payment_initiation"}`,
	"a text":              `"payment_initiation"`,
	"an array of texts":   `["payment_initiation"]`,
	"an array of arrays":  `[[{"type":"payment_initiation"}]]`,
	"no type":             `[{"amount":1}]`,
	"the second no type":  `[{"type":"payment_initiation"},{}]`,
	"type a number":       `[{"type":1}]`,
	"type null":           `[{"type":null}]`,
	"type empty":          `[{"type":""}]`,
	"type in capitals":    `[{"Type":"payment_initiation"}]`,
	"type twice":          `[{"type":"payment_initiation","type":"admin"}]`,
	"cut off":             `[{"type":"payment_initiation"}`,
	"something behind":    `[{"type":"payment_initiation"}]]`,
	"another member":      `[{"type":"payment_initiation"}],"x":1`,
	"not UTF-8":           "[{\"type\":\"\xff\"}]",
	"no JSON":             `payment_initiation`,
	"deeper than is read": strings.Repeat("[", 40) + strings.Repeat("]", 40),
}

// Malformed details are a mistake of the program or of whoever wrote the link, and go
// nowhere.
func TestMalformedAuthorizationDetails(t *testing.T) {
	t.Parallel()
	for _, par := range []bool{true, false} {
		var details atomic.Pointer[json.RawMessage]
		var event atomic.Pointer[ginauth0.CallbackEvent]
		a := newApp(t, withDetails(&details, &event), config(func(c *ginauth0.Config) {
			c.PAR = par
			c.ForwardParams = []string{"authorization_details"}
		}))
		b := a.browser(t)
		for name, text := range malformedDetails {
			store(&details, json.RawMessage(text))
			link := "/auth/login?" + url.Values{"authorization_details": {text}}.Encode()
			for _, target := range []string{"/pay", link, "/auth/login?authorization_details=", link + "&" + url.Values{"authorization_details": {payment}}.Encode()} {
				r := b.get(target, asJSON)
				wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
				if len(r.header.Values("Set-Cookie")) != 0 {
					t.Errorf("%s at %.40s: %v", name, target, r.header)
				}
			}
			cfg := validConfig()
			cfg.AuthorizationParams = map[string]string{"authorization_details": text}
			if auth, err := ginauth0.New(t.Context(), cfg); err == nil {
				auth.Close()
				t.Errorf("%s: accepted as a static parameter", name)
			}
		}
		if got := a.tenant.Requests(parPath); got != 0 || event.Load() != nil {
			t.Errorf("%d requests", got)
		}
		for _, none := range []json.RawMessage{nil, {}} {
			store(&details, none)
			if query := b.get("/pay").location(t).Query(); query.Has("authorization_details") {
				t.Errorf("%q was sent", query["authorization_details"])
			}
		}
	}
}

// Details in the query are nobody's but the program's, unless it lets them pass.
func TestAuthorizationDetailsInTheQuery(t *testing.T) {
	t.Parallel()
	link := "/auth/login?" + url.Values{"authorization_details": {payment}}.Encode()
	if query := newApp(t).browser(t).get(link).location(t).Query(); query.Has("authorization_details") {
		t.Errorf("forwarded %q", query["authorization_details"])
	}
	forwarding := newApp(t, config(func(c *ginauth0.Config) { c.ForwardParams = []string{"authorization_details"} }))
	if got := forwarding.browser(t).get(link).location(t).Query().Get("authorization_details"); got != payment {
		t.Errorf("forwarded %q", got)
	}
}

// A tenant that does not know the type says so where it is asked: at once, or at the
// callback (RFC 9396 section 5).
func TestAuthorizationDetailsThatTheTenantRefuses(t *testing.T) {
	t.Parallel()
	for par, op := range map[bool]string{true: "par", false: "authorize"} {
		var details atomic.Pointer[json.RawMessage]
		var event atomic.Pointer[ginauth0.CallbackEvent]
		var failed atomic.Pointer[error]
		store(&details, json.RawMessage(`[{"type":"unheard_of"}]`))
		a := newApp(t, withDetails(&details, &event), config(func(c *ginauth0.Config) {
			c.PAR = par
			c.OnError = func(_ *gin.Context, err error) { failed.Store(&err) }
		}))
		b := a.browser(t)
		target := "/pay"
		if !par {
			target = b.toCallback("/pay")
		}
		wantError(t, b.get(target, asJSON), http.StatusBadRequest, `"error":"invalid_authorization_details"`)
		var provider *ginauth0.ProviderError
		if err := *failed.Load(); !errors.As(err, &provider) || provider.Code != "invalid_authorization_details" || provider.Op != op {
			t.Errorf("PAR %v: %v", par, err)
		}
		if len(b.attemptCookies()) != 0 || len(b.sessionCookies()) != 0 {
			t.Errorf("PAR %v: cookies %v", par, b.jarCookies())
		}
	}
}

// An answer that says what was granted in another form than it should is no answer.
func TestMalformedGrantedAuthorizationDetails(t *testing.T) {
	t.Parallel()
	var details atomic.Pointer[json.RawMessage]
	var event atomic.Pointer[ginauth0.CallbackEvent]
	store(&details, json.RawMessage(payment))
	a := newApp(t, withDetails(&details, &event))
	for name, value := range map[string]any{
		"a text": payment, "an object": map[string]any{"type": "payment_initiation"}, "null": nil, "true": true, "texts": []string{"payment_initiation"},
		"no type": []any{map[string]any{"amount": 1}}, "type a number": []any{map[string]any{"type": 1}},
	} {
		a.tenant.EditTokenResponse(func(m map[string]any) { m["authorization_details"] = value })
		b := a.browser(t)
		wantError(t, b.get(b.toCallback("/pay"), asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
		if len(b.sessionCookies()) != 0 || len(b.attemptCookies()) != 0 {
			t.Errorf("%s: cookies %v", name, b.jarCookies())
		}
		if e := event.Load(); !errors.Is(e.Err, ginauth0.ErrUpstream) || e.AuthorizationDetails != nil || e.Session != nil {
			t.Errorf("%s: event %+v", name, e)
		}
	}
}
