package ginauth0api_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
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

// bearerBench is what the benchmarks and the allocation limit run on: a route
// with a scope, and tokens as Auth0 issues them.
type bearerBench struct {
	router   *gin.Engine
	response http.ResponseWriter // an accepted request leaves it as it is
	requests []*http.Request
	inputs   [][]byte
	sigs     [][]byte
	reached  int
}

func newBearerBench(t testing.TB) *bearerBench {
	t.Helper()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	if err := guard.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	bench := &bearerBench{router: gin.New(), response: discard{http.Header{}}}
	bench.router.GET("/messages", guard.RequireAuth("read:messages"), func(*gin.Context) { bench.reached++ })
	for n := range rotation {
		token := i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"k1"}`, claims{
			"sub": "auth0|65f0c1d2e3a4b5c6d7e8" + strconv.Itoa(1000+n), "azp": "Qk3vB7nT1xYpL9sWd0ZcR5mHf2UgJ8aE", "jti": nil,
			"aud":   []string{audience, "https://tenant.eu.auth0.com/userinfo"},
			"scope": "openid profile email read:messages write:messages", "permissions": []string{"read:messages", "write:messages"},
			"gty": "authorization_code", "org_id": "org_Zt5Hq1",
		})
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "/messages", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		input, signature := cutSignature(token)
		raw, err := base64.RawURLEncoding.DecodeString(signature)
		if err != nil {
			t.Fatal(err)
		}
		bench.requests = append(bench.requests, request)
		bench.inputs = append(bench.inputs, []byte(input))
		bench.sigs = append(bench.sigs, raw)
	}
	return bench
}

// candidate serves one request through Gin.
func (b *bearerBench) candidate(n int) {
	b.router.ServeHTTP(b.response, b.requests[n%rotation])
}

// floor is what no verification of RS256 can do without.
func (b *bearerBench) floor(n int) {
	sum := sha256.Sum256(b.inputs[n%rotation])
	if rsa.VerifyPKCS1v15(&issuerKey().PublicKey, crypto.SHA256, sum[:], b.sigs[n%rotation]) != nil {
		panic("the floor does not verify")
	}
}

// processorTime is that of the whole process, collector included.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// turn runs f count times and collects the garbage it made.
func turn(count int, f func(int)) time.Duration {
	begin := processorTime()
	for n := range count {
		f(n)
	}
	runtime.GC()
	return processorTime() - begin
}

// BenchmarkBearer prints how many times the floor a request costs whose token was
// not seen before. Candidate and floor take turns of some milliseconds, because
// on a shared machine their ratio holds where their times do not; one iteration
// is two turns of each.
func BenchmarkBearer(b *testing.B) {
	bench := newBearerBench(b)
	// On one processor the collector does its work and no more; on several, idle
	// ones burn time in search of some, more than all the garbage here is worth.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const turnTime = 8 * time.Millisecond
	count := 1
	for turn(count, bench.candidate) < turnTime {
		count *= 2
	}
	var ratios, costs []float64
	for b.Loop() {
		// In the order A B B A, since whoever comes second finds warmer caches.
		candidate := turn(count, bench.candidate)
		floor := turn(count, bench.floor) + turn(count, bench.floor)
		candidate += turn(count, bench.candidate)
		ratios = append(ratios, float64(candidate)/float64(floor))
		costs = append(costs, float64(candidate.Microseconds())/float64(2*count))
	}
	if bench.reached == 0 {
		b.Fatal("no request was accepted")
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	b.ReportMetric(ratios[len(ratios)/2], "x-floor")
	b.ReportMetric(costs[len(costs)/2], "cpu-µs/req")
	b.ReportMetric(bench.allocations(), "allocs/req")
	b.ReportMetric(0, "ns/op")
}

func (b *bearerBench) allocations() float64 {
	n := 0
	return testing.AllocsPerRun(10*rotation, func() {
		b.candidate(n)
		n++
	})
}

// Nine of them are in crypto/rsa.
func TestBearerAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates too")
	}
	bench := newBearerBench(t)
	const limit = 20
	if allocations := bench.allocations(); allocations > limit {
		t.Errorf("%v allocations, want at most %d", allocations, limit)
	}
	if bench.reached == 0 {
		t.Error("no request was accepted")
	}
}
