package ginauth0_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// judged is an application with one page for each check. A person whose ID token
// has the claims is signed in.
func judged(t *testing.T, claims map[string]any, checks map[string]ginauth0.Check) (get func(name string) answer) {
	t.Helper()
	paths := map[string]string{}
	a := newApp(t, func(s *setup) {
		s.config.Session.MaxBytes, s.config.Session.OmitIDToken = 40960, true
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			for name, check := range checks {
				paths[name] = fmt.Sprintf("/check/%d", len(paths))
				router.GET(paths[name], auth.RequireSession(check), func(c *gin.Context) { c.String(http.StatusOK, "in") })
			}
		}
	})
	a.tenant.EditIDToken(func(_, into map[string]any) {
		maps.Copy(into, claims)
		for name, value := range claims {
			if value == nil {
				delete(into, name)
			}
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	return func(name string) answer { return b.get(paths[name], asJSON) }
}

func wantVerdict(t *testing.T, name string, r answer, passes bool) {
	t.Helper()
	const forbidden = `{"error":"forbidden","error_description":"You may not do that."}`
	switch {
	case passes && (r.status != http.StatusOK || r.body != "in"):
		t.Errorf("%s: %d %s, want to pass", name, r.status, r.body)
	case !passes && (r.status != http.StatusForbidden || r.body != forbidden):
		t.Errorf("%s: %d %s, want 403", name, r.status, r.body)
	}
	if r.header.Get("Cache-Control") != "private, no-store" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%s: headers %v", name, r.header)
	}
}

func TestClaimEquals(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	claims, checks, passes := map[string]any{}, map[string]ginauth0.Check{}, map[string]bool{}
	for name, test := range map[string]struct {
		want   any
		claim  any // nil: there is none
		passes bool
	}{
		"match":                       {"acme", "acme", true},
		"mismatch":                    {"acme", "other", false},
		"missing":                     {"acme", nil, false},
		"nil for a missing one":       {nil, nil, false},
		"nil for null":                {nil, raw(`null`), true},
		"another case":                {"acme", "Acme", false},
		"a longer text":               {"acme", "acme2", false},
		"escapes":                     {"<é>", raw(`"\u003c\u00e9>"`), true},
		"true":                        {true, true, true},
		"text for true":               {true, "true", false},
		"false for missing":           {false, nil, false},
		"1 for 1.0":                   {1, raw(`1.0`), true},
		"1.0 for 1":                   {1.0, 1, true},
		"text for a number":           {1, "1", false},
		"2^53+1":                      {int64(1<<53 + 1), raw(`9007199254740993`), true},
		"2^53+1 for 2^53":             {int64(1 << 53), raw(`9007199254740993`), false},
		"2^53 for 2^53+1":             {int64(1<<53 + 1), raw(`9007199254740992`), false},
		"members in another order":    {object{"a": 1, "b": []any{2}}, raw(`{"b":[2],"a":1}`), true},
		"a member more":               {object{"a": 1}, raw(`{"a":1,"admin":true}`), false},
		"a member of another case":    {object{"a": 1}, raw(`{"A":1}`), false},
		"elements":                    {[]string{"a", "b"}, raw(`["a","b"]`), true},
		"elements in another order":   {[]string{"a", "b"}, raw(`["b","a"]`), false},
		"an array for its element":    {"a", raw(`["a"]`), false},
		"an object for an empty list": {[]any{}, raw(`{}`), false},
	} {
		claim := "https://app.example/" + name
		if test.claim != nil {
			claims[claim] = test.claim
		}
		checks[name], passes[name] = ginauth0.ClaimEquals(claim, test.want), test.passes
	}
	checks["sub"], passes["sub"] = ginauth0.ClaimEquals("sub", "auth0|ada"), true
	checks["sub in another case"] = ginauth0.ClaimEquals("Sub", "auth0|ada")
	checks["a claim of the protocol"] = ginauth0.ClaimEquals("aud", "dev-client")
	claims["Name"], claims["profile"] = "admin", object{"role": "admin"}
	checks["a name that differs in case"] = ginauth0.ClaimEquals("name", "admin")
	checks["a name that is a path"] = ginauth0.ClaimEquals("profile.role", "admin")
	checks["a nested name"] = ginauth0.ClaimEquals("role", "admin")
	get := judged(t, claims, checks)
	for name := range checks {
		wantVerdict(t, name, get(name), passes[name])
	}
}

func TestClaimIncludes(t *testing.T) {
	t.Parallel()
	claims, checks, passes := map[string]any{}, map[string]ginauth0.Check{}, map[string]bool{}
	for name, test := range map[string]struct {
		claim  any
		passes bool // ClaimIncludes of admin and editor
	}{
		"all in an array":           {[]string{"x", "editor", "admin"}, true},
		"all in a list of words":    {"editor x  admin", true},
		"one in an array":           {[]string{"editor"}, false},
		"one in a list of words":    {"admin", false},
		"missing":                   {nil, false},
		"null":                      {json.RawMessage(`null`), false},
		"empty array":               {[]string{}, false},
		"empty text":                {"", false},
		"parts of words":            {"admins editors", false},
		"another case":              {[]string{"Admin", "Editor"}, false},
		"commas":                    {"admin,editor", false},
		"line feeds":                {"admin\neditor", false},
		"words inside an array":     {[]string{"admin editor"}, false},
		"an array with a number":    {[]any{"admin", "editor", 1}, false},
		"an array inside an array":  {[]any{[]string{"admin", "editor"}}, false},
		"names of an object":        {map[string]bool{"admin": true, "editor": true}, false},
		"a number":                  {1, false},
		"a list with one word more": {"a admin editor", true},
	} {
		claim := "https://app.example/" + name
		if test.claim != nil {
			claims[claim] = test.claim
		}
		checks[name], passes[name] = ginauth0.ClaimIncludes(claim, "admin", "editor"), test.passes
	}
	claims["groups"] = []string{"all staff", "a"}
	checks["a value with a space"], passes["a value with a space"] = ginauth0.ClaimIncludes("groups", "all staff"), true
	get := judged(t, claims, checks)
	for name := range checks {
		wantVerdict(t, name, get(name), passes[name])
	}
}

func TestInOrganization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims map[string]any
		asked  []string
		passes bool
	}{
		"id":                         {map[string]any{"org_id": "org_1"}, []string{"org_1"}, true},
		"one of several":             {map[string]any{"org_id": "org_1"}, []string{"org_2", "acme", "org_1"}, true},
		"another id":                 {map[string]any{"org_id": "org_1"}, []string{"org_2"}, false},
		"id in another case":         {map[string]any{"org_id": "org_a"}, []string{"org_A"}, false},
		"name":                       {map[string]any{"org_id": "org_1", "org_name": "acme"}, []string{"acme"}, true},
		"name in another case":       {map[string]any{"org_id": "org_1", "org_name": "acme"}, []string{"ACME"}, true},
		"another name":               {map[string]any{"org_id": "org_1", "org_name": "evil"}, []string{"acme"}, false},
		"name where the id is":       {map[string]any{"org_id": "acme"}, []string{"acme"}, false},
		"id where the name is":       {map[string]any{"org_name": "org_1"}, []string{"org_1"}, false},
		"none":                       {nil, []string{"org_1", "acme"}, false},
		"id in an array":             {map[string]any{"org_id": []string{"org_1"}}, []string{"org_1"}, false},
		"null":                       {map[string]any{"org_id": json.RawMessage(`null`)}, []string{"org_1"}, false},
		"in a claim of another name": {map[string]any{"Org_ID": "org_1"}, []string{"org_1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			get := judged(t, test.claims, map[string]ginauth0.Check{name: ginauth0.InOrganization(test.asked...)})
			wantVerdict(t, name, get(name), test.passes)
		})
	}
}

