package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withBeforeSave adds the hook and a page /claims with the claims of the user.
func withBeforeSave(hook func(context.Context, *ginauth0.SessionDraft) error) func(*setup) {
	return func(s *setup) {
		s.config.BeforeSave = hook
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/claims", auth.RequireSession(), showClaims)
		}
	}
}

func showClaims(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	var claims map[string]any
	if err := user.Claims(&claims); err != nil {
		_ = c.Error(err)
	}
	c.JSON(http.StatusOK, claims)
}

func (b *browser) claims() map[string]any {
	b.t.Helper()
	var claims map[string]any
	if err := json.Unmarshal([]byte(b.get("/claims").body), &claims); err != nil {
		b.t.Fatal(err)
	}
	return claims
}

func TestBeforeSaveChangesTheClaims(t *testing.T) {
	t.Parallel()
	a := newApp(t, withBeforeSave(func(ctx context.Context, d *ginauth0.SessionDraft) error {
		if ctx == nil || d.User().Subject != "auth0|ada" {
			return errors.New("another draft")
		}
		err := errors.Join(
			d.Set("https://app.example/plan", map[string]any{"name": "gold <&> \u2028", "seats": 3}),
			d.Set("nickname", "ace"), d.Set("nickname", "countess"), // the later one stays
			d.Set("Sub", "not the sub"), d.Set("", 0) /* refused */, d.Remove("picture"),
			d.Remove("EMAIL"), d.Remove("not there"), // names are exact
		)
		if name, _ := d.User().Claim("nickname"); name != "countess" {
			return errors.New("the draft does not show the change")
		}
		var refused *ginauth0.ClaimError
		if !errors.As(err, &refused) || refused.Claim != "" {
			return errors.New("an empty name was taken")
		}
		return nil
	}))
	b := a.browser(t)
	b.login("/auth/login")
	claims := b.claims()
	plan, _ := claims["https://app.example/plan"].(map[string]any)
	if plan["name"] != "gold <&> \u2028" || plan["seats"] != 3.0 || claims["nickname"] != "countess" || claims["sub"] != "auth0|ada" ||
		claims["Sub"] != "not the sub" || claims["email"] != "ada@example.test" || claims["picture"] != nil {
		t.Errorf("claims %v", claims)
	}
}

func TestBeforeSaveCannotChangeWhatTheTenantSays(t *testing.T) {
	t.Parallel()
	guarded := []string{
		"sub", "auth_time", "acr", "amr", "org_id", "org_name",
		"iss", "aud", "exp", "nbf", "iat", "azp", "nonce", "at_hash", "c_hash", "s_hash", "sid", "session_expiry",
	}
	var refused int
	a := newApp(t, withBeforeSave(func(_ context.Context, d *ginauth0.SessionDraft) error {
		for _, name := range guarded {
			for _, err := range []error{d.Set(name, "forged"), d.Remove(name)} {
				var e *ginauth0.ClaimError
				if errors.As(err, &e) && e.Claim == name && strings.HasPrefix(err.Error(), "ginauth0: ") {
					refused++
				}
			}
		}
		return nil
	}))
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		claims["acr"], claims["amr"], claims["org_id"], claims["org_name"] = "gold", []string{"mfa"}, "org_1", "acme"
	})
	b := a.browser(t)
	b.login("/auth/login")
	claims := b.claims()
	if refused != 2*len(guarded) {
		t.Errorf("%d changes refused of %d", refused, 2*len(guarded))
	}
	if claims["sub"] != "auth0|ada" || claims["acr"] != "gold" || claims["org_id"] != "org_1" || claims["org_name"] != "acme" || claims["auth_time"] == nil {
		t.Errorf("claims %v", claims)
	}
	for _, name := range guarded[6:] {
		if _, there := claims[name]; there {
			t.Errorf("%s is among the claims of the user", name)
		}
	}
}

