package ginauth0api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestClaimIncludes(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	type array = []any
	for name, test := range map[string]struct {
		claim    any
		all, one bool // whether ClaimIncludes and ClaimIncludesAny of admin and editor accept it
	}{
		"both in an array":        {array{"x", "editor", "admin"}, true, true},
		"both in a string":        {"editor  x admin", true, true},
		"one in an array":         {array{"editor"}, false, true},
		"the other in an array":   {array{"admin"}, false, true},
		"one in a string":         {"admin", false, true},
		"none in an array":        {array{"x"}, false, false},
		"none in a string":        {"x y", false, false},
		"missing":                 {nil, false, false},
		"empty array":             {array{}, false, false},
		"empty string":            {"", false, false},
		"part of a word":          {"admins editors", false, false},
		"in another case":         {array{"Admin", "EDITOR"}, false, false},
		"separated by commas":     {"admin,editor", false, false},
		"array with a number":     {array{"admin", "editor", 1}, false, false},
		"words inside an array":   {array{"admin editor"}, false, false},
		"names of an object":      {map[string]bool{"admin": true, "editor": true}, false, false},
		"number":                  {1, false, false},
		"null":                    {raw(`null`), false, false},
		"arrays inside the array": {array{array{"admin", "editor"}}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := i.token(claims{"roles": test.claim})
			for _, check := range []struct {
				check ginauth0api.ClaimCheck
				pass  bool
			}{
				{ginauth0api.ClaimIncludes("roles", "admin", "editor"), test.all},
				{ginauth0api.ClaimIncludesAny("roles", "admin", "editor"), test.one},
			} {
				got := protect(t, guard.RequireClaims(check.check)).bearer(token)
				if check.pass {
					wantOK(t, got)
					continue
				}
				wantRefused(t, got, "claim_refused", "")
			}
		})
	}
}

func TestIssuedWithin(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	now := time.Now().Truncate(time.Second)
	for name, test := range map[string]struct {
		age, leeway time.Duration
		issued      any // seconds before now; nil: the token does not say
		code        string
	}{
		"at the limit":                 {time.Minute, 0, 60, ""},
		"a second beyond":              {time.Minute, 0, 61, "claim_refused"},
		"a fraction beyond":            {time.Minute, 0, 60.5, "claim_refused"},
		"at the limit with leeway":     {time.Minute, 10 * time.Second, 70, ""},
		"a second beyond the leeway":   {time.Minute, 10 * time.Second, 71, "claim_refused"},
		"a little in the future":       {time.Minute, 0, -20, ""},
		"this very second":             {0, 0, 0, ""},
		"a second ago, none permitted": {0, 0, 1, "claim_refused"},
		"undated":                      {time.Minute, 0, nil, "claim_refused"},
		"undated, any age":             {math.MaxInt64, 0, nil, "claim_refused"},
		"an age that would overflow":   {math.MaxInt64, time.Minute, 3600, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Leeway = test.leeway })
			ginauth0api.SetClock(guard, func() time.Time { return now })
			edits := claims{"iat": nil}
			switch ago := test.issued.(type) {
			case int:
				edits["iat"] = now.Unix() - int64(ago)
			case float64:
				edits["iat"] = float64(now.Unix()) - ago
			}
			got := protect(t, guard.RequireClaims(ginauth0api.IssuedWithin(test.age))).bearer(i.token(edits))
			if test.code == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, test.code, "")
		})
	}
}

// The clock moves on between two requests with one token, and the check follows.
func TestIssuedWithinJudgesEachRequest(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	var ahead atomic.Int64
	start := time.Now()
	ginauth0api.SetClock(guard, func() time.Time { return start.Add(time.Duration(ahead.Load())) })
	a := protect(t, guard.RequireClaims(ginauth0api.IssuedWithin(30*time.Second)))
	token := i.token(claims{"iat": start.Unix()})
	wantOK(t, a.bearer(token))
	ahead.Store(int64(40 * time.Second))
	wantRefused(t, a.bearer(token), "claim_refused", "")
}

var errOwnReason = errors.New("reason-4711")

