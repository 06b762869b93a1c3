package dpop_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// What comes and goes takes no more room than what is there at a time.
func TestReplayMemoryDoesNotPileUp(t *testing.T) {
	keys := replayKeys(1<<17, 1000)
	synctest.Test(t, func(t *testing.T) {
		before := heapInUse()
		m := newReplayMemory(t, 1<<20)
		for _, key := range keys {
			remembers(t, m, key, time.Millisecond, true, nil)
			time.Sleep(5 * time.Microsecond)
		}
		if held := heapInUse() - before; held > 500_000 {
			t.Errorf("%d keys, of which 200 are live, take %d bytes", len(keys), held)
		}
		remembers(t, m, keys[0], time.Minute, true, nil)
	})
}

// Room is given back when what took it has expired, even where nobody calls any more.
func TestReplayMemoryShrinks(t *testing.T) {
	const burst, lasting = 1 << 16, 1 << 15
	for _, test := range []struct {
		name                   string
		proofKeys              int // of the burst
		lasting, least, atMost int64
	}{
		{"many proof keys", burst, 0, 30 * burst, 100_000},
		{"few proof keys", 100, 0, 30 * burst, 100_000},
		{"many proof keys, while a third lasts", burst, lasting, 45 * (burst + lasting), 70 * lasting},
	} {
		keys, others := replayKeys(burst, test.proofKeys), replayKeys(burst+lasting, 40)[burst:]
		synctest.Test(t, func(t *testing.T) {
			before := heapInUse()
			m := newReplayMemory(t, 1<<20)
			if empty := heapInUse() - before; empty > 50_000 {
				t.Errorf("an empty memory takes %d bytes", empty)
			}
			for _, key := range others[:test.lasting] {
				remembers(t, m, key, time.Hour, true, nil)
			}
			for _, key := range keys {
				remembers(t, m, key, time.Minute, true, nil)
			}
			if filled := heapInUse() - before; filled < test.least || filled > 120*(burst+test.lasting) {
				t.Errorf("%s: %d and %d keys take %d bytes", test.name, burst, test.lasting, filled)
			}
			time.Sleep(time.Minute)
			for i := range 1000 {
				remembers(t, m, replayKey(0, i), time.Second, true, nil)
				time.Sleep(100 * time.Millisecond)
			}
			if left := heapInUse() - before; left > test.atMost {
				t.Errorf("%s: %d bytes are left", test.name, left)
			}
			remembers(t, m, keys[0], time.Minute, true, nil)
		})
	}
}
