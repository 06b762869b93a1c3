package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// How often a lock that somebody else has is looked at again.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// refreshLock are the locks and kept results of a Store.
type refreshLock struct{ store *Store }

func (s *Store) keptKey(key string) string { return s.prefix + "kept:" + key }

// unlockScript deletes KEYS[1] if it holds ARGV[1]: one's own lock, not one that
// somebody else has got since.
var unlockScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

// errHeld ends a wait for a lock.
var errHeld = errors.New("redisstore: somebody else holds the lock")

// Lock waits until nobody else has the lock, ctx is done or ttl has gone by.
func (l refreshLock) Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), err error) {
	c := &l.store.connection
	key = l.store.prefix + "lock:" + key
	mine := strconv.FormatUint(randomNumber(), 36) + strconv.FormatUint(randomNumber(), 36)
	unlock = sync.OnceFunc(func() {
		// ctx may have ended. What fails here ends with the ttl.
		_ = run(context.WithoutCancel(ctx), c, func(ctx context.Context) error {
			return unlockScript.Run(ctx, c.client, []string{key}, mine).Err()
		})
	})
	end := time.NewTimer(ttl)
	defer end.Stop()
	for pause := firstPause; ; pause = min(pause*3/2, lastPause) {
		ours, err := within(ctx, c, func(ctx context.Context) (bool, error) { return c.claim(ctx, key, mine, ttl) })
		if err != nil {
			unlock() // Redis may have got that far
			return nil, err
		}
		if ours {
			return unlock, nil
		}
		select {
		case <-time.After(jitter(pause)):
		case <-end.C:
			return nil, errHeld
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errHeld, ctx.Err())
		}
	}
}

// jitter returns something between half of a pause and all of it, so that those
// who wait do not all come at once.
func jitter(pause time.Duration) time.Duration {
	return pause/2 + rand.N(pause/2) //nolint:gosec // nothing secret
}

// Keep keeps a result for ttl.
func (l refreshLock) Keep(ctx context.Context, key string, sealed []byte, ttl time.Duration) error {
	return run(ctx, &l.store.connection, func(ctx context.Context) error {
		return l.store.connection.client.Set(ctx, l.store.keptKey(key), sealed, wholeMilliseconds(ttl)).Err()
	})
}

// Kept returns the result of a key.
func (l refreshLock) Kept(ctx context.Context, key string) (sealed []byte, found bool, err error) {
	text, found, err := l.store.get(ctx, l.store.keptKey(key))
	if !found || err != nil {
		return nil, false, err
	}
	return []byte(text), true, nil
}
