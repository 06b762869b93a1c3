package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

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

func TestKnownTokenExpires(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var offset atomic.Int64
	var seen events
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = seen.count
		cfg.TokenCache.MaxAge = time.Hour
		cfg.Leeway = time.Minute
	})
	ginauth0api.SetClock(guard, func() time.Time { return time.Now().Add(time.Duration(offset.Load())) })
	a := protect(t, guard.RequireAuth())
	token := i.token(claims{"exp": time.Now().Unix() + 600})
	wantOK(t, a.bearer(token))
	offset.Store(int64(590 * time.Second))
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 1, 1)
	// Valid by the leeway, but not remembered beyond exp.
	offset.Store(int64(610 * time.Second))
	wantOK(t, a.bearer(token))
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 0, 2)
	offset.Store(int64(661 * time.Second))
	wantRefused(t, a.bearer(token), "token_expired", "")

	short := i.token(claims{"exp": time.Now().Unix() + 9*3600})
	wantOK(t, a.bearer(short))
	offset.Add(int64(time.Hour - time.Second))
	wantOK(t, a.bearer(short))
	wantCache(t, &seen, 1, 1)
	offset.Add(int64(2 * time.Second))
	wantOK(t, a.bearer(short))
	wantCache(t, &seen, 0, 1)
}

// A clock that was set back makes a token that is not valid yet.
func TestKnownTokenIsNotYetValid(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var offset atomic.Int64
	guard := newGuard(t, i, nil)
	ginauth0api.SetClock(guard, func() time.Time { return time.Now().Add(time.Duration(offset.Load())) })
	a := protect(t, guard.RequireAuth())
	token := i.token(claims{"nbf": time.Now().Unix()})
	wantOK(t, a.bearer(token))
	offset.Store(int64(-time.Minute))
	wantRefused(t, a.bearer(token), "token_not_yet_valid", "")
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

func TestKnownTokenOfAnIssuerThatIsTrustedNoMore(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var trusted atomic.Pointer[[]string]
	trusted.Store(&[]string{i.name()})
	var seen events
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Audience: []string{audience}, OnEvent: seen.count,
		DomainResolver: func(context.Context, ginauth0api.DomainRequest) ([]string, error) { return *trusted.Load(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	a := protect(t, guard.RequireAuth())
	token := i.token(nil)
	wantOK(t, a.bearer(token))
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 1, 1)
	trusted.Store(&[]string{"other.example"})
	wantRefused(t, a.bearer(token), "invalid_issuer", "")
	trusted.Store(&[]string{i.name()})
	wantOK(t, a.bearer(token))
	wantCache(t, &seen, 0, 1)
}

// switchable is an issuer in fake time.
type switchable struct{ keys atomic.Pointer[[]byte] }

func (s *switchable) publish(t *testing.T, keys ...jose.JSONWebKey) {
	t.Helper()
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	s.keys.Store(&document)
}

func (s *switchable) RoundTrip(r *http.Request) (*http.Response, error) {
	keys := s.keys.Load()
	if keys == nil {
		return nil, errors.New("no route to host")
	}
	document := *keys
	if r.URL.Path == discoveryPath {
		document = []byte(`{"issuer":"https://t.example/","jwks_uri":"https://t.example/keys"}`)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(document)), Request: r}, nil
}

// What empties the cache besides time: the key goes, or nobody can say any more
// whether it has gone.
func TestKnownTokenNeedsItsKey(t *testing.T) {
	t.Parallel()
	own := jose.JSONWebKey{Key: issuerKey().Public(), KeyID: "k1"}
	for name, test := range map[string]struct {
		later []jose.JSONWebKey // nil: the issuer is down
		after time.Duration
		code  string
	}{
		"still published":             {[]jose.JSONWebKey{own}, time.Hour, ""},
		"published beside another":    {[]jose.JSONWebKey{{Key: strangerKey().Public(), KeyID: "k2"}, own}, time.Hour, ""},
		"removed":                     {[]jose.JSONWebKey{{Key: strangerKey().Public(), KeyID: "k2"}}, time.Hour, "jwks_key_not_found"},
		"replaced under its name":     {[]jose.JSONWebKey{{Key: strangerKey().Public(), KeyID: "k1"}}, time.Hour, "invalid_signature"},
		"for another algorithm":       {[]jose.JSONWebKey{{Key: issuerKey().Public(), KeyID: "k1", Algorithm: "PS256"}}, time.Hour, "jwks_key_not_found"},
		"issuer down for an hour":     {nil, time.Hour, ""},
		"issuer down for a whole day": {nil, 25 * time.Hour, "jwks_fetch_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var issuer switchable
				var seen events
				issuer.publish(t, own)
				guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
					Domain: "https://t.example/", Audience: []string{audience}, HTTPClient: &http.Client{Transport: &issuer},
					TokenCache: ginauth0api.TokenCacheConfig{MaxAge: 48 * time.Hour}, OnEvent: seen.count,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer guard.Close()
				request := httptest.NewRequest(http.MethodGet, "/", nil)
				exp := strconv.FormatInt(time.Now().Add(72*time.Hour).Unix(), 10)
				request.Header.Set("Authorization", "Bearer "+sign(issuerKey(), plainHeader, `{"iss":"https://t.example/","aud":"api","exp":`+exp+`}`))
				check := func() string {
					_, _, err := guard.Check(request)
					var refused *ginauth0api.Error
					errors.As(err, &refused)
					if err == nil {
						return ""
					}
					return refused.Code
				}
				if code := check(); code != "" {
					t.Fatal(code)
				}
				issuer.keys.Store(nil)
				if test.later != nil {
					issuer.publish(t, test.later...)
				}
				time.Sleep(test.after)
				if code := check(); code != test.code {
					t.Errorf("%q, want %q", code, test.code)
				}
				if hits := seen.of("token_cache_hit"); (hits == 1) != (test.code == "") {
					t.Errorf("%d hits and %q", hits, test.code)
				}
			})
		})
	}
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
