package ginauth0api_test

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

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

// Scopes on the group, claims and step-up on the route: one verification, and every
// demand is made.
func TestNestedRequirementsVerifyOnce(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var told events
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.OnEvent = told.count })
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
	if n := told.of("accepted"); n != 1 {
		t.Errorf("accepted %d times, want 1", n)
	}
	wantRefused(t, a.bearer(i.token(claims{"org": "acme", "acr": "mfa", "scope": "x"})), "insufficient_scope", "read:a")
	wantRefused(t, a.bearer(i.token(claims{"org": "other", "acr": "pwd"})), "claim_refused", "")
	wantAnswer(t, a.bearer(i.token(claims{"org": "acme", "acr": "pwd"})), wanted{code: "step_up_required", extra: `, acr_values="mfa"`})
}