func TestBeforeSaveCannotKeepWhatJSONCannotHold(t *testing.T) {
	t.Parallel()
	deep := json.RawMessage(strings.Repeat("[", 100) + strings.Repeat("]", 100))
	a := newApp(t, withBeforeSave(func(_ context.Context, d *ginauth0.SessionDraft) error {
		for name, value := range map[string]any{
			"chan": make(chan int), "func": func() {}, "nan": math.NaN(), "infinite": math.Inf(1), "broken": json.RawMessage("{"),
			"twice": json.RawMessage(`{"a":1,"a":2}`), "deep": deep, "two": json.RawMessage(`1,"sub":"forged"`), "\xff": "name",
			"failing": failingJSON{},
		} {
			var e *ginauth0.ClaimError
			if err := d.Set(name, value); !errors.As(err, &e) || e.Claim != name || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := d.Set("name", failingJSON{}); !errors.Is(err, errFailingJSON) {
			t.Errorf("the cause is lost: %v", err)
		}
		return nil
	}))
	b := a.browser(t)
	b.login("/auth/login")
	claims := b.claims()
	for _, name := range []string{"chan", "func", "nan", "infinite", "broken", "twice", "deep", "two", "failing"} {
		if _, there := claims[name]; there {
			t.Errorf("%s was kept", name)
		}
	}
	if claims["sub"] != "auth0|ada" || claims["name"] != "Ada Lovelace" {
		t.Errorf("claims %v", claims)
	}
}

var errFailingJSON = errors.New("secret of the value")

type failingJSON struct{}

func (failingJSON) MarshalJSON() ([]byte, error) { return nil, errFailingJSON }

func TestADraftThatIsKeptChangesNothingLater(t *testing.T) {
	t.Parallel()
	var kept *ginauth0.SessionDraft
	a := newApp(t, withBeforeSave(func(_ context.Context, d *ginauth0.SessionDraft) error {
		kept = d
		return nil
	}))
	b := a.browser(t)
	b.login("/auth/login")
	if err := kept.Set("name", "Mallory"); err != nil {
		t.Error(err)
	}
	if got := b.claims()["name"]; got != "Ada Lovelace" {
		t.Errorf("name %v", got)
	}
}

func TestBeforeSaveFailsTheLogin(t *testing.T) {
	t.Parallel()
	errNotHere := errors.New("only for customers")
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"an error of the program":      {errNotHere, http.StatusInternalServerError, "server_error"},
		"an error of ours":             {ginauth0.ErrOrganization, http.StatusForbidden, "organization_mismatch"},
		"an error of ours, wrapped":    {&ginauth0.CheckError{Err: errNotHere}, http.StatusForbidden, "forbidden"},
		"a change that it may not do":  {&ginauth0.ClaimError{Claim: "sub", Reason: "x"}, http.StatusInternalServerError, "server_error"},
		"a context that ran out of it": {context.DeadlineExceeded, http.StatusInternalServerError, "server_error"},
	} {
		var seen error
		fails := false
		a := newApp(t, withBeforeSave(func(_ context.Context, d *ginauth0.SessionDraft) error {
			if !fails {
				return nil
			}
			if err := d.Set("name", "Somebody"); err != nil {
				t.Error(err)
			}
			return test.err
		}), config(func(c *ginauth0.Config) { c.OnError = func(_ *gin.Context, err error) { seen = err } }))
		stranger := a.browser(t)
		fails = true
		wantError(t, stranger.get(stranger.toCallback("/auth/login"), asJSON), test.status, `"error":"`+test.code+`"`)
		if !errors.Is(seen, test.err) || !strings.HasPrefix(seen.Error(), "ginauth0: ") {
			t.Errorf("%s: OnError saw %v", name, seen)
		}
		if len(stranger.sessionCookies()) != 0 {
			t.Errorf("%s: a session was left", name)
		}
	}
}

func TestBeforeSaveThatPanicsLeavesNoHalfLogin(t *testing.T) {
	t.Parallel()
	var panics bool
	a := newApp(t, withBeforeSave(func(_ context.Context, d *ginauth0.SessionDraft) error {
		if err := d.Set("name", "Half"); err != nil {
			t.Error(err)
		}
		if panics {
			panic("in the hook")
		}
		return d.Remove("name")
	}), func(s *setup) {
		s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/", gin.RecoveryWithWriter(io.Discard)) }
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := b.sessionCookies()
	panics = true
	r := b.get(b.toCallback("/auth/login"))
	if r.status != http.StatusInternalServerError || len(r.cookies("_a0_session")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if after := b.sessionCookies(); len(after) != 1 || after[0].Value != before[0].Value || b.claims()["name"] != nil {
		t.Error("the session changed")
	}
	if len(b.attemptCookies()) != 0 {
		t.Error("the attempt can be used again")
	}
}
