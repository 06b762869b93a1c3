package ginauth0api_test

import (
	"encoding/json"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
