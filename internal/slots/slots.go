// Package slots is a bounded cache that nobody waits for: reading takes no lock,
// writing none either, and its size is fixed when it is made. It forgets when
// it must, so it may only hold what can be made again.
package slots

import (
	"hash/maphash"
	"sync/atomic"
)

// maxWays is how many places one key may be in.
const maxWays = 4

// Cache maps texts to values. Values are shared by all who read them, so they
// must not be changed.
type Cache[V any] struct {
	seed  maphash.Seed
	ways  int
	sets  uint64
	slots []atomic.Pointer[Entry[V]]
	turn  atomic.Uint32
}

// Entry is one value with its key. It never changes.
type Entry[V any] struct {
	hash  uint64
	Key   string
	Value V
}

// New returns a Cache with room for at most n entries, at least one.
func New[V any](n int) *Cache[V] {
	n = max(n, 1)
	ways := min(n, maxWays)
	sets := n / ways
	return &Cache[V]{
		seed:  maphash.MakeSeed(),
		ways:  ways,
		sets:  uint64(sets),
		slots: make([]atomic.Pointer[Entry[V]], sets*ways),
	}
}

// set returns the places of a key. The seed keeps clients from choosing keys
// that share them.
func (c *Cache[V]) set(hash uint64) []atomic.Pointer[Entry[V]] {
	first := int(hash%c.sets) * c.ways //nolint:gosec // below len(slots)
	return c.slots[first : first+c.ways]
}

// Get returns the entry of a key, nil if there is none.
func (c *Cache[V]) Get(key string) *Entry[V] {
	hash := maphash.String(c.seed, key)
	set := c.set(hash)
	for i := range set {
		if e := set[i].Load(); e != nil && e.hash == hash && e.Key == key {
			return e
		}
	}
	return nil
}

// GetBytes is [Cache.Get] for a key that is not a string yet.
func (c *Cache[V]) GetBytes(key []byte) *Entry[V] {
	hash := maphash.Bytes(c.seed, key)
	set := c.set(hash)
	for i := range set {
		if e := set[i].Load(); e != nil && e.hash == hash && e.Key == string(key) {
			return e
		}
	}
	return nil
}

// Put keeps a value. It returns the entry that had to go for it: an older one
// of the same key, or another where there was no room, otherwise nil. Of two
// that put one key at once both may stay for a while.
func (c *Cache[V]) Put(key string, value V) (displaced *Entry[V]) {
	e := &Entry[V]{maphash.String(c.seed, key), key, value}
	set := c.set(e.hash)
	for i := range set {
		if old := set[i].Load(); old != nil && old.hash == e.hash && old.Key == key && set[i].CompareAndSwap(old, e) {
			return old
		}
	}
	for i := range set {
		if set[i].Load() == nil && set[i].CompareAndSwap(nil, e) {
			return nil
		}
	}
	return set[int(c.turn.Add(1))%c.ways].Swap(e)
}

// Remove takes out this very entry and reports whether it was still there.
func (c *Cache[V]) Remove(e *Entry[V]) bool {
	set := c.set(e.hash)
	for i := range set {
		if set[i].CompareAndSwap(e, nil) {
			return true
		}
	}
	return false
}

// Entries yields what is in the cache, in no order that means anything.
func (c *Cache[V]) Entries(yield func(*Entry[V]) bool) {
	for i := range c.slots {
		if e := c.slots[i].Load(); e != nil && !yield(e) {
			return
		}
	}
}