func TestReasonOfACheckIsOnlyInTheLog(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	own := func(*ginauth0api.Token) error { return errOwnReason }
	for name, test := range map[string]struct {
		check  ginauth0api.ClaimCheck
		reason string
	}{
		"own":      {own, "reason-4711"},
		"equals":   {ginauth0api.ClaimEquals("org", "acme"), `the claim "org" has another value`},
		"missing":  {ginauth0api.ClaimEquals("team", "acme"), `the claim "team" is missing`},
		"includes": {ginauth0api.ClaimIncludes("org", "acme", "other"), `the claim "org" does not include "acme"`},
		"any":      {ginauth0api.ClaimIncludesAny("org", "acme"), `the claim "org" includes none of the values`},
		"issued":   {ginauth0api.IssuedWithin(0), "issued too long ago"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, place := range []struct {
				code string
				edit func(*ginauth0api.Config)
				list []ginauth0api.ClaimCheck
			}{
				{"claim_refused", nil, []ginauth0api.ClaimCheck{test.check}},
				{"token_refused", func(cfg *ginauth0api.Config) { cfg.TokenChecks = []ginauth0api.ClaimCheck{test.check} }, nil},
			} {
				var log logbook
				var hooked *ginauth0api.Error
				guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
					cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil))
					cfg.OnError = func(_ *gin.Context, e *ginauth0api.Error) { hooked = e }
					if place.edit != nil {
						place.edit(cfg)
					}
				})
				handler := guard.RequireAuth()
				if place.list != nil {
					handler = guard.RequireClaims(place.list...)
				}
				got := protect(t, handler).bearer(i.token(claims{"org": "claim-4712", "iat": time.Now().Unix() - 5}))
				wantRefused(t, got, place.code, "")
				for header, values := range got.header {
					if strings.Contains(strings.Join(values, "\n"), test.reason) {
						t.Errorf("%s shows the reason: %q", header, values)
					}
				}
				lines := log.lines(t)
				if len(lines) != 1 || !strings.Contains(log.text(), strings.Trim(strings.ReplaceAll(test.reason, `"`, `\"`), `"`)) {
					t.Errorf("the log does not have the reason: %s", log.text())
				}
				if strings.Contains(log.text(), "claim-4712") {
					t.Errorf("the log has what the token says: %s", log.text())
				}
				if hooked == nil || hooked.Err == nil || !strings.Contains(hooked.Err.Error(), test.reason) {
					t.Fatalf("the hook got %v", hooked)
				}
				if name == "own" && !errors.Is(hooked, errOwnReason) {
					t.Errorf("the cause is lost: %v", hooked)
				}
			}
		})
	}
}

// The checks run in their order and the first refusal is the last to be asked.
func TestChecksRunInOrder(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var asked []string
	note := func(name string, err error) ginauth0api.ClaimCheck {
		return func(token *ginauth0api.Token) error {
			asked = append(asked, name+" "+token.Subject())
			return err
		}
	}
	checks := []ginauth0api.ClaimCheck{note("first", nil), note("second", errOwnReason), note("third", nil)}
	a := protect(t, newGuard(t, i, nil).RequireClaims(checks...))
	checks[1] = note("put in later", nil) // the handler has its own list
	wantRefused(t, a.bearer(i.token(nil)), "claim_refused", "")
	if want := []string{"first auth0|ada", "second auth0|ada"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

func TestRequireClaimsAuthenticates(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	never := func(*ginauth0api.Token) error {
		t.Error("a check saw a token that was not verified")
		return nil
	}
	a := protect(t, newGuard(t, i, nil).RequireClaims(never))
	wantRefused(t, a.get(), "credentials_missing", "")
	wantRefused(t, a.bearer(i.token(claims{"exp": time.Now().Unix() - 60})), "token_expired", "")
	wantRefused(t, a.bearer(sign(strangerKey(), `{"alg":"RS256","kid":"k1"}`, `{"iss":"`+i.name()+`","aud":"api","exp":4000000000}`)), "invalid_signature", "")
}

// A check that panics is the application's: Recovery answers, and the Guard
// serves the next request.
func TestPanicOfACheckIsLeftToRecovery(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	var recovered atomic.Value
	a := serve(t, func(r gin.IRouter) {
		r.Use(func(c *gin.Context) {
			defer func() {
				if p := recover(); p != nil {
					recovered.Store(p)
					c.AbortWithStatus(http.StatusTeapot)
				}
			}()
			c.Next()
		})
		r.GET("/", guard.RequireClaims(func(*ginauth0api.Token) error { panic("mine") }), subject)
		r.GET("/next", guard.RequireClaims(ginauth0api.ClaimEquals("sub", "auth0|ada")), subject)
	})
	token := i.token(nil)
	if got := a.bearer(token); got.status != http.StatusTeapot || got.body != "" || recovered.Load() != "mine" {
		t.Errorf("%d %q, recovered %v", got.status, got.body, recovered.Load())
	}
	wantOK(t, a.do(http.MethodGet, "/next", http.Header{"Authorization": {"Bearer " + token}}))
}

// #41: scopes on the group, claims and step-up on the route; one verification,
// and every demand is made.
func TestNestedRequirementsVerifyOnce(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var accepted atomic.Int64
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = func(_ context.Context, e ginauth0api.Event) {
			if e.Name == "accepted" {
				accepted.Add(1)
			}
		}
	})
	var seen []*ginauth0api.Token
	a := serve(t, func(r gin.IRouter) {
		group := r.Group("/", guard.RequireAuth("read:a"))
		keep := func(token *ginauth0api.Token) error {
			seen = append(seen, token)
			return nil
		}
		group.GET("/", guard.RequireClaims(keep, ginauth0api.ClaimEquals("org", "acme")), guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{"mfa"}}), guard.RequireClaims(keep), subject)
	})
	good := claims{"org": "acme", "acr": "mfa"}
	wantOK(t, a.bearer(i.token(good)))
	if len(seen) != 2 || seen[0] != seen[1] {
		t.Errorf("not one token: %p", seen)
	}
	if n := accepted.Load(); n != 1 {
		t.Errorf("accepted %d times, want 1", n)
	}
	wantRefused(t, a.bearer(i.token(claims{"org": "acme", "acr": "mfa", "scope": "x"})), "insufficient_scope", "read:a")
	wantRefused(t, a.bearer(i.token(claims{"org": "other", "acr": "pwd"})), "claim_refused", "")
	wantAnswer(t, a.bearer(i.token(claims{"org": "acme", "acr": "pwd"})), wanted{code: "step_up_required", extra: `, acr_values="mfa"`})
}

