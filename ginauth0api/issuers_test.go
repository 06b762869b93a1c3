package ginauth0api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// twoIssuers publish keys of their own, both under the id k1.
func twoIssuers(t testing.TB) (a, b *issuer) {
	t.Helper()
	a, b = newIssuer(t), newIssuer(t)
	b.publish(jose.JSONWebKey{Key: strangerKey().Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"})
	return a, b
}

// strangerToken is a token with the claims of an issuer, signed with the key of
// the second one.
func strangerToken(t testing.TB, i *issuer, edits claims) string {
	t.Helper()
	payload, err := json.Marshal(i.claims(edits))
	if err != nil {
		t.Fatal(err)
	}
	return sign(strangerKey(), `{"alg":"RS256","kid":"k1","typ":"at+jwt"}`, string(payload))
}

func resolveTo(domains ...string) func(context.Context, ginauth0api.DomainRequest) ([]string, error) {
	return func(context.Context, ginauth0api.DomainRequest) ([]string, error) { return domains, nil }
}

// configure makes a Guard for the audience of the tests.
func configure(t testing.TB, cfg ginauth0api.Config) *ginauth0api.Guard {
	t.Helper()
	cfg.Audience = []string{audience}
	guard, err := ginauth0api.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	return guard
}

func TestKeyOfOneIssuerUnderTheTokenOfAnother(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]func(a, b *issuer) ginauth0api.Config{
		"Domain and Domains": func(a, b *issuer) ginauth0api.Config {
			return ginauth0api.Config{Domain: a.name(), Domains: []string{b.name()}}
		},
		"Domains": func(a, b *issuer) ginauth0api.Config {
			return ginauth0api.Config{Domains: []string{a.name(), b.name()}}
		},
		"DomainResolver": func(a, b *issuer) ginauth0api.Config {
			return ginauth0api.Config{DomainResolver: resolveTo(a.name(), b.name())}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := twoIssuers(t)
			server := protect(t, configure(t, cfg(a, b)).RequireAuth())
			for range 2 { // unknown, and known
				wantOK(t, server.bearer(a.token(nil)))
				wantOK(t, server.bearer(strangerToken(t, b, nil)))
				wantRefused(t, server.bearer(strangerToken(t, a, nil)), "invalid_signature", "")
				wantRefused(t, server.bearer(b.token(nil)), "invalid_signature", "")
			}
			wantRefused(t, server.bearer(a.token(claims{"iss": "http://127.0.0.1:1/"})), "invalid_issuer", "")
			for _, i := range []*issuer{a, b} {
				if i.asked("") != 2 || i.asked(discoveryPath) != 1 {
					t.Errorf("%d requests to an issuer, want discovery and keys", i.asked(""))
				}
			}
		})
	}
}

func TestWarmWithSeveralIssuers(t *testing.T) {
	t.Parallel()
	a, b := twoIssuers(t)
	guard := configure(t, ginauth0api.Config{Domain: a.name(), Domains: []string{b.name()}})
	if err := guard.Warm(t.Context()); err != nil || a.asked("") != 2 || b.asked("") != 2 {
		t.Errorf("Warm: %v, %d and %d requests", err, a.asked(""), b.asked(""))
	}
	b.publish()
	half := configure(t, ginauth0api.Config{Domains: []string{a.name(), b.name()}})
	var refused *ginauth0api.Error
	if err := half.Warm(t.Context()); !errors.As(err, &refused) || refused.Code != "jwks_fetch_failed" || !errors.Is(err, ginauth0api.ErrUpstream) || !strings.Contains(err.Error(), b.name()) {
		t.Errorf("Warm: %v, want the name of the issuer that fails", err)
	}
	server := protect(t, half.RequireAuth())
	wantOK(t, server.bearer(a.token(nil)))
	wantUnavailable(t, server.bearer(strangerToken(t, b, nil)))
}

// Issuers on one host share its connections.
func TestIssuersShareOneTransport(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		origin := "http://" + r.Host
		if strings.HasSuffix(r.URL.Path, discoveryPath) {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": origin + "/" + tenant, "jwks_uri": origin + "/" + tenant + keysPath})
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: issuerKey().Public(), KeyID: "k1"}}})
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	var domains []string
	for _, tenant := range strings.Split("abcdefgh", "") {
		domains = append(domains, server.URL+"/"+tenant)
	}
	a := protect(t, configure(t, ginauth0api.Config{DomainResolver: resolveTo(domains...)}).RequireAuth())
	i := newIssuer(t)
	for _, domain := range domains {
		wantOK(t, a.bearer(i.token(claims{"iss": domain})))
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// Not parallel: it counts the goroutines of the whole process.
func TestNoGoroutineIsLeft(t *testing.T) {
	tenant, other := auth0test.Start(t), auth0test.Start(t)
	tokens := []string{tenant.AccessToken(nil), other.AccessToken(nil)}
	tenant.RotateKeys()
	tokens = append(tokens, tenant.AccessToken(nil))
	before := runtime.NumGoroutine()
	for round := range 50 {
		cfg := ginauth0api.Config{Audience: []string{auth0test.DefaultAudience}, Domains: []string{tenant.Issuer(), other.Issuer()}}
		if round%2 == 1 {
			cfg.Domains = nil
			cfg.DomainResolver = resolveTo(tenant.Issuer(), other.Issuer())
		}
		ctx, cancel := context.WithCancel(t.Context())
		guard, err := ginauth0api.New(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		router := gin.New()
		router.GET("/", guard.RequireAuth(), subject)
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for n := range 5 {
					request := httptest.NewRequest(http.MethodGet, "/", nil)
					request.Header.Set("Authorization", "Bearer "+tokens[(worker+n)%len(tokens)])
					router.ServeHTTP(httptest.NewRecorder(), request)
				}
			})
		}
		if round%10 < 5 { // under load; otherwise with connections that are idle
			time.Sleep(time.Duration(round%5) * time.Millisecond)
		} else {
			group.Wait()
		}
		if round%4 < 2 {
			guard.Close()
		}
		cancel()
		group.Wait()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines left\n%s", now-before, stacks[:runtime.Stack(stacks, true)])
	}
}
