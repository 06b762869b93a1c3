package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestResolverFailingIs500(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for name, resolve := range map[string]func(context.Context, ginauth0api.DomainRequest) ([]string, error){
		"error": func(context.Context, ginauth0api.DomainRequest) ([]string, error) {
			return []string{i.name()}, errors.New("away")
		},
		"panic":  func(context.Context, ginauth0api.DomainRequest) ([]string, error) { panic("mine") },
		"empty":  resolveTo(),
		"a path": resolveTo(i.name(), "t.example/x"),
		"blank":  resolveTo(i.name(), " "),
	} {
		var log bytes.Buffer
		guard := configure(t, ginauth0api.Config{DomainResolver: resolve, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		a := protect(t, guard.RequireAuth())
		wantRefused(t, a.bearer(i.token(nil)), "resolver_failed", "")
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "the DomainResolver") {
			t.Errorf("%s: log %s", name, log.String())
		}
		// It is asked about well-formed tokens alone.
		wantRefused(t, a.bearer("a.b.c"), "token_malformed", "")
		wantRefused(t, a.bearer(i.tokenWithHeader(`{"alg":"none"}`, nil)), "invalid_algorithm", "")
		wantRefused(t, a.get(), "credentials_missing", "")
	}
	if i.asked("") != 0 {
		t.Errorf("%d requests", i.asked(""))
	}
}

func TestSlowResolverIs503(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	token := i.token(claims{"exp": 9999999999, "iat": nil})
	issuerKey()
	synctest.Test(t, func(t *testing.T) {
		guard := configure(t, ginauth0api.Config{DomainResolver: func(ctx context.Context, _ ginauth0api.DomainRequest) ([]string, error) {
			<-ctx.Done()
			return []string{i.name()}, ctx.Err()
		}})
		begin := time.Now()
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		_, _, err := guard.Check(request)
		if !errors.Is(err, ginauth0api.ErrUpstream) || time.Since(begin) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		router := newRouter(guard)
		router.ServeHTTP(recorder, request)
		got := read(t, recorder.Result())
		wantRefused(t, got, "resolver_timeout", "")
		if got.header.Get("Retry-After") != "5" {
			t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
		}
	})
}

// The list of each request counts, whatever was verified a moment ago.
func TestResolverDecidesAboutKnownTokens(t *testing.T) {
	t.Parallel()
	a, b := twoIssuers(t)
	var list atomic.Pointer[[]string]
	var calls atomic.Int32
	guard := configure(t, ginauth0api.Config{DomainResolver: func(context.Context, ginauth0api.DomainRequest) ([]string, error) {
		calls.Add(1)
		return *list.Load(), nil
	}})
	server := protect(t, guard.RequireAuth(), guard.RequireAnyScope("read:a"))
	token := a.token(nil)
	for n, step := range []struct {
		list []string
		code string
	}{
		{[]string{b.name(), a.name()}, ""},
		{[]string{a.name()}, ""},
		{[]string{b.name()}, "invalid_issuer"},
		{[]string{a.URL}, "invalid_issuer"}, // without the slash
		{[]string{a.name()}, ""},
		{nil, "resolver_failed"},
		{[]string{a.name(), "/"}, "resolver_failed"},
		{[]string{a.name()}, ""},
	} {
		list.Store(&step.list)
		got := server.bearer(token)
		if step.code == "" {
			wantOK(t, got)
		} else {
			wantRefused(t, got, step.code, "")
		}
		if int(calls.Load()) != n+1 {
			t.Errorf("step %d: %d calls, want one per request", n, calls.Load())
		}
	}
	if a.asked("") != 2 || b.asked("") != 0 {
		t.Errorf("%d and %d requests", a.asked(""), b.asked(""))
	}
}

// Each tenant of a program has a host and an issuer of its own.
func TestResolverByHost(t *testing.T) {
	t.Parallel()
	a, b := twoIssuers(t)
	var mu sync.Mutex
	seen := map[string]http.Header{}
	guard := configure(t, ginauth0api.Config{
		Proxy: ginauth0api.ProxyConfig{Trusted: []string{"127.0.0.1"}, Headers: []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix"}},
		DomainResolver: func(_ context.Context, about ginauth0api.DomainRequest) ([]string, error) {
			mu.Lock()
			seen[about.URL.String()] = about.Header
			mu.Unlock()
			switch about.URL.Host {
			case "a.example":
				return []string{a.name()}, nil
			case "b.example":
				return []string{b.name()}, nil
			}
			return nil, fmt.Errorf("no tenant %q", about.URL.Host)
		},
	})
	server := protect(t, guard.RequireAuth())
	ask := func(host, token string) answer {
		return server.do(http.MethodGet, "/?q=hunter2", http.Header{
			"Authorization": {"Bearer " + token}, "Cookie": {"s=hunter2"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {host}, "X-Forwarded-Prefix": {"/v1"},
		})
	}
	wantOK(t, ask("a.example", a.token(nil)))
	wantOK(t, ask("b.example", strangerToken(t, b, nil)))
	wantRefused(t, ask("b.example", a.token(nil)), "invalid_issuer", "")
	wantRefused(t, ask("c.example", a.token(nil)), "resolver_failed", "")
	// A bad host is the resolver's to judge; it cannot be formed into a URL.
	wantRefused(t, ask("a.example/", a.token(nil)), "resolver_failed", "")
	for _, address := range []string{"https://a.example/v1/", "https://b.example/v1/", "https://c.example/v1/", ""} {
		header, there := seen[address]
		if !there || header.Get("X-Forwarded-Host") == "" {
			t.Errorf("%q was not seen, or without its header: %v", address, header)
		}
		if text := fmt.Sprint(address, header); strings.Contains(text, "hunter2") || strings.Contains(text, "Bearer") {
			t.Errorf("%q was seen with credentials: %v", address, header)
		}
	}
	if len(seen) != 4 {
		t.Errorf("URLs %v", seen)
	}
}

// Bad tokens make nobody ask, nor do they push anybody out.
func TestUnverifiedTokensOfManyIssuers(t *testing.T) {
	t.Parallel()
	good := newIssuer(t)
	var strange atomic.Int32
	strangers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strange.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(strangers.Close)
	guard := configure(t, ginauth0api.Config{DomainResolver: func(_ context.Context, about ginauth0api.DomainRequest) ([]string, error) {
		return append([]string{good.name()}, about.Header["X-Issuer"]...), nil
	}})
	a := protect(t, guard.RequireAuth())
	token := good.token(nil)
	wantOK(t, a.bearer(token))
	for n := range 250 {
		iss := fmt.Sprintf("%s/%d", strangers.URL, n)
		payload, err := json.Marshal(good.claims(claims{"iss": iss}))
		if err != nil {
			t.Fatal(err)
		}
		forged := encode(`{"alg":"RS256","kid":"k1"}`) + "." + encode(string(payload)) + ".AAAA"
		header := http.Header{"Authorization": {"Bearer " + forged}, "X-Issuer": {iss}}
		wantUnavailable(t, a.do(http.MethodGet, "/", header))
		for _, variant := range []string{iss + "/", iss + "//", iss + "/x"} {
			header.Set("X-Issuer", variant)
			wantRefused(t, a.do(http.MethodGet, "/", header), "invalid_issuer", "")
		}
	}
	if n := strange.Load(); n != 250 {
		t.Errorf("%d requests, want one for each issuer that was named and allowed", n)
	}
	wantOK(t, a.bearer(good.token(claims{"jti": "new"})))
	wantOK(t, a.bearer(token))
	if good.asked("") != 2 {
		t.Errorf("%d requests to the issuer whose token had verified", good.asked(""))
	}
}

func newRouter(guard *ginauth0api.Guard) http.Handler {
	router := gin.New()
	router.GET("/", guard.RequireAuth(), subject)
	return router
}
