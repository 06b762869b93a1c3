//go:build !race

package ginauth0_test

import "testing"

// The race detector allocates too, so this runs without it.
func TestAllocationsOfLoadingASessionOf3KB(t *testing.T) {
	bench := newLoadBench(t)
	const limit = 60
	if allocations := testing.AllocsPerRun(200, func() { bench.candidate(0) }); allocations > limit {
		t.Errorf("%v allocations, want at most %d", allocations, limit)
	} else {
		t.Logf("%v allocations", allocations)
	}
	if bench.reached == 0 {
		t.Error("no session was loaded")
	}
}
