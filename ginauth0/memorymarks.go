package ginauth0

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// memoryMarks is the LogoutStore of one process: other instances of the
// application do not know of its marks, and after a restart nobody does. It has
// no bound of its own, since no stranger can add to it: what it keeps comes from
// verified logout tokens and from people who end a session that they have.
type memoryMarks struct {
	now func() time.Time

	mu      sync.RWMutex // of what follows
	entries map[memoryKey]*memoryEntry
	lapsing lapsing
}

// memoryKey tells marks from remembered keys, which know nothing of each other.
type memoryKey struct {
	mark bool
	text string
}

// memoryEntry is a mark or a remembered key.
type memoryEntry struct {
	key    memoryKey
	before time.Time // of a mark
	ends   time.Time // from here on it is not there
	place  int       // in lapsing
}

// purgedAtATime is how much of what has lapsed one call clears away. It is more
// than one call can add.
const purgedAtATime = 4

func newMemoryMarks(now func() time.Time) *memoryMarks {
	return &memoryMarks{now: now, entries: map[memoryKey]*memoryEntry{}}
}

// Mark implements LogoutStore.
func (m *memoryMarks) Mark(_ context.Context, key string, before time.Time, ttl time.Duration) error {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purge(now)
	e := m.live(memoryKey{mark: true, text: key}, now)
	if e == nil {
		m.add(memoryKey{mark: true, text: key}, before, now, ttl)
		return nil
	}
	if before.After(e.before) {
		e.before = before
	}
	if ends := now.Add(ttl); ends.After(e.ends) {
		e.ends = ends
		heap.Fix(&m.lapsing, e.place)
	}
	return nil
}

// Marked implements LogoutStore.
func (m *memoryMarks) Marked(_ context.Context, keys ...string) ([]time.Time, error) {
	now := m.now()
	marks := make([]time.Time, len(keys))
	m.mu.RLock()
	defer m.mu.RUnlock()
	for i, key := range keys {
		if e := m.live(memoryKey{mark: true, text: key}, now); e != nil {
			marks[i] = e.before
		}
	}
	return marks, nil
}

// Remember implements LogoutStore.
func (m *memoryMarks) Remember(_ context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purge(now)
	if m.live(memoryKey{text: key}, now) != nil {
		return false, nil
	}
	m.add(memoryKey{text: key}, time.Time{}, now, ttl)
	return true, nil
}

// live returns an entry that has not lapsed, or nil. A lock is held.
func (m *memoryMarks) live(key memoryKey, now time.Time) *memoryEntry {
	if e := m.entries[key]; e != nil && now.Before(e.ends) {
		return e
	}
	return nil
}

// add puts an entry in the place of one that has lapsed, or in a new one. The
// lock is held.
func (m *memoryMarks) add(key memoryKey, before, now time.Time, ttl time.Duration) {
	if e := m.entries[key]; e != nil {
		e.before, e.ends = before, now.Add(ttl)
		heap.Fix(&m.lapsing, e.place)
		return
	}
	e := &memoryEntry{key: key, before: before, ends: now.Add(ttl)}
	m.entries[key] = e
	heap.Push(&m.lapsing, e)
}

// purge clears away some of what has lapsed. The lock is held.
func (m *memoryMarks) purge(now time.Time) {
	for range purgedAtATime {
		if len(m.lapsing) == 0 || now.Before(m.lapsing[0].ends) {
			return
		}
		e, _ := heap.Pop(&m.lapsing).(*memoryEntry)
		delete(m.entries, e.key)
	}
}

// lapsing is a heap, what lapses first on top.
type lapsing []*memoryEntry

func (l lapsing) Len() int           { return len(l) }
func (l lapsing) Less(i, j int) bool { return l[i].ends.Before(l[j].ends) }

func (l lapsing) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].place, l[j].place = i, j
}

// Push implements heap.Interface.
func (l *lapsing) Push(x any) {
	e, _ := x.(*memoryEntry)
	e.place = len(*l)
	*l = append(*l, e)
}

// Pop implements heap.Interface.
func (l *lapsing) Pop() any {
	last := len(*l) - 1
	e := (*l)[last]
	(*l)[last] = nil
	*l = (*l)[:last]
	return e
}
