package ginauth0api_test

import (
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestStepUp(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	now := time.Now().Truncate(time.Second)
	ago := func(seconds float64) float64 { return float64(now.Unix()) - seconds }
	mfa := ginauth0api.StepUp{ACRValues: []string{"mfa", "urn:example:loa:3"}}
	recent := ginauth0api.StepUp{MaxAge: 5 * time.Minute}
	both := ginauth0api.StepUp{ACRValues: []string{"mfa"}, MaxAge: 5 * time.Minute}
	const (
		mfaAsked    = `, acr_values="mfa urn:example:loa:3"`
		recentAsked = `, max_age="300"`
		bothAsked   = `, acr_values="mfa", max_age="300"`
	)
	for name, test := range map[string]struct {
		need   ginauth0api.StepUp
		edits  claims
		asked  string // what the challenge of the 401 asks for; empty: 200
		reason string // in the log
	}{
		"first acr":                       {mfa, claims{"acr": "mfa"}, "", ""},
		"second acr":                      {mfa, claims{"acr": "urn:example:loa:3"}, "", ""},
		"acr and any login":               {mfa, claims{"acr": "mfa", "auth_time": 1}, "", ""},
		"wrong acr":                       {mfa, claims{"acr": "pwd"}, mfaAsked, "not one of those"},
		"acr in another case":             {mfa, claims{"acr": "MFA"}, mfaAsked, "not one of those"},
		"both values in one acr":          {mfa, claims{"acr": "mfa urn:example:loa:3"}, mfaAsked, "not one of those"},
		"empty acr":                       {mfa, claims{"acr": ""}, mfaAsked, "not one of those"},
		"no acr":                          {mfa, nil, mfaAsked, "no acr"},
		"recent login":                    {recent, claims{"auth_time": ago(10)}, "", ""},
		"recent login of any strength":    {recent, claims{"auth_time": ago(10), "acr": "pwd"}, "", ""},
		"login at the limit":              {recent, claims{"auth_time": ago(300)}, "", ""},
		"old login":                       {recent, claims{"auth_time": ago(301)}, recentAsked, "too long ago"},
		"login older by a fraction":       {recent, claims{"auth_time": ago(300.5)}, recentAsked, "too long ago"},
		"no auth_time":                    {recent, nil, recentAsked, "no auth_time"},
		"recent issue is no login":        {recent, claims{"iat": now.Unix()}, recentAsked, "no auth_time"},
		"login when time began":           {recent, claims{"auth_time": 0}, recentAsked, "too long ago"},
		"login beyond all calendars":      {recent, claims{"auth_time": -1e300}, recentAsked, "no auth_time"},
		"login long before":               {recent, claims{"auth_time": -1e15}, recentAsked, "too long ago"},
		"login ahead by another clock":    {recent, claims{"auth_time": ago(-30)}, "", ""},
		"login in the future":             {recent, claims{"auth_time": ago(-31)}, recentAsked, "future"},
		"auth_time in milliseconds":       {recent, claims{"auth_time": now.UnixMilli()}, recentAsked, "future"},
		"both":                            {both, claims{"acr": "mfa", "auth_time": ago(1)}, "", ""},
		"both asked, weak login":          {both, claims{"acr": "pwd", "auth_time": ago(1)}, bothAsked, "not one of those"},
		"both asked, old login":           {both, claims{"acr": "mfa", "auth_time": ago(301)}, bothAsked, "too long ago"},
		"both asked, neither in token":    {both, nil, bothAsked, "no acr"},
		"both asked, only acr in token":   {both, claims{"acr": "mfa"}, bothAsked, "no auth_time"},
		"age is rounded down":             {ginauth0api.StepUp{MaxAge: 1999 * time.Millisecond}, nil, `, max_age="1"`, "no auth_time"},
		"rounded age is met":              {ginauth0api.StepUp{MaxAge: 1999 * time.Millisecond}, claims{"auth_time": ago(1)}, "", ""},
		"less than a second":              {ginauth0api.StepUp{MaxAge: time.Millisecond}, nil, `, max_age="0"`, "no auth_time"},
		"an age that would overflow":      {ginauth0api.StepUp{MaxAge: math.MaxInt64}, claims{"auth_time": 1}, "", ""},
		"longest age, no login":           {ginauth0api.StepUp{MaxAge: math.MaxInt64}, nil, `, max_age="9223372036"`, "no auth_time"},
		"every character that is allowed": {ginauth0api.StepUp{ACRValues: []string{"!#[]^~,="}}, nil, `, acr_values="!#[]^~,="`, "no acr"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log logbook
			guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
			ginauth0api.SetClock(guard, func() time.Time { return now })
			// Issued by the same clock: it may be a while until this runs.
			token := i.token(edited(claims{"iat": now.Unix(), "exp": now.Unix() + 3600}, test.edits))
			got := protect(t, guard.RequireStepUp(test.need)).bearer(token)
			if test.asked == "" {
				wantOK(t, got)
				return
			}
			wantAnswer(t, got, wanted{code: "step_up_required", extra: test.asked})
			if !strings.Contains(log.text(), test.reason) {
				t.Errorf("the log does not say %q: %s", test.reason, log.text())
			}
		})
	}
}

