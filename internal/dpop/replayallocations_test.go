//go:build !race

package dpop_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

func TestAllocationsOfReplayAndNonce(t *testing.T) {
	const held = 1 << 14
	keys := replayKeys(2*held, 100)
	m := newReplayMemory(t, usualCapacity)
	for _, key := range keys[:held] {
		remembers(t, m, key, time.Hour, true, nil)
	}
	step := 0
	passing := func() {
		if _, err := m.Remember(context.Background(), keys[held+step%held], time.Millisecond); err != nil {
			t.Error(err)
		}
		step++
	}
	for range 4 * held {
		passing()
	}
	n := dpop.NewNonces(nonceKeys, lifetime)
	nonce, old := []byte(knownNonce), []byte(dpop.NewNonces(nonceKeys[1:], lifetime).Mint(nonceTime))
	thumbprint, id := proofKeyOf(1), []byte(strings.Repeat("x", 256))
	for _, test := range []struct {
		name string
		run  func()
		want float64
	}{
		{"a key that is fresh", passing, 0},
		{"a key that was seen", func() { remembers(t, m, keys[0], time.Hour, false, nil) }, 0},
		{"the name of a proof", func() { dpop.ReplayKey(thumbprint, id) }, 1},
		{"a new nonce", func() { n.Mint(nonceTime) }, 1},
		{"a nonce", func() { n.Check(nonce, nonceTime) }, 0},
		{"a nonce of an older key", func() { n.Check(old, nonceTime) }, 0},
	} {
		if got := testing.AllocsPerRun(1000, test.run); got != test.want {
			t.Errorf("%s: %v allocations, want %v", test.name, got, test.want)
		}
	}
}
