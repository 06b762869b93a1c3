package ginauth0api_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	type array = []any
	for name, test := range map[string]struct {
		handler gin.HandlerFunc
		granted any    // the scope claim; nil: none
		listed  string // in the challenge of the 403; empty: 200
	}{
		"authentication only":          {guard.RequireAuth(), nil, ""},
		"all there":                    {guard.RequireAuth("read:a", "write:b"), "read:a write:b", ""},
		"among many, in another order": {guard.RequireAuth("read:a", "write:b"), "z write:b y read:a x", ""},
		"repeated in the token":        {guard.RequireAuth("read:a"), "read:a read:a", ""},
		"repeated in the route":        {guard.RequireAuth("read:a", "read:a"), "read:a", ""},
		"several spaces":               {guard.RequireAuth("read:a"), "  x   read:a  ", ""},
		"array":                        {guard.RequireAuth("read:a"), array{"x", "read:a"}, ""},
		"missing":                      {guard.RequireAuth("read:a", "write:b"), "read:a", "read:a write:b"},
		"missing, in registered order": {guard.RequireAuth("write:b", "read:a"), "read:a", "write:b read:a"},
		"no claim":                     {guard.RequireAuth("read:a"), nil, "read:a"},
		"empty":                        {guard.RequireAuth("read:a"), "", "read:a"},
		"prefix":                       {guard.RequireAuth("read"), "read:a", "read"},
		"longer":                       {guard.RequireAuth("read:a"), "read:ab", "read:a"},
		"inside another":               {guard.RequireAuth("read:a"), "xread:a", "read:a"},
		"in another case":              {guard.RequireAuth("read:a"), "READ:A", "read:a"},
		"hierarchy":                    {guard.RequireAuth("read:a"), "read", "read:a"},
		"separated by tab":             {guard.RequireAuth("read:a"), "x\tread:a", "read:a"},
		"separated by comma":           {guard.RequireAuth("read:a"), "x,read:a", "read:a"},
		"number":                       {guard.RequireAuth("read:a"), 1, "read:a"},
		"object":                       {guard.RequireAuth("read:a"), map[string]bool{"read:a": true}, "read:a"},
		"array with a number":          {guard.RequireAuth("read:a"), array{"read:a", 1}, "read:a"},
		"array with a number first":    {guard.RequireAuth("read:a"), array{1, "read:a"}, "read:a"},
		"words inside an array":        {guard.RequireAuth("read:a"), array{"x read:a"}, "read:a"},
		"array in an array":            {guard.RequireAuth("read:a"), array{array{"read:a"}}, "read:a"},
		"any: one of several":          {guard.RequireAnyScope("read:a", "write:b"), "x write:b", ""},
		"any: none":                    {guard.RequireAnyScope("read:a", "write:b"), "x y", "read:a write:b"},
		"any: no claim":                {guard.RequireAnyScope("read:a"), nil, "read:a"},
		"any: array":                   {guard.RequireAnyScope("read:a", "write:b"), array{"read:a"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := protect(t, test.handler).bearer(i.token(claims{"scope": test.granted}))
			if test.listed == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, "insufficient_scope", test.listed)
		})
	}
}

func TestMissingScopesAreInTheLog(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for cause, require := range map[string]func(*ginauth0api.Guard) gin.HandlerFunc{
		"not granted: x y":   func(g *ginauth0api.Guard) gin.HandlerFunc { return g.RequireAuth("x", "read:a", "y") },
		"not granted: x":     func(g *ginauth0api.Guard) gin.HandlerFunc { return g.RequireAnyScope("x") },
		"not granted: z:all": func(g *ginauth0api.Guard) gin.HandlerFunc { return g.RequirePermissions("admin:all", "z:all") },
	} {
		var log logbook
		guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
		protect(t, require(guard)).bearer(i.token(nil))
		if lines := log.lines(t); len(lines) != 1 || lines[0]["cause"] != cause {
			t.Errorf("%s: log %s", cause, log.text())
		}
	}
}

func TestScopeClaimOfAnotherName(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for _, claim := range []string{"scp", "permissions", "https://example.test/scopes"} {
		guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.ScopeClaim = claim })
		a := protect(t, guard.RequireAuth("read:a"))
		wantOK(t, a.bearer(i.token(claims{"scope": nil, claim: []string{"read:a"}})))
		wantRefused(t, a.bearer(i.token(claims{"scope": "read:a"})), "insufficient_scope", "read:a")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	for name, test := range map[string]struct {
		handler gin.HandlerFunc
		granted any
		listed  string
	}{
		"all there":           {guard.RequirePermissions("edit:all", "admin:all"), []string{"admin:all", "x", "edit:all"}, ""},
		"one missing":         {guard.RequirePermissions("edit:all", "admin:all"), []string{"admin:all"}, "edit:all admin:all"},
		"no claim":            {guard.RequirePermissions("admin:all"), nil, "admin:all"},
		"a string":            {guard.RequirePermissions("admin:all"), "admin:all", "admin:all"},
		"array with a number": {guard.RequirePermissions("admin:all"), []any{"admin:all", 1}, "admin:all"},
		"in another case":     {guard.RequirePermissions("admin:all"), []string{"Admin:All"}, "admin:all"},
		"any: one":            {guard.RequireAnyPermission("x", "admin:all"), []string{"admin:all"}, ""},
		"any: none":           {guard.RequireAnyPermission("x", "y"), []string{"admin:all"}, "x y"},
		"any: empty array":    {guard.RequireAnyPermission("x"), []string{}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			got := protect(t, test.handler).bearer(i.token(claims{"permissions": test.granted, "scope": "x y admin:all"}))
			if test.listed == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, "insufficient_permissions", test.listed)
		})
	}
}

