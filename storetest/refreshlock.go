package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// RefreshLock tests a [ginauth0.RefreshLock]. open and wait are as for
// [LogoutStore].
func RefreshLock(t *testing.T, open func(t testing.TB) ginauth0.RefreshLock, wait func(time.Duration)) {
	t.Helper()
	runAll(t, lockChecks, open, wait)
}

type lockTrial = trial[ginauth0.RefreshLock]

var lockChecks = []check[ginauth0.RefreshLock]{
	{"one at a time has the lock", checkExclusion},
	{"a lock that somebody has is waited for", checkWaiting},
	{"waiting ends with the context", checkWaitingEnds},
	{"locks of other keys are not waited for", checkOtherLocks},
	{"unlocking twice frees nobody else's lock", checkUnlockTwice},
	{"unlocking works after the context is done", checkUnlockLate},
	{"a lock lapses, and is not given back after that", checkLapse},
	{"a result is kept byte by byte", checkKept},
	{"a result takes the place of an earlier one", checkReplaced},
	{"a result lapses", checkKeptLapses},
	{"keys of 64 bytes are told apart byte by byte", checkLockKeys},
	{"lock and result of one key know nothing of each other", checkLockBesideResult},
	{"a context that is done does not hang", checkLockContext},
}

// glimpse is how long a lock is waited for that must not be had.
const glimpse = 100 * time.Millisecond

// lock gets a lock that must be free.
func lock(t *lockTrial, key string, ttl time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if unlock, err = t.store.Lock(ctx, key, ttl); err != nil {
		return nil, fmt.Errorf("Lock: %w", err)
	}
	if unlock == nil {
		return nil, errors.New("Lock returns neither unlock nor an error")
	}
	return unlock, nil
}

// wantHeld checks that somebody has the lock.
func wantHeld(t *lockTrial, key string) error {
	return within(func() error {
		ctx, cancel := context.WithTimeout(t.ctx, glimpse)
		defer cancel()
		if unlock, err := t.store.Lock(ctx, key, long); err == nil {
			unlock()
			return errors.New("the lock can be had although somebody has it")
		}
		return nil
	})
}

func checkExclusion(t *lockTrial) error {
	key := newKey()
	var holders atomic.Int32
	return allOf(8, func(int) error {
		for range 5 {
			unlock, err := lock(t, key, long)
			if err != nil {
				return err
			}
			n := holders.Add(1)
			time.Sleep(time.Millisecond) // gives others a chance to break in
			holders.Add(-1)
			unlock()
			if n != 1 {
				return fmt.Errorf("%d have the lock at once", n)
			}
		}
		return nil
	})
}

func checkWaiting(t *lockTrial) error {
	key := newKey()
	unlock, err := lock(t, key, long)
	if err != nil {
		return err
	}
	if err := wantHeld(t, key); err != nil {
		return err
	}
	var given atomic.Bool
	waiting := make(chan error, 1)
	go func() {
		again, err := lock(t, key, long)
		if err == nil {
			again()
			if !given.Load() {
				err = errors.New("the lock was had before it was given back")
			}
		}
		waiting <- err
	}()
	time.Sleep(glimpse) // most probably it waits by now
	given.Store(true)
	unlock()
	return <-waiting
}

func checkWaitingEnds(t *lockTrial) error {
	key := newKey()
	unlock, err := lock(t, key, long)
	if err != nil {
		return err
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.ctx)
	time.AfterFunc(glimpse, cancel)
	return within(func() error {
		if _, err := t.store.Lock(ctx, key, long); err == nil {
			return errors.New("the lock can be had although somebody has it")
		}
		return nil
	})
}

func checkOtherLocks(t *lockTrial) error {
	first, err := lock(t, newKey(), long)
	if err != nil {
		return err
	}
	defer first()
	second, err := lock(t, newKey(), long)
	if err != nil {
		return err
	}
	second()
	return nil
}

func checkUnlockTwice(t *lockTrial) error {
	key := newKey()
	first, err := lock(t, key, long)
	if err != nil {
		return err
	}
	first()
	first()
	second, err := lock(t, key, long)
	if err != nil {
		return err
	}
	defer second()
	first()
	return wantHeld(t, key)
}

// The context of a refresh may be done when it ends, and others wait.
func checkUnlockLate(t *lockTrial) error {
	key := newKey()
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	unlock, err := t.store.Lock(ctx, key, long)
	if err != nil {
		return fmt.Errorf("Lock: %w", err)
	}
	cancel()
	if err := wantHeld(t, key); err != nil {
		return fmt.Errorf("after the end of the context: %w", err)
	}
	unlock()
	again, err := lock(t, key, long)
	if err != nil {
		return fmt.Errorf("after unlocking: %w", err)
	}
	again()
	return nil
}

func checkLapse(t *lockTrial) error {
	key, awaited, lasting := newKey(), newKey(), newKey()
	first, err := lock(t, key, short)
	if err != nil {
		return err
	}
	unlock, err := lock(t, lasting, long)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := lock(t, awaited, short); err != nil {
		return err
	}
	waiting := make(chan error, 1)
	go func() {
		unlock, err := lock(t, awaited, long)
		if err == nil {
			unlock()
		}
		waiting <- err
	}()
	t.wait(lapsed)
	if err := <-waiting; err != nil {
		return fmt.Errorf("waiting for a lock that lapses after %v, for %v and more: %w", short, lapsed, err)
	}
	if err := wantHeld(t, lasting); err != nil {
		return fmt.Errorf("a lock for %v, after %v: %w", long, lapsed, err)
	}
	second, err := lock(t, key, long)
	if err != nil {
		return fmt.Errorf("a lock for %v, after %v: %w", short, lapsed, err)
	}
	defer second()
	first()
	if err := wantHeld(t, key); err != nil {
		return fmt.Errorf("after the first holder unlocked late: %w", err)
	}
	return nil
}

func checkLockContext(t *lockTrial) error {
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	key := newKey()
	for _, call := range []struct {
		name string
		run  func()
	}{
		{"Lock", func() {
			if unlock, err := t.store.Lock(ctx, key, long); err == nil {
				unlock()
			}
		}},
		{"Keep", func() { _ = t.store.Keep(ctx, key, []byte("result"), long) }},
		{"Kept", func() { _, _, _ = t.store.Kept(ctx, key) }},
	} {
		err := within(func() error { call.run(); return nil })
		if err != nil {
			return fmt.Errorf("%s: %w", call.name, err)
		}
	}
	return nil
}