func TestClaimMatches(t *testing.T) {
	t.Parallel()
	matches := ginauth0.ClaimMatches
	passes := map[string]bool{"nil": true}
	checks := map[string]ginauth0.Check{
		"nil":              matches(func(u *ginauth0.User) error { return okIf(u.Subject == "auth0|ada") }),
		"an error":         matches(func(*ginauth0.User) error { return errors.New("no admin") }),
		"a panic":          matches(func(*ginauth0.User) error { panic("claim") }),
		"a nil pointer":    matches(func(*ginauth0.User) error { var u *ginauth0.User; return okIf(u.Name == "") }),
		"a panic with nil": matches(func(*ginauth0.User) error { panic(nil) }),
		"an aborted write": matches(func(*ginauth0.User) error { panic(http.ErrAbortHandler) }),
		"an error of the package": matches(func(*ginauth0.User) error {
			return fmt.Errorf("look-up: %w", ginauth0.ErrStore)
		}),
	}
	get := judged(t, nil, checks)
	for name := range checks {
		wantVerdict(t, name, get(name), passes[name])
	}
}

func okIf(ok bool) error {
	if !ok {
		return errors.New("not so")
	}
	return nil
}

// A person who looks at a page gets a page, with the same words and nothing of the
// check's own.
func TestARefusedPersonGetsAPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			refuse := func(*ginauth0.Session) error { return errors.New("reason-4711") }
			router.GET("/page", auth.RequireSession(refuse), func(c *gin.Context) { c.String(http.StatusOK, "ran") })
			router.POST("/page", auth.RequireSession(refuse), func(c *gin.Context) { c.String(http.StatusOK, "ran") })
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	r := b.get("/page")
	if r.status != http.StatusForbidden || r.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(r.body, "You may not do that.") ||
		strings.Contains(r.body, "4711") || strings.Contains(r.body, "ran") || r.header.Get("Location") != "" ||
		!strings.HasPrefix(r.header.Get("Content-Security-Policy"), "default-src 'none'") || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	if !strings.Contains(a.log.String(), "reason-4711") {
		t.Errorf("the log lacks the reason: %s", a.log)
	}
	wantError(t, b.do(http.MethodPost, "/page"), http.StatusForbidden, `{"error":"forbidden"`)
	if head := b.do(http.MethodHead, "/page"); head.status != http.StatusNotFound { // Gin routes it nowhere
		t.Errorf("HEAD %d", head.status)
	}
}

