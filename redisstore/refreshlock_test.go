package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// The client sends a command again when the connection breaks: the lock that is there may be our own.
func TestLostAnswerDoesNotLockOutItself(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(once("set"))
	lock := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0).RefreshLock()
	if _, err := lock.Lock(t.Context(), "rid", time.Hour); err != nil {
		t.Fatal(err)
	}
	asked := s.asked()
	if len(asked) != 3 || asked[0][2] != asked[1][2] || asked[2][0] != "get" || asked[2][1] != "a0:lock:rid" {
		t.Errorf("Redis was asked %q, want two equal SET and a GET", asked)
	}
	for _, command := range asked[:2] {
		if life := strings.Join(command[3:], " "); life != "ex 3600 nx" {
			t.Errorf("the lock is set with %q", life)
		}
	}
}

func TestUnlockOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	lock := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0).RefreshLock()
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := lock.Lock(ctx, "rid", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	mine := s.asked()[0][2]
	cancel()
	unlock()
	unlock()
	asked := s.asked()
	if len(asked) != 2 || asked[0][0] != "evalsha" || asked[1][0] != "eval" {
		t.Fatalf("Redis was asked %q, want EVALSHA and, since it does not know the script, EVAL, once", asked)
	}
	for _, command := range asked {
		if got := strings.Join(command[2:], " "); got != "1 a0:lock:rid "+mine {
			t.Errorf("the script is given %q", got)
		}
	}
}

func TestTwoLocksHaveDifferentValues(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	lock := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0).RefreshLock()
	seen := map[string]bool{}
	for range 100 {
		s.mu.Lock()
		clear(s.values)
		s.mu.Unlock()
		if _, err := lock.Lock(t.Context(), "rid", time.Hour); err != nil {
			t.Fatal(err)
		}
		value := s.asked()[0][2]
		if seen[value] || len(value) < 20 {
			t.Fatalf("the value %q", value)
		}
		seen[value] = true
	}
}

// Who waits looks again and again, gets the lock when it is free, and otherwise ends with its context or the ttl.
func TestWaitingForALock(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	lock := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address, ContextTimeoutEnabled: true}), 0).RefreshLock()
	if _, err := lock.Lock(t.Context(), "rid", time.Hour); err != nil {
		t.Fatal(err)
	}

	begin := time.Now()
	if _, err := lock.Lock(t.Context(), "rid", 100*time.Millisecond); err == nil || err.Error() != "redisstore: somebody else holds the lock" {
		t.Errorf("the error is %v", err)
	} else if took := time.Since(begin); took < 100*time.Millisecond {
		t.Errorf("it waited %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var looked atomic.Int32
	s.answers(func(command []string, usual string) string {
		if command[0] == "set" && looked.Add(1) == 3 {
			cancel()
		}
		return usual
	})
	if _, err := lock.Lock(ctx, "rid", time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}

	looked.Store(0)
	s.answers(func(command []string, usual string) string {
		if command[0] == "set" && looked.Add(1) == 3 {
			return "+OK\r\n" // it has just lapsed
		}
		return usual
	})
	if _, err := lock.Lock(t.Context(), "rid", time.Hour); err != nil || looked.Load() != 3 {
		t.Errorf("looked %d times, error %v", looked.Load(), err)
	}
}

// Redis may have set the lock of a call that failed: it is given back, if that is possible.
func TestFailedLockIsGivenBack(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(once("set"))
	lock := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1}), 0).RefreshLock()
	if _, err := lock.Lock(t.Context(), "rid", time.Hour); err == nil || err.Error() != "redisstore: Redis closed the connection" {
		t.Errorf("the error is %v", err)
	}
	asked := s.asked()
	if len(asked) != 3 || asked[2][0] != "eval" || asked[2][4] != asked[0][2] {
		t.Errorf("Redis was asked %q, want SET and the script that gives the lock back", asked)
	}
}
