//go:build !race

package ginauth0api_test

import (
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// What a request may allocate. The race detector allocates too, so this
// runs without it.
func TestAllocationsOfABearerRequest(t *testing.T) {
	for name, c := range map[string]struct {
		cache ginauth0api.TokenCacheConfig
		limit float64
	}{
		"cold, cache off": {cacheOff, 20}, // nine are in crypto/rsa
		"cold, cache on":  {cacheMissing, 20},
		"known":           {cacheHitting, 3},
	} {
		t.Run(name, func(t *testing.T) {
			bench := newBearerBench(t, c.cache)
			n := 0
			allocations := testing.AllocsPerRun(10*rotation, func() {
				bench.candidate(n)
				n++
			})
			if allocations > c.limit {
				t.Errorf("%v allocations, want at most %v", allocations, c.limit)
			}
			if bench.reached == 0 {
				t.Error("no request was accepted")
			}
		})
	}
}

func TestAllocationsOfADPoPRequest(t *testing.T) {
	for name, c := range map[string]struct {
		cache   ginauth0api.TokenCacheConfig
		clients int
		limit   float64
	}{
		"nothing known":       {cacheMissing, manyClients, 50}, // some twenty are in crypto/rsa and crypto/ecdsa
		"token and key known": {cacheHitting, rotation, 18},    // eleven
	} {
		t.Run(name, func(t *testing.T) {
			bench := newDPoPBench(t, c.cache, c.clients)
			bench.wantAll(t)
			n := 0
			allocations := testing.AllocsPerRun(proofRotation-1, func() {
				bench.candidate(n)
				n++
			})
			if allocations > c.limit {
				t.Errorf("%v allocations, want at most %v", allocations, c.limit)
			}
		})
	}
}