// A refusal of the person counts before what a login could bring, in either order,
// and all checks see the same session.
func TestARefusalGoesBeforeAStepUp(t *testing.T) {
	t.Parallel()
	no := ginauth0.ClaimEquals("role", "admin")
	var seen []string
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			note := func(s *ginauth0.Session) error { seen = append(seen, s.User().Subject); return nil }
			checks := []ginauth0.Check{note, ginauth0.RequireMFA(), note}
			router.GET("/first", auth.RequireSession(no, ginauth0.RequireMFA()))
			router.GET("/second", auth.RequireSession(ginauth0.RequireMFA(), no))
			router.GET("/noted", auth.RequireSession(checks...))
			checks[0] = nil // the handler has its own list
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	for _, path := range []string{"/first", "/second"} {
		if r := b.get(path); r.status != http.StatusForbidden || r.header.Get("Location") != "" || len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
	}
	wantError(t, b.get("/noted", asJSON), http.StatusUnauthorized, "insufficient_user_authentication")
	if got := strings.Join(seen, " "); got != "auth0|ada auth0|ada" {
		t.Errorf("checks saw %q", got)
	}
}

// Nobody who is not signed in is judged.
func TestChecksRunOnlyForLiveSessions(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/never", auth.RequireSession(func(*ginauth0.Session) error {
				t.Error("a check ran")
				return nil
			}))
		}
	})
	b := a.browser(t)
	wantError(t, b.get("/never", asJSON), http.StatusUnauthorized, "unauthorized")
	b.login("/auth/login")
	a.clock.advance(25 * time.Hour)
	wantError(t, b.get("/never", asJSON), http.StatusUnauthorized, "unauthorized")
}