func TestStepUpHasTheLeewayOfTheGuard(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	now := time.Now().Truncate(time.Second)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Leeway = time.Minute })
	ginauth0api.SetClock(guard, func() time.Time { return now })
	a := protect(t, guard.RequireStepUp(ginauth0api.StepUp{MaxAge: 5 * time.Minute}))
	for seconds, accepted := range map[int64]bool{360: true, 361: false, -60: true, -61: false} {
		got := a.bearer(i.token(claims{"auth_time": now.Unix() - seconds}))
		if accepted {
			wantOK(t, got)
			continue
		}
		wantAnswer(t, got, wanted{code: "step_up_required", extra: `, max_age="300"`})
	}
}

// Every byte of an answer: the challenge of the scheme that was used has the
// need, the other one stays bare. RFC 9470 section 3.
func TestStepUpChallenge(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	need := ginauth0api.StepUp{ACRValues: []string{"b", "a"}, MaxAge: 90 * time.Second}
	got := protect(t, newGuard(t, i, nil).RequireStepUp(need)).bearer(i.token(nil))
	want := []string{
		`Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or more recent login is required.", acr_values="b a", max_age="90"`,
		`DPoP realm="api", algs="ES256"`,
	}
	if got.status != 401 || strings.Join(got.challenges(), "\n") != strings.Join(want, "\n") {
		t.Errorf("%d %q", got.status, got.challenges())
	}
	if want := `{"error":"insufficient_user_authentication","error_description":"A stronger or more recent login is required.","error_code":"step_up_required"}`; got.body != want {
		t.Errorf("body %s", got.body)
	}
}

func TestRequireStepUpAuthenticates(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireStepUp(ginauth0api.StepUp{MaxAge: time.Minute}))
	wantRefused(t, a.get(), "credentials_missing", "")
	wantRefused(t, a.bearer("garbage"), "token_malformed", "")
	wantRefused(t, a.bearer(i.token(claims{"auth_time": "now"})), "invalid_claims", "")
}

func TestStepUpIsCopied(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	values := []string{"mfa"}
	a := protect(t, newGuard(t, i, nil).RequireStepUp(ginauth0api.StepUp{ACRValues: values}))
	values[0] = "pwd"
	wantOK(t, a.bearer(i.token(claims{"acr": "mfa"})))
	wantAnswer(t, a.bearer(i.token(claims{"acr": "pwd"})), wanted{code: "step_up_required", extra: `, acr_values="mfa"`})
}

func TestStepUpMistakesPanic(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	acr := func(values ...string) func() {
		return func() { guard.RequireStepUp(ginauth0api.StepUp{ACRValues: values}) }
	}
	for name, test := range map[string]struct {
		register func()
		texts    []string
	}{
		"nothing":             {func() { guard.RequireStepUp(ginauth0api.StepUp{}) }, []string{"asks for nothing"}},
		"an empty list":       {func() { guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{}}) }, []string{"asks for nothing"}},
		"negative age":        {func() { guard.RequireStepUp(ginauth0api.StepUp{MaxAge: -1}) }, []string{"MaxAge"}},
		"negative age, acr":   {func() { guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{"a"}, MaxAge: -1}) }, []string{"MaxAge"}},
		"blank acr":           {acr("a", ""), []string{"ACRValues[1]"}},
		"a space":             {acr("a b"), []string{"ACRValues[0]", `"a b"`}},
		"a quote":             {acr(`a"b`), []string{"ACRValues[0]"}},
		"a backslash":         {acr(`a\b`), []string{"ACRValues[0]"}},
		"a line break":        {acr("a\r\nSet-Cookie: b=c"), []string{"ACRValues[0]", `"a\r\n`}},
		"not ASCII":           {acr("\u00e9"), []string{"ACRValues[0]"}},
		"nil Guard":           {func() { (*ginauth0api.Guard)(nil).RequireStepUp(ginauth0api.StepUp{MaxAge: 1}) }, nil},
		"Guard without New()": {func() { new(ginauth0api.Guard).RequireStepUp(ginauth0api.StepUp{MaxAge: 1}) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantPanic(t, test.register, append(test.texts, "RequireStepUp"))
		})
	}
}
