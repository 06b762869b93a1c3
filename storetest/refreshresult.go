package storetest

import (
	"bytes"
	"fmt"
	"time"
)

// keep keeps a result.
func keep(t *lockTrial, key string, result []byte, ttl time.Duration) error {
	if err := t.store.Keep(t.ctx, key, result, ttl); err != nil {
		return fmt.Errorf("Keep: %w", err)
	}
	return nil
}

// wantKept compares what is kept; nil is nothing.
func wantKept(t *lockTrial, key string, want []byte) error {
	got, found, err := t.store.Kept(t.ctx, key)
	switch {
	case err != nil:
		return fmt.Errorf("Kept: %w", err)
	case found != (want != nil):
		return fmt.Errorf("Kept says found = %v, want %v", found, want != nil)
	case found && !bytes.Equal(got, want):
		return fmt.Errorf("Kept returns %d bytes %.40x, want %d bytes %.40x", len(got), got, len(want), want)
	}
	for i := range got { // what was returned belongs to the caller
		got[i]++
	}
	return nil
}

// everyByte returns n bytes, each value among them.
func everyByte(n int) []byte {
	result := make([]byte, n)
	for i := range result {
		result[i] = byte(i)
	}
	return result
}

func checkKept(t *lockTrial) error {
	if err := wantKept(t, newKey(), nil); err != nil {
		return err
	}
	for _, size := range []int{1, 256, 20_000} {
		key, result := newKey(), everyByte(size)
		if err := keep(t, key, result, long); err != nil {
			return err
		}
		result[0]++ // so does what was given
		for range 2 {
			if err := wantKept(t, key, everyByte(size)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkReplaced(t *lockTrial) error {
	key := newKey()
	for _, result := range []string{"a long first result", "second"} {
		if err := keep(t, key, []byte(result), long); err != nil {
			return err
		}
		if err := wantKept(t, key, []byte(result)); err != nil {
			return err
		}
	}
	return nil
}

func checkKeptLapses(t *lockTrial) error {
	brief, lasting, replaced := newKey(), newKey(), newKey()
	for _, step := range []struct {
		key string
		ttl time.Duration
	}{{brief, short}, {lasting, long}, {replaced, short}, {replaced, long}} {
		if err := keep(t, step.key, []byte("result"), step.ttl); err != nil {
			return err
		}
	}
	t.wait(lapsed)
	if err := wantKept(t, brief, nil); err != nil {
		return fmt.Errorf("a result for %v, after %v: %w", short, lapsed, err)
	}
	if err := wantKept(t, lasting, []byte("result")); err != nil {
		return fmt.Errorf("a result for %v, after %v: %w", long, lapsed, err)
	}
	if err := wantKept(t, replaced, []byte("result")); err != nil {
		return fmt.Errorf("a result for %v in place of one for %v, after %v: %w", long, short, lapsed, err)
	}
	return nil
}

func checkLockKeys(t *lockTrial) error {
	keys := keysOf64(newKey() + ":")
	for _, key := range keys {
		if err := keep(t, key, []byte("result of "+key), long); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		unlock, err := lock(t, key, long)
		if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		defer unlock()
	}
	for _, key := range keys {
		if err := wantKept(t, key, []byte("result of "+key)); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	return nil
}

func checkLockBesideResult(t *lockTrial) error {
	key := newKey()
	unlock, err := lock(t, key, long)
	if err != nil {
		return err
	}
	defer unlock()
	if err := wantKept(t, key, nil); err != nil {
		return fmt.Errorf("under a lock: %w", err)
	}
	if err := keep(t, key, []byte("result"), long); err != nil {
		return err
	}
	if err := wantHeld(t, key); err != nil {
		return fmt.Errorf("beside a result: %w", err)
	}
	unlock()
	if err := wantKept(t, key, []byte("result")); err != nil {
		return fmt.Errorf("after unlocking: %w", err)
	}
	again, err := lock(t, key, long)
	if err != nil {
		return fmt.Errorf("beside a result: %w", err)
	}
	again()
	return nil
}
