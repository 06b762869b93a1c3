package dpop_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// remembers fails the test unless Remember says exactly this.
func remembers(t *testing.T, m *dpop.ReplayMemory, key string, ttl time.Duration, wantFresh bool, wantErr error) {
	t.Helper()
	fresh, err := m.Remember(context.Background(), key, ttl)
	if fresh != wantFresh || !errors.Is(err, wantErr) {
		t.Fatalf("key %.40q: got %v and the error %v, want %v and %v", key, fresh, err, wantFresh, wantErr)
	}
}

func TestProofIsFreshOnce(t *testing.T) {
	t.Parallel()
	m := newReplayMemory(t, 100)
	remembers(t, m, replayKey(1, 1), time.Minute, true, nil)
	remembers(t, m, replayKey(1, 1), time.Minute, false, nil)
	remembers(t, m, replayKey(1, 2), time.Minute, true, nil)  // another proof of the same key
	remembers(t, m, replayKey(2, 1), time.Minute, true, nil)  // another key with the same jti
	remembers(t, m, replayKey(1, 1), time.Minute, false, nil) // the first is still there
}

func TestParallelUsesOfOneProof(t *testing.T) {
	t.Parallel()
	m := newReplayMemory(t, 1<<16)
	for round := range 100 {
		var fresh atomic.Int64
		var group sync.WaitGroup
		start := make(chan struct{})
		for range 100 {
			group.Go(func() {
				<-start
				got, err := m.Remember(context.Background(), replayKey(1, round), time.Minute)
				if err != nil {
					t.Error(err)
				}
				if got {
					fresh.Add(1)
				}
			})
		}
		close(start)
		group.Wait()
		if fresh.Load() != 1 {
			t.Fatalf("%d of 100 uses of one proof were fresh", fresh.Load())
		}
	}
}

// Many at once fill a memory of many shards, to its very end and no further.
func TestParallelUsesOfManyProofs(t *testing.T) {
	t.Parallel()
	const capacity, proofs = 1 << 14, 1<<14 + 1000
	m := newReplayMemory(t, capacity)
	var fresh, full atomic.Int64
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range proofs {
				got, err := m.Remember(context.Background(), replayKey((i+worker*1000)%proofs, 0), time.Minute)
				switch {
				case got:
					fresh.Add(1)
				case errors.Is(err, dpop.ErrReplayFull):
					full.Add(1)
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if fresh.Load() != capacity || full.Load() == 0 {
		t.Errorf("a memory for %d took %d and refused %d", capacity, fresh.Load(), full.Load())
	}
}

func TestCapacityBelowOne(t *testing.T) {
	t.Parallel()
	for _, capacity := range []int{0, -1, math.MinInt} {
		if m, err := dpop.NewReplayMemory(capacity); err == nil || m != nil {
			t.Errorf("capacity %d: got %v and the error %v", capacity, m, err)
		}
	}
}

func TestLargestCapacityTakesNoRoom(t *testing.T) {
	t.Parallel()
	m := newReplayMemory(t, math.MaxInt)
	remembers(t, m, replayKey(1, 1), time.Minute, true, nil)
	remembers(t, m, replayKey(1, 1), time.Minute, false, nil)
}

func TestProofIsForgottenInTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		ttl, last, over time.Duration // still seen, and fresh again
	}{
		{"331 seconds", 331 * time.Second, 331*time.Second - 1, 331 * time.Second},
		{"a millisecond", time.Millisecond, time.Millisecond - 1, time.Millisecond},
		{"a nanosecond", 1, time.Millisecond - 1, time.Millisecond},
		{"a nanosecond above a millisecond", time.Millisecond + 1, time.Millisecond + 1, 2 * time.Millisecond},
		{"nothing", 0, 0, time.Millisecond},
		{"less than nothing", -time.Hour, 0, time.Millisecond},
		{"the least there is", math.MinInt64, 0, time.Millisecond},
		{"a day and five minutes", 24*time.Hour + 5*time.Minute, 24*time.Hour + 5*time.Minute - 1, 24*time.Hour + 5*time.Minute},
		{"the most there is", math.MaxInt64, 5 * 365 * 24 * time.Hour, 11 * 365 * 24 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newReplayMemory(t, 100)
				time.Sleep(time.Hour)
				remembers(t, m, replayKey(1, 1), test.ttl, true, nil)
				time.Sleep(test.last)
				remembers(t, m, replayKey(1, 1), test.ttl, false, nil)
				time.Sleep(test.over - test.last)
				remembers(t, m, replayKey(1, 1), test.ttl, true, nil)
				remembers(t, m, replayKey(1, 1), test.ttl, false, nil)
			})
		})
	}
}

