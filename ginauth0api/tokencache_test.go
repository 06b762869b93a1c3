package ginauth0api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// events counts what a Guard tells.
type events struct {
	mu     sync.Mutex
	counts map[string]int
}

func (e *events) count(_ context.Context, event ginauth0api.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.counts == nil {
		e.counts = map[string]int{}
	}
	e.counts[event.Name]++
}

func (e *events) of(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts[name]
}

// cache returns hits and misses since it was asked last.
func (e *events) cache() [2]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := [2]int{e.counts["token_cache_hit"], e.counts["token_cache_miss"]}
	clear(e.counts)
	return now
}

func wantCache(t *testing.T, e *events, hits, misses int) {
	t.Helper()
	if got := e.cache(); got != [2]int{hits, misses} {
		t.Errorf("%d hits and %d misses, want %d and %d", got[0], got[1], hits, misses)
	}
}

func TestKnownTokenIsNotVerifiedAgain(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var seen events
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.OnEvent = seen.count })
	a := serve(t, func(r gin.IRouter) {
		r.GET("/", guard.RequireAuth("read:a"), subject)
		r.GET("/other", guard.RequireAuth("no:such"), subject)
	})
	token := i.token(nil)
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 0, 1)
	got := a.bearer(token)
	wantOK(t, got)
	if got.body != "auth0|ada" {
		t.Errorf("body %s", got.body)
	}
	wantCache(t, &seen, 1, 0)
	// Scopes are a matter of the route.
	wantRefused(t, a.do(http.MethodGet, "/other", http.Header{"Authorization": {"Bearer " + token}}), "insufficient_scope", "no:such")
	wantCache(t, &seen, 1, 0)
	// What differs in one bit is another token.
	input, signature := cutSignature(token)
	if _, other := cutSignature(i.token(claims{"jti": "other"})); signature != other {
		wantRefused(t, a.bearer(input+"."+other), "invalid_signature", "")
	}
	wantCache(t, &seen, 0, 1)
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 1, 0)
}

func TestDisabledCacheKnowsNothing(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var seen events
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = seen.count
		cfg.TokenCache.Disabled = true
	}).RequireAuth())
	token := i.token(nil)
	for range 3 {
		wantOK(t, a.bearer(token))
	}
	wantCache(t, &seen, 0, 0)
}

func TestRefusedTokensAreNotRemembered(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var seen events
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = seen.count
		cfg.TokenChecks = []ginauth0api.ClaimCheck{func(token *ginauth0api.Token) error {
			if token.Subject() == "auth0|eve" {
				return errors.New("banned")
			}
			return nil
		}}
	}).RequireAuth())
	for _, token := range []string{i.token(claims{"sub": "auth0|eve"}), i.token(claims{"cnf": map[string]string{"jkt": thumbprint}})} {
		for range 2 {
			if got := a.bearer(token); got.status != http.StatusUnauthorized {
				t.Errorf("status %d", got.status)
			}
		}
	}
	wantCache(t, &seen, 0, 4)
}

// A check that changes its mind is heard, known token or not.
func TestTokenChecksRunOnKnownTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var banned atomic.Bool
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.TokenChecks = []ginauth0api.ClaimCheck{func(*ginauth0api.Token) error {
			if banned.Load() {
				return errors.New("banned")
			}
			return nil
		}}
	}).RequireAuth())
	token := i.token(nil)
	wantOK(t, a.bearer(token))
	banned.Store(true)
	wantRefused(t, a.bearer(token), "token_refused", "")
	banned.Store(false)
	wantOK(t, a.bearer(token))
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var seen events
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = seen.count
		cfg.TokenCache.MaxEntries = 2
	}).RequireAuth())
	var tokens []string
	for n := range 5 {
		tokens = append(tokens, i.token(claims{"jti": strconv.Itoa(n)}))
	}
	for _, token := range tokens {
		wantOK(t, a.bearer(token))
	}
	wantCache(t, &seen, 0, 5)
	hits := 0
	for _, token := range slices.Backward(tokens) {
		wantOK(t, a.bearer(token))
		hits += seen.cache()[0]
	}
	if hits > 2 {
		t.Errorf("%d of 5 tokens are known in a cache of 2", hits)
	}
	wantOK(t, a.bearer(tokens[0]))
	wantCache(t, &seen, 1, 0)
}

func TestConcurrentUseOfASmallCache(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.TokenCache.MaxEntries = 3 })
	var tokens []string
	for n := range 8 {
		tokens = append(tokens, i.token(claims{"sub": "user " + strconv.Itoa(n)}))
	}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for m := range 60 {
				k := (n*7 + m) % len(tokens)
				request := httptest.NewRequest(http.MethodGet, "/", nil)
				request.Header.Set("Authorization", "Bearer "+tokens[k])
				token, _, err := guard.Check(request)
				if err != nil {
					t.Error(err)
				} else if want := "user " + strconv.Itoa(k); token.Subject() != want {
					t.Errorf("the token of %s came back as that of %s", want, token.Subject())
				}
				if n == 0 && m == 50 {
					guard.Close() // and requests go on
				}
			}
		})
	}
	group.Wait()
}
