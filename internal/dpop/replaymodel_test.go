package dpop_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// naiveMemory is what ReplayMemory must be like, written in the plainest way.
type naiveMemory struct {
	capacity int
	ends     map[string]time.Time
}

func (m *naiveMemory) remember(key string, ttl time.Duration) (bool, error) {
	siblings := 0
	for known, end := range m.ends {
		if !time.Now().Before(end) {
			delete(m.ends, known)
		} else if known[:12] == key[:12] {
			siblings++
		}
	}
	if _, seen := m.ends[key]; seen {
		return false, nil
	}
	if siblings >= (m.capacity+3)/4 {
		return false, dpop.ErrReplayShare
	}
	if len(m.ends) >= m.capacity {
		return false, dpop.ErrReplayFull
	}
	m.ends[key] = time.Now().Add(max(ttl, time.Millisecond))
	return true, nil
}

// compare calls both memories as the program says: four bytes for a call.
func compare(t *testing.T, capacity int, program []byte) {
	synctest.Test(t, func(t *testing.T) {
		m := newReplayMemory(t, capacity)
		naive := &naiveMemory{capacity, make(map[string]time.Time)}
		for step := 0; step+4 <= len(program); step += 4 {
			a, b, c, d := int(program[step]), int(program[step+1]), int(program[step+2]), int(program[step+3])
			key := replayKey(a%32, b+a/32*256)
			ttl := time.Duration(c*c) * time.Millisecond // up to 65 s
			wantFresh, wantErr := naive.remember(key, ttl)
			fresh, err := m.Remember(context.Background(), key, ttl)
			if fresh != wantFresh || !errors.Is(err, wantErr) {
				t.Fatalf("capacity %d, call %d: got %v and the error %v, want %v and %v", capacity, step/4, fresh, err, wantFresh, wantErr)
			}
			if d > 200 {
				time.Sleep(time.Millisecond << ((d - 200) / 3)) // up to 262 s
			} else if d > 100 {
				time.Sleep(time.Duration(d) * time.Millisecond)
			}
		}
	})
}

func TestReplayMemoryIsLikeItsModel(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	for _, capacity := range []int{1, 5, 64, 100, 700, 1024, 2048} {
		program := make([]byte, 4*8000)
		if _, err := random.Read(program); err != nil {
			t.Fatal(err)
		}
		// Time passes in some of the programs only at times, so that they fill up.
		for i := 3; i < len(program); i += 4 {
			if i/4%1000 > 10 {
				program[i] %= byte(1 + capacity%120)
			}
		}
		compare(t, capacity, program)
	}
}

func FuzzReplayMemory(f *testing.F) {
	f.Add(uint16(4), []byte("\x00\x00\x20\xff\x00\x00\x20\xff\x01\x00\x20\x00"))
	f.Add(uint16(4), []byte("\x00\x00\xff\x00\x01\x00\xff\x00\x02\x00\xff\x00\x03\x00\x01\x00\x04\x00\xff\x80\x04\x00\xff\x00"))
	f.Add(uint16(40), []byte("\x00\x00\xff\x00\x00\x01\xff\x00\x00\x02\xff\x00\x00\x03\x01\x6a\x00\x04\xff\x00"))
	f.Add(uint16(2048), []byte("\x00\x00\xff\xff\x00\x00\x00\xff\x05\x00\xff\x00\x05\x00\xff\x00"))
	f.Fuzz(func(t *testing.T, capacity uint16, program []byte) {
		compare(t, int(capacity%4096)+1, program)
	})
}
