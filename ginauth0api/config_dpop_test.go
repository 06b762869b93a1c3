package ginauth0api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestConfigOfDPoPAndCacheRefused(t *testing.T) {
	t.Parallel()
	key := ginauth0api.Secret(strings.Repeat("k", 32))
	for name, test := range map[string]struct {
		edit   func(*ginauth0api.Config)
		fields []string
	}{
		"mode below":            {func(c *ginauth0api.Config) { c.DPoP.Mode = -1 }, []string{"DPoP.Mode"}},
		"mode above":            {func(c *ginauth0api.Config) { c.DPoP.Mode = 3 }, []string{"DPoP.Mode"}},
		"algorithm none":        {func(c *ginauth0api.Config) { c.DPoP.Algorithms = []string{"none"} }, []string{"DPoP.Algorithms"}},
		"algorithm HS256":       {func(c *ginauth0api.Config) { c.DPoP.Algorithms = []string{"ES256", "HS256"} }, []string{"DPoP.Algorithms"}},
		"algorithm blank":       {func(c *ginauth0api.Config) { c.DPoP.Algorithms = []string{" "} }, []string{"DPoP.Algorithms"}},
		"age negative":          {func(c *ginauth0api.Config) { c.DPoP.MaxAge = -1 }, []string{"DPoP.MaxAge"}},
		"age above a day":       {func(c *ginauth0api.Config) { c.DPoP.MaxAge = 24*time.Hour + 1 }, []string{"DPoP.MaxAge"}},
		"leeway negative":       {func(c *ginauth0api.Config) { c.DPoP.Leeway = -1 }, []string{"DPoP.Leeway"}},
		"leeway too long":       {func(c *ginauth0api.Config) { c.DPoP.Leeway = 5*time.Minute + 1 }, []string{"DPoP.Leeway"}},
		"nonce key empty":       {func(c *ginauth0api.Config) { c.DPoP.Nonce.Keys = []ginauth0api.Secret{key, ""} }, []string{"DPoP.Nonce.Keys"}},
		"nonce key short":       {func(c *ginauth0api.Config) { c.DPoP.Nonce.Keys = []ginauth0api.Secret{"hunter2"} }, []string{"DPoP.Nonce.Keys"}},
		"nonce key of 31 bytes": {func(c *ginauth0api.Config) { c.DPoP.Nonce.Keys = []ginauth0api.Secret{key[1:]} }, []string{"DPoP.Nonce.Keys"}},
		"nonce life negative":   {func(c *ginauth0api.Config) { c.DPoP.Nonce.Lifetime = -1 }, []string{"DPoP.Nonce.Lifetime"}},
		"bound as Bearer, allowed": {
			func(c *ginauth0api.Config) { c.DPoP.AllowBoundTokenAsBearer = true },
			[]string{"DPoP.AllowBoundTokenAsBearer"},
		},
		"bound as Bearer, required": {func(c *ginauth0api.Config) {
			c.DPoP.Mode, c.DPoP.AllowBoundTokenAsBearer = ginauth0api.DPoPRequired, true
		}, []string{"DPoP.AllowBoundTokenAsBearer"}},
		"cache entries negative": {func(c *ginauth0api.Config) { c.TokenCache.MaxEntries = -1 }, []string{"TokenCache.MaxEntries"}},
		"cache age negative":     {func(c *ginauth0api.Config) { c.TokenCache.MaxAge = -1 }, []string{"TokenCache.MaxAge"}},
		"nil token check":        {func(c *ginauth0api.Config) { c.TokenChecks = []ginauth0api.ClaimCheck{nil} }, []string{"TokenChecks"}},
		"all at once": {func(c *ginauth0api.Config) {
			c.Domain = ""
			c.DPoP.Mode, c.DPoP.MaxAge, c.TokenCache.MaxAge = 9, -1, -1
			c.Proxy.Headers = []string{"X-Forwarded-Host"}
			c.Client.Secret = "hunter2"
		}, []string{"Domain", "DPoP.Mode", "DPoP.MaxAge", "TokenCache.MaxAge", "Proxy.Headers", "Client.ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := ginauth0api.Config{Domain: "t.example", Audience: []string{"api"}}
			test.edit(&cfg)
			guard, err := ginauth0api.New(t.Context(), cfg)
			if guard != nil || err == nil {
				t.Fatalf("guard %v, error %v", guard, err)
			}
			fields := problemsOf(t, err)
			slices.Sort(fields)
			slices.Sort(test.fields)
			if !slices.Equal(fields, test.fields) {
				t.Errorf("fields %q, want %q", fields, test.fields)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret in %q", err)
			}
		})
	}
}