func TestChallengeOfAnotherRealm(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Realm = "my api!" })
	a := protect(t, guard.RequireAuth("x"))
	if got, want := a.get().challenges(), []string{`Bearer realm="my api!"`, `DPoP realm="my api!", algs="ES256"`}; !slices.Equal(got, want) {
		t.Errorf("challenges %q, want %q", got, want)
	}
	want := []string{
		`Bearer realm="my api!", error="insufficient_scope", error_description="The access token lacks a required scope.", scope="x"`,
		`DPoP realm="my api!", algs="ES256"`,
	}
	if got := a.bearer(i.token(nil)).challenges(); !slices.Equal(got, want) {
		t.Errorf("challenges %q, want %q", got, want)
	}
}

func TestRegistrationMistakesPanic(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	for name, test := range map[string]struct {
		register func()
		texts    []string // in the panic
	}{
		"blank scope":          {func() { guard.RequireAuth("") }, []string{"RequireAuth", "scopes[0]"}},
		"space":                {func() { guard.RequireAuth("ok", "read:a write:b") }, []string{"RequireAuth", "scopes[1]", `"read:a write:b"`, ": one argument for each scope"}},
		"space, permissions":   {func() { guard.RequireAnyPermission("a b") }, []string{"permissions[0]", ": one argument for each permission"}},
		"space alone":          {func() { guard.RequireAuth(" ") }, []string{"RequireAuth", "scopes[0]"}},
		"quote":                {func() { guard.RequireAuth(`a"b`) }, []string{"RequireAuth", "scopes[0]"}},
		"backslash":            {func() { guard.RequireAnyScope(`a\b`) }, []string{"RequireAnyScope", "scopes[0]"}},
		"control character":    {func() { guard.RequireAuth("a\r\nb") }, []string{"RequireAuth", "scopes[0]", `"a\r\nb"`}},
		"not ASCII":            {func() { guard.RequireAuth("\u00e9") }, []string{"RequireAuth", "scopes[0]"}},
		"no scopes":            {func() { guard.RequireAnyScope() }, []string{"RequireAnyScope", "scopes"}},
		"no permissions":       {func() { guard.RequirePermissions() }, []string{"RequirePermissions", "permissions"}},
		"no any permission":    {func() { guard.RequireAnyPermission() }, []string{"RequireAnyPermission", "permissions"}},
		"blank permission":     {func() { guard.RequirePermissions("a", "") }, []string{"RequirePermissions", "permissions[1]"}},
		"blank any permission": {func() { guard.RequireAnyPermission(" ") }, []string{"RequireAnyPermission", "permissions[0]"}},
		"nil Guard":            {func() { (*ginauth0api.Guard)(nil).RequireAuth() }, []string{"RequireAuth"}},
		"nil Guard, optional":  {func() { (*ginauth0api.Guard)(nil).OptionalAuth() }, []string{"OptionalAuth"}},
		"zero Guard":           {func() { new(ginauth0api.Guard).RequirePermissions("x") }, []string{"RequirePermissions"}},
	} {
		t.Run(name, func(t *testing.T) { wantPanic(t, test.register, test.texts) })
	}
}

func TestCheckScopes(t *testing.T) {
	t.Parallel()
	if err := ginauth0api.CheckScopes(); err != nil {
		t.Errorf("no scopes: %v", err)
	}
	if err := ginauth0api.CheckScopes("read:a", "https://example.test/scope", "!#[]^~"); err != nil {
		t.Errorf("good scopes: %v", err)
	}
	err := ginauth0api.CheckScopes("", "ok", "a b", `a"b`)
	if err == nil {
		t.Fatal("bad scopes were accepted")
	}
	for _, want := range []string{"scopes[0]", "scopes[2]", "scopes[3]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "scopes[1]") {
		t.Errorf("%q names the good one", err)
	}
	if got := strings.Count(err.Error(), "one argument for each scope"); got != 1 {
		t.Errorf("%q says %d times that words are arguments, want once", err, got)
	}
}

func TestScopesOfTheRouteAreCopied(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	scopes := []string{"read:a"}
	a := protect(t, newGuard(t, i, nil).RequireAuth(scopes...))
	scopes[0] = "other"
	wantOK(t, a.bearer(i.token(nil)))
}
