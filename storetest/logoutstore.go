package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// LogoutStore tests a [ginauth0.LogoutStore]. open returns a store that is ready
// for use and ends with the test. wait lets time pass for the store: [time.Sleep],
// or what moves its clock if it has one that can be moved. It is asked for a few
// seconds in all.
func LogoutStore(t *testing.T, open func(t testing.TB) ginauth0.LogoutStore, wait func(time.Duration)) {
	t.Helper()
	runAll(t, logoutChecks, open, wait)
}

type logoutTrial = trial[ginauth0.LogoutStore]

var logoutChecks = []check[ginauth0.LogoutStore]{
	{"a key without a mark has the zero time", checkNoMark},
	{"a mark keeps its time to the millisecond", checkMarkTime},
	{"there is one answer for each key, in order", checkMarksInOrder},
	{"the later of two times counts", checkLaterTime},
	{"the latest of many times at once counts", checkLatestAtOnce},
	{"the longer of two lives counts", checkLives},
	{"a key is remembered once", checkRemember},
	{"of a hundred at once exactly one is fresh", checkRememberAtOnce},
	{"keys of 64 bytes are told apart byte by byte", checkLogoutKeys},
	{"a context that is done does not hang", checkLogoutContext},
}

// mark writes marks of one key after the other.
func mark(t *logoutTrial, key string, ttl time.Duration, times ...time.Time) error {
	for _, before := range times {
		if err := t.store.Mark(t.ctx, key, before, ttl); err != nil {
			return fmt.Errorf("Mark: %w", err)
		}
	}
	return nil
}

// wantMarks compares the marks of keys, to the millisecond. The zero time is no
// mark.
func wantMarks(t *logoutTrial, keys []string, want ...time.Time) error {
	got, err := t.store.Marked(t.ctx, keys...)
	if err != nil {
		return fmt.Errorf("Marked: %w", err)
	}
	if len(got) != len(want) {
		return fmt.Errorf("Marked gives %d answers for %d keys", len(got), len(want))
	}
	for i := range want {
		switch {
		case want[i].IsZero() && !got[i].IsZero():
			return fmt.Errorf("key %d has the mark %v, want none", i, got[i])
		case !want[i].IsZero() && got[i].IsZero():
			return fmt.Errorf("key %d has no mark, want %v", i, want[i])
		case !want[i].IsZero() && got[i].UnixMilli() != want[i].UnixMilli():
			return fmt.Errorf("key %d has the mark %v, want %v", i, got[i], want[i])
		}
	}
	return nil
}

func checkNoMark(t *logoutTrial) error {
	if err := wantMarks(t, nil); err != nil {
		return fmt.Errorf("no keys: %w", err)
	}
	return wantMarks(t, []string{newKey(), newKey()}, time.Time{}, time.Time{})
}

func checkMarkTime(t *logoutTrial) error {
	// Of these times the milliseconds alone say which one it is.
	base := time.Now().Truncate(time.Second).In(time.FixedZone("", 5400))
	for _, before := range []time.Time{base, base.Add(time.Millisecond), base.Add(999*time.Millisecond + 999*time.Microsecond), base.Add(-48 * time.Hour)} {
		key := newKey()
		if err := mark(t, key, long, before); err != nil {
			return err
		}
		if err := wantMarks(t, []string{key}, before); err != nil {
			return err
		}
	}
	return nil
}

func checkMarksInOrder(t *logoutTrial) error {
	now, none := time.Now(), time.Time{}
	a, b, c := newKey(), newKey(), newKey()
	if err := mark(t, a, long, now); err != nil {
		return err
	}
	if err := mark(t, b, long, now.Add(time.Second)); err != nil {
		return err
	}
	if err := wantMarks(t, []string{b, c, a, a}, now.Add(time.Second), none, now, now); err != nil {
		return err
	}
	return wantMarks(t, []string{c, a, b}, none, now, now.Add(time.Second))
}

func checkLaterTime(t *logoutTrial) error {
	now := time.Now()
	for _, order := range [][]time.Time{
		{now, now.Add(time.Millisecond)},
		{now.Add(time.Millisecond), now},
		{now, now},
		{now.Add(time.Hour), now.Add(-time.Hour), now},
	} {
		key, latest := newKey(), order[0]
		for _, before := range order {
			if before.After(latest) {
				latest = before
			}
		}
		if err := mark(t, key, long, order...); err != nil {
			return err
		}
		if err := wantMarks(t, []string{key}, latest); err != nil {
			return fmt.Errorf("marks of %v: %w", order, err)
		}
	}
	return nil
}

