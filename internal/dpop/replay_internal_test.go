package dpop

import (
	"sync"
	"testing"
)

// None is lost, and none is granted twice.
func TestConcurrentReservations(t *testing.T) {
	t.Parallel()
	const workers, tries, capacity = 4, 200_000, 500_000
	m, err := NewReplayMemory(capacity)
	if err != nil {
		t.Fatal(err)
	}
	var granted [workers]int
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for range tries {
				if m.reserve() {
					granted[worker]++
				}
			}
		})
	}
	group.Wait()
	if sum := granted[0] + granted[1] + granted[2] + granted[3]; sum != capacity || m.held.Load() != capacity {
		t.Errorf("%d of %d places were granted, %d are held", sum, capacity, m.held.Load())
	}
}
