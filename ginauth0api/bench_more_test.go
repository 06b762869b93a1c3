package ginauth0api_test

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// forgetful is a response whose headers go with the request.
type forgetful struct{ discard }

func (f forgetful) WriteHeader(int) { clear(f.header) }

// BenchmarkRefused prints what a bad request costs, in floors of a good one.
func BenchmarkRefused(b *testing.B) {
	bench := newBearerBench(b, cacheOff)
	i := newIssuer(b)
	good := strings.TrimPrefix(bench.requests[0].Header.Get("Authorization"), "Bearer ")
	input, signature := cutSignature(good)
	other := bench.requests[1].Header.Get("Authorization")
	_, otherSignature := cutSignature(strings.TrimPrefix(other, "Bearer "))
	unknown := i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"nobody's"}`, claims{"iss": bench.issuer})
	for _, c := range []struct {
		name, authorization, code string
	}{
		{"no token", "", "credentials_missing"},
		{"garbage", "Bearer " + strings.Repeat("garbage", 140), "token_malformed"},
		{"unknown kid", "Bearer " + unknown, "jwks_key_not_found"},
		{"expired", "Bearer " + i.token(claims{"iss": bench.issuer, "exp": 1}), "token_expired"},
		{"bad signature", "Bearer " + input + "." + otherSignature, "invalid_signature"},
	} {
		b.Run(c.name, func(b *testing.B) {
			request := bearerRequest(b, "")
			if request.Header.Del("Authorization"); c.authorization != "" {
				request.Header.Set("Authorization", c.authorization)
			}
			_, _, err := bench.guard.Check(request)
			var refused *ginauth0api.Error
			if !errors.As(err, &refused) || refused.Code != c.code {
				b.Fatalf("%v, want %s", err, c.code)
			}
			response := forgetful{discard{http.Header{}}}
			ratio.Report(b, func(int) { bench.router.ServeHTTP(response, request) }, bench.floor)
		})
	}
	if signature == otherSignature {
		b.Fatal("one signature for two tokens")
	}
}

// BenchmarkParallel prints the processor time per request of two goroutines as a
// multiple of that of one, for tokens that are known: what they get in each
// other's way.
func BenchmarkParallel(b *testing.B) {
	if runtime.NumCPU() < 2 {
		b.Skip("needs two processors")
	}
	bench := newBearerBench(b, cacheHitting)
	const requests = 20_000
	serve := func(response http.ResponseWriter, from int) {
		for n := range requests {
			bench.router.ServeHTTP(response, bench.requests[(from+n)%rotation])
		}
	}
	var ratios []float64
	for b.Loop() {
		one := processorTime(func() { serve(discard{http.Header{}}, 0) })
		two := processorTime(func() {
			var group sync.WaitGroup
			for n := range 2 {
				group.Go(func() { serve(discard{http.Header{}}, n*rotation/2) })
			}
			group.Wait()
		})
		ratios = append(ratios, float64(two)/2/float64(one))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-one")
	b.ReportMetric(0, "ns/op")
}

func processorTime(f func()) time.Duration {
	runtime.GC()
	begin := usedSoFar()
	f()
	runtime.GC()
	return usedSoFar() - begin
}

func usedSoFar() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkTokenCacheMemory prints how much memory a full token cache takes.
func BenchmarkTokenCacheMemory(b *testing.B) {
	const entries = 10_000
	i := newIssuer(b)
	tokens := make([]string, 2*entries)
	for n := range tokens {
		tokens[n] = i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"k1"}`, benchClaims(n))
	}
	for b.Loop() {
		guard := newGuard(b, i, nil)
		before := heap()
		for n := range tokens {
			// A copy, as a server would have read it.
			request := bearerRequest(b, strings.Clone(tokens[n]))
			if _, _, err := guard.Check(request); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		b.ReportMetric(float64(len(tokens[0])), "token-bytes")
		b.ReportMetric(entries, "max-entries")
		guard.Close()
	}
	b.ReportMetric(0, "ns/op")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
