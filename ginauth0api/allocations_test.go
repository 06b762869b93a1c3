//go:build !race

package ginauth0api_test

import "testing"

// Nine of them are in crypto/rsa. The race detector allocates too, so this runs
// without it.
func TestAllocationsOfABearerRequest(t *testing.T) {
	bench := newBearerBench(t)
	const limit = 20
	n := 0
	allocations := testing.AllocsPerRun(10*rotation, func() {
		bench.candidate(n)
		n++
	})
	if allocations > limit {
		t.Errorf("%v allocations, want at most %d", allocations, limit)
	}
	if bench.reached == 0 {
		t.Error("no request was accepted")
	}
}