func checkLatestAtOnce(t *logoutTrial) error {
	const marks = 50
	key, now := newKey(), time.Now()
	places := rand.Perm(marks)
	err := allOf(marks, func(i int) error {
		if err := mark(t, key, long, now.Add(time.Duration(places[i])*time.Second)); err != nil {
			return err
		}
		got, err := t.store.Marked(t.ctx, key)
		if err == nil && (len(got) != 1 || got[0].UnixMilli() < now.Add(time.Duration(places[i])*time.Second).UnixMilli()) {
			err = fmt.Errorf("the mark went back to %v", got)
		}
		return err
	})
	if err != nil {
		return err
	}
	return wantMarks(t, []string{key}, now.Add((marks-1)*time.Second))
}

// checkLives waits once for all that lapses.
func checkLives(t *logoutTrial) error {
	now, later := time.Now(), time.Now().Add(time.Minute)
	brief, brieflyAgain, first, second := newKey(), newKey(), newKey(), newKey()
	seen, seenLong := newKey(), newKey()
	for _, step := range []struct {
		key    string
		before time.Time
		ttl    time.Duration
	}{
		{brief, now, short},
		{brieflyAgain, now, short},
		{brieflyAgain, later, short},
		{first, now, long},
		{first, later, short}, // the later time lives on in the longer life
		{second, later, short},
		{second, now, long},
	} {
		if err := mark(t, step.key, step.ttl, step.before); err != nil {
			return err
		}
	}
	if err := wantRemembered(t, seen, short, true); err != nil {
		return err
	}
	if err := wantRemembered(t, seenLong, long, true); err != nil {
		return err
	}
	t.wait(lapsed)
	none := time.Time{}
	if err := wantMarks(t, []string{brief, brieflyAgain, first, second}, none, none, later, later); err != nil {
		return fmt.Errorf("of marks for %v, for %v twice, for %v and then %v, for %v and then %v, after %v: %w", short, short, long, short, short, long, lapsed, err)
	}
	if err := wantRemembered(t, seenLong, long, false); err != nil {
		return fmt.Errorf("a key remembered for %v, after %v: %w", long, lapsed, err)
	}
	if err := wantRemembered(t, seen, long, true); err != nil {
		return fmt.Errorf("a key remembered for %v, after %v: %w", short, lapsed, err)
	}
	return nil
}

// wantRemembered remembers a key and compares the answer.
func wantRemembered(t *logoutTrial, key string, ttl time.Duration, want bool) error {
	fresh, err := t.store.Remember(t.ctx, key, ttl)
	if err != nil {
		return fmt.Errorf("Remember: %w", err)
	}
	if fresh != want {
		return fmt.Errorf("Remember says fresh = %v, want %v", fresh, want)
	}
	return nil
}

func checkRemember(t *logoutTrial) error {
	a, b := newKey(), newKey()
	for i, step := range []struct {
		key  string
		want bool
	}{{a, true}, {a, false}, {b, true}, {a, false}, {b, false}} {
		if err := wantRemembered(t, step.key, long, step.want); err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
	}
	return nil
}

func checkRememberAtOnce(t *logoutTrial) error {
	key := newKey()
	var freshOnes atomic.Int32
	err := allOf(100, func(int) error {
		fresh, err := t.store.Remember(t.ctx, key, long)
		if fresh {
			freshOnes.Add(1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("Remember: %w", err)
	}
	if n := freshOnes.Load(); n != 1 {
		return fmt.Errorf("%d of 100 calls were fresh, want 1", n)
	}
	return nil
}

func checkLogoutKeys(t *logoutTrial) error {
	unique := newKey() + ":"
	keys := keysOf64(unique)
	want := make([]time.Time, len(keys))
	for i, key := range keys {
		want[i] = time.Now().Add(time.Duration(i) * time.Second)
		if err := mark(t, key, long, want[i]); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	if err := wantMarks(t, keys, want...); err != nil {
		return fmt.Errorf("of the keys %q: %w", keys, err)
	}
	for _, key := range keys {
		if err := wantRemembered(t, key, long, true); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	return nil
}

// keysOf64 returns keys of 64 bytes that differ in case, in their last byte, or
// hold what some databases read in their own way.
func keysOf64(unique string) []string {
	keys := []string{unique + strings.Repeat("k", 64-len(unique))}
	for _, end := range []string{"K", "l", "_", "%", "*", "?", `\`, "'", `"`, "{a}", "{b}", ":x:", "a b", "-", "/../", "$1", "[k]"} {
		keys = append(keys, keys[0][:64-len(end)]+end)
	}
	return keys
}

func checkLogoutContext(t *logoutTrial) error {
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	key := newKey()
	for _, call := range []struct {
		name string
		run  func() error
	}{
		{"Mark", func() error { _ = t.store.Mark(ctx, key, time.Now(), long); return nil }},
		{"Marked", func() error {
			if got, err := t.store.Marked(ctx, key); err == nil && len(got) != 1 {
				return fmt.Errorf("neither an error nor an answer: %v", got)
			}
			return nil
		}},
		{"Remember", func() error { _, _ = t.store.Remember(ctx, key, long); return nil }},
	} {
		if err := within(call.run); err != nil {
			return fmt.Errorf("%s: %w", call.name, err)
		}
	}
	return nil
}
