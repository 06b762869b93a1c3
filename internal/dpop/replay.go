package dpop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// The two parts of a replay key, in bytes and in characters. Both fill their
// characters to the last bit, so that a key can be cut between them.
const (
	replayGroupBytes = 9
	replayTailBytes  = 15
	replayKeyBytes   = replayGroupBytes + replayTailBytes
	replayKeyLength  = replayKeyBytes / 3 * 4
	replayGroupChars = replayGroupBytes / 3 * 4
)

// The errors of [ReplayMemory.Remember].
var (
	// ErrReplayFull says that as many keys are held as the memory is meant for.
	ErrReplayFull = errors.New("dpop: replay memory is full")
	// ErrReplayShare says that one proof key holds a quarter of the memory; keys
	// of others are still remembered.
	ErrReplayShare = errors.New("dpop: one proof key has used up its share of the replay memory")

	errReplayCapacity = errors.New("dpop: replay capacity must be at least 1")
)

// ReplayKey names a proof in a replay store: the base64url text of
//
//	SHA-256(thumbprint)[:9] | SHA-256(thumbprint | 0x00 | jti)[:15]
//
// of which the first 12 characters name the proof key. The thumbprint is hashed as
// the 32 bytes that it is, not as the text of them. Nothing that the client wrote
// can be read from it, and 120 bits tell its proofs apart.
func ReplayKey(thumbprint [sha256.Size]byte, jti []byte) string {
	var buffer [sha256.Size + 1 + 256]byte // 256: the longest jti that is accepted
	group := sha256.Sum256(thumbprint[:])
	input := append(buffer[:0], thumbprint[:]...)
	input = append(input, 0)
	input = append(input, jti...)
	tail := sha256.Sum256(input)
	var text [replayKeyLength]byte
	base64.RawURLEncoding.Encode(text[:], group[:replayGroupBytes])
	base64.RawURLEncoding.Encode(text[replayGroupChars:], tail[:replayTailBytes])
	return string(text[:])
}

// ReplayMemory remembers keys for as long as it is told to.
type ReplayMemory struct {
	mu       sync.Mutex
	capacity int
	live     map[string]time.Time
}

// NewReplayMemory returns a memory for at most capacity keys at a time. A capacity
// below 1 is an error.
func NewReplayMemory(capacity int) (*ReplayMemory, error) {
	if capacity < 1 {
		return nil, errReplayCapacity
	}
	return &ReplayMemory{capacity: capacity, live: make(map[string]time.Time)}, nil
}

// Remember stores key for ttl and reports whether it was not there before.
func (m *ReplayMemory) Remember(_ context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for known, end := range m.live {
		if !now.Before(end) {
			delete(m.live, known)
		}
	}
	if _, seen := m.live[key]; seen {
		return false, nil
	}
	if len(m.live) >= m.capacity {
		return false, ErrReplayFull
	}
	m.live[key] = now.Add(ttl)
	return true, nil
}
