package dpop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"time"
)

// The two parts of a replay key, in bytes and in characters. Both fill their
// characters to the last bit, so that a key can be cut between them.
const (
	replayGroupBytes = 9
	replayTailBytes  = 15
	replayGroupChars = replayGroupBytes / 3 * 4
	replayKeyLength  = (replayGroupBytes + replayTailBytes) / 3 * 4
)

const (
	maxReplayShards = 64
	// keysPerShard is how large a memory must be to be worth another shard.
	keysPerShard = 256
	// maxReplayTTL keeps the arithmetic of times away from its ends.
	maxReplayTTL = 10 * 365 * 24 * time.Hour
	// tendEvery is how often, in milliseconds, a call also clears a shard that
	// need not be its own, so that those that nobody calls for shrink too.
	tendEvery = 100
	tendSteps = 4096
)

// The errors of [ReplayMemory.Remember].
var (
	// ErrReplayFull says that as many keys are held as the memory is meant for.
	ErrReplayFull = errors.New("dpop: replay memory is full")
	// ErrReplayShare says that one proof key holds a quarter of the memory. Those
	// of other proof keys are still remembered.
	ErrReplayShare = errors.New("dpop: one proof key has used up its share of the replay memory")

	errReplayCapacity = errors.New("dpop: replay capacity must be at least 1")
)

// ReplayKey names a proof in a replay store: the base64url text of
//
//	SHA-256(thumbprint)[:9] | SHA-256(thumbprint | 0x00 | jti)[:15]
//
// of which the first 12 characters name the proof key. The thumbprint is hashed
// as its 32 bytes, not as their text. Nothing that the client wrote can be read
// from the key.
func ReplayKey(thumbprint [sha256.Size]byte, jti []byte) string {
	var buffer [sha256.Size + 1 + maxIDBytes]byte
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

// ReplayMemory remembers keys in this process: at most a given number at a time,
// and none longer than it must. It starts no goroutine and is safe for concurrent
// use.
//
// Keys whose first 12 characters are alike belong to one proof key. They share a
// shard, so that their number is known there; the number of all keys is known to
// the whole. A call takes the lock of one shard.
type ReplayMemory struct {
	start    time.Time
	seed     maphash.Seed
	capacity int64
	share    int64 // how many keys one proof key may hold
	held     atomic.Int64
	shards   []replayShard
	shift    int // of a hash, to the number of its shard
	tended   atomic.Int64
	turn     atomic.Uint32
}

// NewReplayMemory returns a memory for at most capacity keys. A capacity below 1
// is an error. Room is taken as it is needed, and given back.
func NewReplayMemory(capacity int) (*ReplayMemory, error) {
	if capacity < 1 {
		return nil, errReplayCapacity
	}
	power := bits.Len(uint(min(max(capacity/keysPerShard, 1), maxReplayShards))) - 1
	m := &ReplayMemory{
		start:    time.Now(),
		seed:     maphash.MakeSeed(),
		capacity: int64(capacity),
		share:    int64(capacity/4 + min(capacity%4, 1)),
		shards:   make([]replayShard, 1<<power),
		shift:    64 - power,
	}
	for i := range m.shards {
		m.shards[i].init(m.seed)
	}
	return m, nil
}

// Remember stores key for ttl and reports whether it was not there before. A key
// that is there stays as long as it was meant to, whatever the ttl now. ttl is
// rounded up to milliseconds, 1 at least, and counted on the monotonic clock. A
// key is never given up for another: the errors are ErrReplayFull and
// ErrReplayShare. Any text may be a key; those of [ReplayKey] cost least.
func (m *ReplayMemory) Remember(_ context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	group, tail := splitReplayKey(key)
	elapsed := time.Since(m.start)
	ttl = min(max(ttl, time.Millisecond), maxReplayTTL)
	now := elapsed.Milliseconds()
	end := (elapsed + ttl + time.Millisecond - 1).Milliseconds()

	// The seed keeps clients from choosing with whom they share a shard.
	shard := &m.shards[maphash.Comparable(m.seed, group)>>m.shift]
	fresh, err = shard.remember(m, group, tail, now, end)
	if errors.Is(err, ErrReplayFull) && m.sweep(now) {
		fresh, err = shard.remember(m, group, tail, now, end)
	}
	m.tend(now)
	return fresh, err
}

// sweep makes room in every shard, one after the other, and reports whether there
// was any to make. It is for a memory that is full.
func (m *ReplayMemory) sweep(now int64) bool {
	before := m.held.Load()
	for i := range m.shards {
		m.shards[i].tend(m, now, everyStep)
	}
	return m.held.Load() < before
}

// tend clears one shard after the other, as time goes by.
func (m *ReplayMemory) tend(now int64) {
	last := m.tended.Load()
	if now-last < tendEvery || !m.tended.CompareAndSwap(last, now) {
		return
	}
	m.shards[int(m.turn.Add(1))%len(m.shards)].tend(m, now, tendSteps)
}

// reserve counts one more key, if there is room for it.
func (m *ReplayMemory) reserve() bool {
	for {
		held := m.held.Load()
		if held >= m.capacity {
			return false
		}
		if m.held.CompareAndSwap(held, held+1) {
			return true
		}
	}
}

// splitReplayKey returns the compact forms of the part that names the proof key,
// the first 12 characters, and of the rest. What is not base64url is hashed.
func splitReplayKey(key string) (group replayGroup, tail replayTail) {
	if len(key) == replayKeyLength {
		var text [replayKeyLength]byte
		copy(text[:], key)
		if decodeReplayPart(group[:], text[:replayGroupChars]) && decodeReplayPart(tail[:replayTailBytes], text[replayGroupChars:]) {
			return group, tail
		}
	}
	hash := sha256.Sum256([]byte(key))
	copy(tail[:], hash[:])
	name := []byte(key[:min(len(key), replayGroupChars)])
	if len(name) != replayGroupChars || !decodeReplayPart(group[:], name) {
		hash = sha256.Sum256(name)
		copy(group[:], hash[:])
	}
	return group, tail
}

// decodeReplayPart: the decoder skips line breaks, so the number of bytes counts.
func decodeReplayPart(to, text []byte) bool {
	n, err := base64.RawURLEncoding.Decode(to, text)
	return err == nil && n == len(to)
}
