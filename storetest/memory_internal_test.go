package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// clock is a time that tests move.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	moved chan struct{} // closed when the time moves
}

func newClock() *clock { return &clock{now: time.Now(), moved: make(chan struct{})} }

func (c *clock) read() (time.Time, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now, c.moved
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	close(c.moved)
	c.moved = make(chan struct{})
}

// What the tests find right.
func TestSessionsOfMemory(t *testing.T) {
	t.Parallel()
	Sessions(t, func(testing.TB) sessions.Store { return &rows{} })
}

func TestLogoutStoreOfMemory(t *testing.T) {
	t.Parallel()
	c := newClock()
	LogoutStore(t, func(testing.TB) ginauth0.LogoutStore { return newMemory(c) }, c.advance)
}

func TestRefreshLockOfMemory(t *testing.T) {
	t.Parallel()
	c := newClock()
	RefreshLock(t, func(testing.TB) ginauth0.RefreshLock { return newMemory(c) }, c.advance)
}

// memory is the simplest store that does what both interfaces say.
type memory struct {
	clock *clock

	mu    sync.Mutex
	held  map[string]*entry
	freed chan struct{} // closed when a lock is given back
}

type entry struct {
	before time.Time // of a mark
	result []byte
	ends   time.Time
}

func newMemory(c *clock) *memory {
	return &memory{clock: c, held: map[string]*entry{}, freed: make(chan struct{})}
}

// live returns what is there under a key, nil if nothing is. The lock is held.
func (m *memory) live(key string) *entry {
	now, _ := m.clock.read()
	if e := m.held[key]; e != nil && now.Before(e.ends) {
		return e
	}
	return nil
}

func (m *memory) ends(ttl time.Duration) time.Time {
	now, _ := m.clock.read()
	return now.Add(ttl)
}

func (m *memory) Mark(_ context.Context, key string, before time.Time, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.live("mark " + key)
	if e == nil {
		e = &entry{}
		m.held["mark "+key] = e
	}
	if before.After(e.before) {
		e.before = before
	}
	if ends := m.ends(ttl); ends.After(e.ends) {
		e.ends = ends
	}
	return nil
}

func (m *memory) Marked(_ context.Context, keys ...string) ([]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	marks := make([]time.Time, len(keys))
	for i, key := range keys {
		if e := m.live("mark " + key); e != nil {
			marks[i] = e.before
		}
	}
	return marks, nil
}

func (m *memory) Remember(_ context.Context, key string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live("seen "+key) != nil {
		return false, nil
	}
	m.held["seen "+key] = &entry{ends: m.ends(ttl)}
	return true, nil
}

func (m *memory) Keep(_ context.Context, key string, sealed []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held["kept "+key] = &entry{result: append([]byte(nil), sealed...), ends: m.ends(ttl)}
	return nil
}

func (m *memory) Kept(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.live("kept " + key); e != nil {
		return append([]byte(nil), e.result...), true, nil
	}
	return nil, false, nil
}

func (m *memory) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	for {
		_, moved := m.clock.read()
		m.mu.Lock()
		freed := m.freed
		if m.live("lock "+key) == nil {
			mine := &entry{ends: m.ends(ttl)}
			m.held["lock "+key] = mine
			m.mu.Unlock()
			return func() { m.unlock("lock "+key, mine) }, nil
		}
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-freed:
		case <-moved:
		}
	}
}

func (m *memory) unlock(key string, mine *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held[key] == mine {
		delete(m.held, key)
		close(m.freed)
		m.freed = make(chan struct{})
	}
}
