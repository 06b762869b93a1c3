package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// brokenLock is memory with a fault.
type brokenLock struct {
	*memory
	lock func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error)
	keep func(m *memory, key string, sealed []byte, ttl time.Duration)
	kept func(sealed []byte) []byte
}

func (b *brokenLock) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	if b.lock != nil {
		return b.lock(ctx, b.memory, key, ttl)
	}
	return b.memory.Lock(ctx, key, ttl)
}

func (b *brokenLock) Keep(ctx context.Context, key string, sealed []byte, ttl time.Duration) error {
	if b.keep != nil {
		b.memory.mu.Lock()
		defer b.memory.mu.Unlock()
		b.keep(b.memory, "kept "+key, sealed, ttl)
		return nil
	}
	return b.memory.Keep(ctx, key, sealed, ttl)
}

func (b *brokenLock) Kept(ctx context.Context, key string) ([]byte, bool, error) {
	sealed, found, err := b.memory.Kept(ctx, key)
	if b.kept != nil {
		sealed = b.kept(sealed)
	}
	return sealed, found, err
}

func TestBrokenRefreshLocksAreFound(t *testing.T) {
	t.Parallel()
	unlockAny := func(m *memory, key string) {
		m.mu.Lock()
		e := m.held["lock "+key]
		m.mu.Unlock()
		m.unlock("lock "+key, e)
	}
	for name, broken := range map[string]struct {
		store brokenLock
		want  string
	}{
		"no lock": {brokenLock{lock: func(context.Context, *memory, string, time.Duration) (func(), error) {
			return func() {}, nil
		}}, "one at a time has the lock"},
		"an error instead of waiting": {brokenLock{lock: func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error) {
			ctx, cancel := context.WithCancel(ctx)
			m.mu.Lock()
			if m.live("lock "+key) != nil {
				cancel()
			}
			m.mu.Unlock()
			defer cancel()
			return m.Lock(ctx, key, ttl)
		}}, "a lock that somebody has is waited for"},
		"one lock for all": {brokenLock{lock: func(ctx context.Context, m *memory, _ string, ttl time.Duration) (func(), error) {
			ctx, cancel := context.WithTimeout(ctx, 3*glimpse)
			defer cancel()
			return m.Lock(ctx, "", ttl)
		}}, "locks of other keys are not waited for"},
		"unlock frees anybody's lock": {brokenLock{lock: func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error) {
			unlock, err := m.Lock(ctx, key, ttl)
			if err != nil {
				return unlock, err
			}
			return func() { unlockAny(m, key) }, nil
		}}, "unlocking twice frees nobody else's lock"},
		"unlock frees anybody's lock after lapsing": {brokenLock{lock: func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error) {
			unlock, err := m.Lock(ctx, key, ttl)
			if err != nil {
				return unlock, err
			}
			return func() { unlockAny(m, key) }, nil
		}}, "a lock lapses, and is not given back after that"},
		"no lapsing": {brokenLock{lock: func(ctx context.Context, m *memory, key string, _ time.Duration) (func(), error) {
			ctx, cancel := context.WithTimeout(ctx, 3*glimpse)
			defer cancel()
			return m.Lock(ctx, key, 1000*time.Hour)
		}}, "a lock lapses, and is not given back after that"},
		"the lock ends with the context": {brokenLock{lock: func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error) {
			unlock, err := m.Lock(ctx, key, ttl)
			if err == nil && ctx.Done() != nil {
				context.AfterFunc(ctx, unlock)
			}
			return unlock, err
		}}, "unlocking works after the context is done"},
		"unlocking needs the context": {brokenLock{lock: func(ctx context.Context, m *memory, key string, ttl time.Duration) (func(), error) {
			waiting, cancel := context.WithTimeout(ctx, 3*glimpse)
			defer cancel()
			unlock, err := m.Lock(waiting, key, ttl)
			return func() {
				if ctx.Err() == nil {
					unlock()
				}
			}, err
		}}, "unlocking works after the context is done"},
		"text": {brokenLock{kept: func(sealed []byte) []byte { return []byte(string([]rune(string(sealed)))) }}, "a result is kept byte by byte"},
		"one slice for all": {brokenLock{keep: func(m *memory, key string, sealed []byte, ttl time.Duration) {
			m.held[key] = &entry{result: sealed, ends: m.ends(ttl)}
		}}, "a result is kept byte by byte"},
		"the first result stays": {brokenLock{keep: func(m *memory, key string, sealed []byte, ttl time.Duration) {
			if m.live(key) == nil {
				m.held[key] = &entry{result: slices.Clone(sealed), ends: m.ends(ttl)}
			}
		}}, "a result takes the place of an earlier one"},
		"results for ever": {brokenLock{keep: func(m *memory, key string, sealed []byte, _ time.Duration) {
			m.held[key] = &entry{result: slices.Clone(sealed), ends: m.ends(1000 * time.Hour)}
		}}, "a result lapses"},
		"the first life stays": {brokenLock{keep: func(m *memory, key string, sealed []byte, ttl time.Duration) {
			ends := m.ends(ttl)
			if e := m.live(key); e != nil {
				ends = e.ends
			}
			m.held[key] = &entry{result: slices.Clone(sealed), ends: ends}
		}}, "a result lapses"},
		"a lock under the key of a result": {brokenLock{keep: func(m *memory, key string, sealed []byte, ttl time.Duration) {
			m.held[key] = &entry{result: slices.Clone(sealed), ends: m.ends(ttl)}
			delete(m.held, "lock "+key[len("kept "):])
		}}, "lock and result of one key know nothing of each other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			broken.store.memory = newMemory(c)
			wantRefusal[ginauth0.RefreshLock](t, lockChecks, broken.want, &broken.store, c.advance)
		})
	}
}
