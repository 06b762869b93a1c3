package ginauth0api_test

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// BenchmarkParallel prints the processor time per request of two goroutines as a
// multiple of that of one, for tokens that are known: what they get in each
// other's way.
func BenchmarkParallel(b *testing.B) {
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
	begin := ratio.ProcessorTime()
	f()
	runtime.GC()
	return ratio.ProcessorTime() - begin
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