func TestClaimCheckMistakesPanic(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	for name, test := range map[string]struct {
		register func()
		texts    []string
	}{
		"no checks":           {func() { guard.RequireClaims() }, []string{"RequireClaims", "checks must not be empty"}},
		"nil check":           {func() { guard.RequireClaims(ginauth0api.IssuedWithin(1), nil) }, []string{"RequireClaims", "checks[1]"}},
		"nil Guard":           {func() { (*ginauth0api.Guard)(nil).RequireClaims(ginauth0api.IssuedWithin(1)) }, []string{"RequireClaims"}},
		"equals: no name":     {func() { ginauth0api.ClaimEquals("", 1) }, []string{"ClaimEquals", "name"}},
		"equals: a channel":   {func() { ginauth0api.ClaimEquals("a", make(chan int)) }, []string{"ClaimEquals", "value"}},
		"equals: not finite":  {func() { ginauth0api.ClaimEquals("a", []any{math.NaN()}) }, []string{"ClaimEquals", "value"}},
		"equals: two members": {func() { ginauth0api.ClaimEquals("a", raw(`{"b":1,"b":2}`)) }, []string{"ClaimEquals", "value", "repeats"}},
		"equals: exponent":    {func() { ginauth0api.ClaimEquals("a", []any{json.Number("1e99999999999")}) }, []string{"ClaimEquals", "value", "number"}},
		"equals: too deep":    {func() { ginauth0api.ClaimEquals("a", raw(strings.Repeat("[", 40)+strings.Repeat("]", 40))) }, []string{"ClaimEquals", "value", "deep"}},
		"includes: no name":   {func() { ginauth0api.ClaimIncludes("", "a") }, []string{"ClaimIncludes:", "name"}},
		"includes: no values": {func() { ginauth0api.ClaimIncludes("a") }, []string{"ClaimIncludes:", "values must not be empty"}},
		"includes: blank":     {func() { ginauth0api.ClaimIncludes("a", "b", "") }, []string{"ClaimIncludes:", "values[1]"}},
		"any: no name":        {func() { ginauth0api.ClaimIncludesAny("", "a") }, []string{"ClaimIncludesAny:", "name"}},
		"any: no values":      {func() { ginauth0api.ClaimIncludesAny("a") }, []string{"ClaimIncludesAny:", "values must not be empty"}},
		"any: blank":          {func() { ginauth0api.ClaimIncludesAny("a", "") }, []string{"ClaimIncludesAny:", "values[0]"}},
		"issued: negative":    {func() { ginauth0api.IssuedWithin(-1) }, []string{"IssuedWithin", "negative"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantPanic(t, test.register, test.texts)
		})
	}
}

// wantPanic expects a panic with a text that has all of the parts.
func wantPanic(t *testing.T, register func(), parts []string) {
	t.Helper()
	defer func() {
		text, _ := recover().(string)
		for _, want := range append(parts, "ginauth0api: ") {
			if !strings.Contains(text, want) {
				t.Errorf("panic %q does not say %q", text, want)
			}
		}
	}()
	register()
	t.Error("no panic")
}

// The lists that a check was made from may change afterwards.
func TestValuesOfACheckAreCopied(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	values, object := []string{"admin"}, map[string]any{"id": 1}
	handler := newGuard(t, i, nil).RequireClaims(
		ginauth0api.ClaimIncludes("roles", values...), ginauth0api.ClaimIncludesAny("roles", values...), ginauth0api.ClaimEquals("org", object))
	values[0], object["id"] = "other", 2
	wantOK(t, protect(t, handler).bearer(i.token(claims{"roles": "admin", "org": map[string]any{"id": 1}})))
}
