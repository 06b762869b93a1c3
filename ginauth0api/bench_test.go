package ginauth0api_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// rotation is how many tokens take turns, so that nothing wins by remembering
// one request.
const rotation = 64

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header             { return d.header }
func (discard) Write(body []byte) (int, error)    { return len(body), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }
func (discard) WriteHeader(int)                   {}

// bearerBench is what the benchmarks and the allocation limits run on: a route
// with a scope, and tokens as Auth0 issues them.
type bearerBench struct {
	guard    *ginauth0api.Guard
	router   *gin.Engine
	response discard // an accepted request leaves it as it is
	requests []*http.Request
	inputs   [][]byte
	sigs     [][]byte
	issuer   string
	reached  int
}

// The settings of the token cache in the benchmarks. One place for 64 tokens
// never has the one that is asked for.
var (
	cacheOff     = ginauth0api.TokenCacheConfig{Disabled: true}
	cacheMissing = ginauth0api.TokenCacheConfig{MaxEntries: 1}
	cacheHitting = ginauth0api.TokenCacheConfig{}
)

func newBearerBench(t testing.TB, cache ginauth0api.TokenCacheConfig) *bearerBench {
	t.Helper()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.TokenCache = cache })
	if err := guard.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	bench := &bearerBench{guard: guard, router: gin.New(), response: discard{http.Header{}}, issuer: i.name()}
	bench.router.GET("/messages", guard.RequireAuth("read:messages"), func(*gin.Context) { bench.reached++ })
	for n := range rotation {
		token := i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"k1"}`, benchClaims(n))
		bench.requests = append(bench.requests, bearerRequest(t, token))
		bench.addFloor(t, token)
	}
	return bench
}

func (b *bearerBench) addFloor(t testing.TB, token string) {
	t.Helper()
	input, signature := cutSignature(token)
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	b.inputs = append(b.inputs, []byte(input))
	b.sigs = append(b.sigs, raw)
}

func benchClaims(n int) claims {
	return claims{
		"sub": "auth0|65f0c1d2e3a4b5c6d7e8" + strconv.Itoa(1000+n), "azp": "Qk3vB7nT1xYpL9sWd0ZcR5mHf2UgJ8aE", "jti": nil,
		"aud":   []string{audience, "https://tenant.eu.auth0.com/userinfo"},
		"scope": "openid profile email read:messages write:messages", "permissions": []string{"read:messages", "write:messages"},
		"gty": "authorization_code", "org_id": "org_Zt5Hq1",
	}
}

func bearerRequest(t testing.TB, token string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "/messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request
}

// candidate serves one request through Gin.
func (b *bearerBench) candidate(n int) {
	b.router.ServeHTTP(b.response, b.requests[n%rotation])
}

// floor is what no verification of RS256 can do without.
func (b *bearerBench) floor(n int) {
	sum := sha256.Sum256(b.inputs[n%len(b.inputs)])
	if rsa.VerifyPKCS1v15(&issuerKey().PublicKey, crypto.SHA256, sum[:], b.sigs[n%len(b.sigs)]) != nil {
		panic("the floor does not verify")
	}
}

// BenchmarkBearer prints how many times the floor a request costs.
func BenchmarkBearer(b *testing.B) {
	for _, c := range []struct {
		name  string
		cache ginauth0api.TokenCacheConfig
	}{
		{"cold, cache off", cacheOff},
		{"cold, cache on", cacheMissing},
		{"known", cacheHitting},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench := newBearerBench(b, c.cache)
			ratio.Report(b, bench.candidate, bench.floor)
			if bench.reached == 0 {
				b.Fatal("no request was accepted")
			}
		})
	}
}
