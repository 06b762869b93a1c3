package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

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