func TestLargestSettingsAreAccepted(t *testing.T) {
	t.Parallel()
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: "t.example", Domains: []string{"login.example"}, Audience: []string{"api"},
		DPoP: ginauth0api.DPoPConfig{
			Mode: ginauth0api.DPoPDisabled, AllowBoundTokenAsBearer: true, MaxAge: 24 * time.Hour, Leeway: 5 * time.Minute,
			Algorithms: []string{"ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
			Nonce:      ginauth0api.NonceConfig{Keys: []ginauth0api.Secret{ginauth0api.Secret(strings.Repeat("k", 32))}, Lifetime: time.Hour},
		},
		TokenCache: ginauth0api.TokenCacheConfig{MaxEntries: 1, MaxAge: time.Nanosecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	guard.Close()
}

func TestNestedConfigIsCopied(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	cfg := ginauth0api.Config{
		Domains: []string{i.name()}, Audience: []string{audience},
		TokenChecks: []ginauth0api.ClaimCheck{func(*ginauth0api.Token) error { return nil }},
	}
	cfg.DPoP.Algorithms = []string{"ES256", "EdDSA"}
	cfg.DPoP.Nonce.Keys = []ginauth0api.Secret{"a key of thirty-two bytes or more"}
	cfg.Proxy = ginauth0api.ProxyConfig{Trusted: []string{"127.0.0.1"}, Headers: []string{"X-Forwarded-Host"}, AllowedHosts: []string{"api.example"}}
	guard, err := ginauth0api.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	cfg.Domains[0], cfg.DPoP.Algorithms[1], cfg.DPoP.Nonce.Keys[0] = "evil.example", "ES384", "another"
	cfg.Proxy.Trusted[0], cfg.Proxy.Headers[0], cfg.Proxy.AllowedHosts[0] = "10.0.0.0/8", "X-Forwarded-Prefix", "evil.example"
	cfg.TokenChecks[0] = nil

	a, client := protect(t, guard.RequireAuth()), newProver()
	token := i.token(client.bound())
	ask := func(nonce any) answer {
		header := http.Header{"Authorization": {"DPoP " + token}, "X-Forwarded-Host": {"api.example"}}
		header.Set("DPoP", client.proof(http.MethodGet, "http://api.example/", token, claims{"nonce": nonce}))
		return a.do(http.MethodGet, "/", header)
	}
	first := ask(nil)
	wantAnswer(t, first, wanted{code: "dpop_nonce_required", scheme: "DPoP", algs: "ES256 EdDSA"})
	wantOK(t, ask(first.header.Get("DPoP-Nonce")))
	described := protect(t, guard.ProtectedResourceMetadata()).do(http.MethodGet, "/", http.Header{"X-Forwarded-Host": {"api.example"}})
	if !strings.Contains(described.body, `"dpop_signing_alg_values_supported":["ES256","EdDSA"]`) {
		t.Errorf("metadata %s", described.body)
	}
}

func TestUnknownModeOfAViewPanics(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	for _, mode := range []ginauth0api.DPoPMode{-1, 3} {
		wantPanic(t, func() { guard.WithDPoP(mode) }, []string{"WithDPoP", "mode"})
	}
}

// Closing a view closes the Guard: keys that are held serve on, nothing is
// fetched.
func TestViewAndGuardCloseTogether(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	guard.WithDPoP(ginauth0api.DPoPRequired).Close()
	wantAnswer(t, protect(t, guard.RequireAuth()).bearer(i.token(nil)), wanted{code: "jwks_fetch_failed"})
	if err := guard.Warm(context.Background()); err == nil {
		t.Error("Warm after Close")
	}
	if n := i.asked(""); n != 0 {
		t.Errorf("%d requests after Close", n)
	}
}