// A second use neither shortens nor lengthens what was said at the first.
func TestSecondUseChangesNothing(t *testing.T) {
	t.Parallel()
	for _, second := range []time.Duration{time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			m := newReplayMemory(t, 100)
			remembers(t, m, replayKey(1, 1), time.Minute, true, nil)
			remembers(t, m, replayKey(1, 1), second, false, nil)
			time.Sleep(time.Minute - 1)
			remembers(t, m, replayKey(1, 1), second, false, nil)
			time.Sleep(time.Nanosecond)
			remembers(t, m, replayKey(1, 1), second, true, nil)
		})
	}
}

// capacities are of one shard, of several and of all 64, even and odd.
var capacities = []int{1, 2, 3, 4, 5, 7, 8, 100, 255, 1000, 1023, 1 << 15}

// One that is live is never given up for another, and what has expired does not count.
func TestFullMemory(t *testing.T) {
	t.Parallel()
	for _, capacity := range capacities {
		synctest.Test(t, func(t *testing.T) {
			m := newReplayMemory(t, capacity)
			for i := range capacity - 1 {
				remembers(t, m, replayKey(i, 0), time.Hour, true, nil)
			}
			remembers(t, m, replayKey(capacity-1, 0), time.Minute, true, nil)
			for i := range 100 {
				remembers(t, m, replayKey(capacity+i, 0), time.Minute, false, dpop.ErrReplayFull)
			}
			for i := range capacity {
				remembers(t, m, replayKey(i, 0), time.Minute, false, nil)
			}
			time.Sleep(time.Minute - 1)
			remembers(t, m, replayKey(capacity, 0), time.Minute, false, dpop.ErrReplayFull)
			time.Sleep(time.Nanosecond) // the one that has expired is in some other shard
			remembers(t, m, replayKey(capacity, 0), time.Minute, true, nil)
			remembers(t, m, replayKey(capacity+1, 0), time.Minute, false, dpop.ErrReplayFull)
			time.Sleep(time.Hour)
			for i := range capacity {
				remembers(t, m, replayKey(i, 1), time.Hour, true, nil)
			}
			remembers(t, m, replayKey(capacity, 1), time.Hour, false, dpop.ErrReplayFull)
		})
	}
}

// One proof key that floods the memory gets the error alone.
func TestFloodOfOneProofKey(t *testing.T) {
	t.Parallel()
	for _, capacity := range capacities {
		synctest.Test(t, func(t *testing.T) {
			m := newReplayMemory(t, capacity)
			share := (capacity + 3) / 4
			for i := range share - 1 {
				remembers(t, m, replayKey(0, i), time.Hour, true, nil)
			}
			remembers(t, m, replayKey(0, share-1), time.Minute, true, nil)
			for i := range 100 {
				remembers(t, m, replayKey(0, share+i), time.Hour, false, dpop.ErrReplayShare)
			}
			remembers(t, m, replayKey(0, 0), time.Hour, false, nil)
			for i := share; i < capacity; i++ {
				remembers(t, m, replayKey(i, 0), time.Hour, true, nil)
			}
			// Its error does not depend on how the others are.
			remembers(t, m, replayKey(0, share), time.Hour, false, dpop.ErrReplayShare)
			remembers(t, m, replayKey(capacity, 0), time.Hour, false, dpop.ErrReplayFull)
			time.Sleep(time.Minute)
			remembers(t, m, replayKey(0, share), time.Hour, true, nil)
			remembers(t, m, replayKey(0, share+1), time.Hour, false, dpop.ErrReplayShare)
		})
	}
}

// A share that is used up by what has expired is not used up, however much else has expired.
func TestShareAfterExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newReplayMemory(t, 100)
		for i := range 75 {
			remembers(t, m, replayKey(1+i, 0), time.Second, true, nil)
		}
		for i := range 25 {
			remembers(t, m, replayKey(0, i), 2*time.Second, true, nil)
		}
		time.Sleep(2 * time.Second)
		remembers(t, m, replayKey(0, 25), time.Hour, true, nil)
		remembers(t, m, replayKey(0, 0), time.Hour, true, nil)
	})
}
