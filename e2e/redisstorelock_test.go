package e2e_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func lockOf(t *testing.T, lock ginauth0.RefreshLock, ttl time.Duration) (unlock func()) {
	t.Helper()
	unlock, err := lock.Lock(t.Context(), "session", ttl)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

func TestRedisLockIsHeldByOneAtATime(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		one, two := redisStore(t, client).RefreshLock(), redisStore(t, client).RefreshLock()
		var holders, turns atomic.Int32
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				unlock, err := []ginauth0.RefreshLock{one, two}[i%2].Lock(t.Context(), "session", patience)
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				turns.Add(1)
				time.Sleep(time.Millisecond)
				holders.Add(-1)
				unlock()
				unlock()
			})
		}
		wait.Wait()
		if turns.Load() != 20 {
			t.Errorf("%d of 20 got the lock", turns.Load())
		}
		if count := client.Exists(t.Context(), "a0:lock:session").Val(); count != 0 {
			t.Error("the lock is still there")
		}
	})
}

func TestRedisLockLapses(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	lock := redisStore(t, client).RefreshLock()
	late := lockOf(t, lock, 100*time.Millisecond)
	second := lockOf(t, lock, time.Minute) // waits until the first has lapsed
	late()                                 // the lock of the second is not the first one's to give back
	if count := client.Exists(t.Context(), "a0:lock:session").Val(); count != 1 {
		t.Fatal("a lock was given back by somebody else")
	}
	if life := client.PTTL(t.Context(), "a0:lock:session").Val(); life > time.Minute || life < time.Minute-patience {
		t.Errorf("the lock lives %v", life)
	}
	// Who wants it for a moment waits for a moment.
	begin := time.Now()
	if _, err := lock.Lock(t.Context(), "session", 100*time.Millisecond); err == nil || time.Since(begin) < 100*time.Millisecond {
		t.Errorf("after %v the error is %v", time.Since(begin), err)
	}
	second()
	lockOf(t, lock, time.Minute)()
}

func TestRedisLockWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	lock := redisStore(t, client).RefreshLock()
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := lock.Lock(ctx, "session", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	waiting, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := lock.Lock(waiting, "session", time.Minute); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "session") {
		t.Errorf("the error is %v", err)
	}
	cancel() // the holder's own context does not keep it from giving the lock back
	unlock()
	if count := client.Exists(t.Context(), "a0:lock:session").Val(); count != 0 {
		t.Error("the lock is still there")
	}
	if _, err := lock.Lock(ctx, "session", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if count := client.Exists(t.Context(), "a0:lock:session").Val(); count != 0 {
		t.Error("who has gone away holds the lock")
	}
}