func TestCheckMistakesPanic(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		register func()
		text     string
	}{
		"equals: no name":         {func() { ginauth0.ClaimEquals("", 1) }, "ginauth0: ClaimEquals: name must not be empty"},
		"equals: a channel":       {func() { ginauth0.ClaimEquals("a", make(chan int)) }, "ginauth0: ClaimEquals: value: "},
		"equals: not finite":      {func() { ginauth0.ClaimEquals("a", math.Inf(1)) }, "ginauth0: ClaimEquals: value: "},
		"equals: a member twice":  {func() { ginauth0.ClaimEquals("a", json.RawMessage(`{"b":1,"b":2}`)) }, "ginauth0: ClaimEquals: value: "},
		"includes: no name":       {func() { ginauth0.ClaimIncludes("", "a") }, "ginauth0: ClaimIncludes: name must not be empty"},
		"includes: no values":     {func() { ginauth0.ClaimIncludes("a") }, "ginauth0: ClaimIncludes: values must not be empty"},
		"includes: empty value":   {func() { ginauth0.ClaimIncludes("a", "b", "") }, "ginauth0: ClaimIncludes: values[1] must not be empty"},
		"matches: nil":            {func() { ginauth0.ClaimMatches(nil) }, "ginauth0: ClaimMatches: the function must not be nil"},
		"organization: none":      {func() { ginauth0.InOrganization() }, "ginauth0: InOrganization: ids must not be empty"},
		"organization: empty":     {func() { ginauth0.InOrganization("") }, "ginauth0: InOrganization: ids[0] must not be empty"},
		"recent: negative":        {func() { ginauth0.RequireRecentLogin(-1) }, "ginauth0: RequireRecentLogin: maxAge must not be negative"},
		"acr: none":               {func() { ginauth0.RequireACR() }, "ginauth0: RequireACR: values must not be empty"},
		"acr: empty":              {func() { ginauth0.RequireACR("a", "") }, "ginauth0: RequireACR: values[1] must not be empty"},
		"acr: two values in one":  {func() { ginauth0.RequireACR("a b") }, "ginauth0: RequireACR: values[0] must not have a space in it"},
		"acr: space at the end":   {func() { ginauth0.RequireACR("a\n") }, "ginauth0: RequireACR: values[0] must not have a space in it"},
		"require: nil among them": {func() { new(ginauth0.Auth).RequireSession(ginauth0.RequireMFA(), nil) }, "ginauth0: RequireSession: check 1 is nil"},
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, test.text) {
					t.Errorf("%s: panic %q, want %q", name, text, test.text)
				}
			}()
			test.register()
		}()
	}
}

// The lists that a check was made from may change afterwards.
func TestValuesOfAChecksAreCopied(t *testing.T) {
	t.Parallel()
	values, object := []string{"right"}, map[string]any{"id": 1}
	checks := map[string]ginauth0.Check{
		"equals": ginauth0.ClaimEquals("object", object), "includes": ginauth0.ClaimIncludes("roles", values...),
		"acr": ginauth0.RequireACR(values...), "organization": ginauth0.InOrganization(values...),
	}
	values[0], object["id"] = "wrong", 2
	get := judged(t, map[string]any{"object": map[string]any{"id": 1}, "roles": "right", "acr": "right", "org_name": "right"}, checks)
	for name := range checks {
		wantVerdict(t, name, get(name), true)
	}
}

// Claims that two readers may take differently prove nothing, whoever wrote them.
func TestAmbiguousClaimsAreRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/admin", auth.RequireSession(ginauth0.ClaimEquals("role", "admin")), func(c *gin.Context) { c.String(http.StatusOK, "in") })
		}
	})
	for user, passes := range map[string]bool{
		`{"sub":"x","role":"admin"}`: true, `{"sub":"x","role":"admin","role":"guest"}`: false, `{"sub":"x","role":"guest","role":"admin"}`: false,
	} {
		now := a.clock.Now().UnixMilli()
		record := fmt.Sprintf(`{"v":1,"rid":"r","created":%d,"updated":%d,"absolute_end":%d,"issuer":%q,"domain":%q,"user":%s}`,
			now, now, now+3_600_000, a.tenant.Issuer(), a.tenant.Issuer(), user)
		cookies, err := save(t, newStore(t), "_a0_session", map[any]any{"ginauth0": record})
		if err != nil {
			t.Fatal(err)
		}
		b := a.browser(t)
		b.setCookies(&http.Cookie{Name: cookies[0].Name, Value: cookies[0].Value, Path: "/"})
		wantVerdict(t, user, b.get("/admin", asJSON), passes)
	}
}
