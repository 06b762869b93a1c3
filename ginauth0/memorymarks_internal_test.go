package ginauth0

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// marksAt is a memory whose clock the test moves.
func marksAt() (*memoryMarks, *atomic.Pointer[time.Time]) {
	var clock atomic.Pointer[time.Time]
	start := time.UnixMilli(1_700_000_000_000)
	clock.Store(&start)
	return newMemoryMarks(func() time.Time { return *clock.Load() }), &clock
}

func advance(clock *atomic.Pointer[time.Time], d time.Duration) {
	now := clock.Load().Add(d)
	clock.Store(&now)
}

func wantMarked(t *testing.T, m *memoryMarks, key string, want time.Time) {
	t.Helper()
	if got, err := m.Marked(t.Context(), key); err != nil || len(got) != 1 || !got[0].Equal(want) {
		t.Errorf("mark on %s: %v, %v, want %v", key, got, err, want)
	}
}

func TestMemoryMarksKeepTheLaterTimeAndTheLongerLife(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	start := *clock.Load()
	mark := func(before time.Time, ttl time.Duration) {
		if err := m.Mark(t.Context(), "sid:a", before, ttl); err != nil {
			t.Fatal(err)
		}
	}
	mark(start, time.Hour)
	wantMarked(t, m, "sid:a", start)
	mark(start.Add(-time.Minute), time.Minute) // earlier and shorter: nothing changes
	wantMarked(t, m, "sid:a", start)
	mark(start.Add(time.Millisecond), time.Minute) // later, shorter
	advance(clock, 59*time.Minute)
	wantMarked(t, m, "sid:a", start.Add(time.Millisecond))
	mark(start, time.Hour) // earlier, longer
	advance(clock, time.Hour-time.Nanosecond)
	wantMarked(t, m, "sid:a", start.Add(time.Millisecond))
	advance(clock, time.Nanosecond)
	wantMarked(t, m, "sid:a", time.Time{})
	mark(start.Add(-time.Hour), time.Hour) // what has lapsed does not count any more
	wantMarked(t, m, "sid:a", start.Add(-time.Hour))
}

func TestMemoryMarksAnswerEveryKeyInOrder(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	start := *clock.Load()
	for i, key := range []string{"a", "b"} {
		if err := m.Mark(t.Context(), key, start.Add(time.Duration(i)*time.Second), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	got, err := m.Marked(t.Context(), "b", "none", "a", "b")
	want := []time.Time{start.Add(time.Second), {}, start, start.Add(time.Second)}
	if err != nil || len(got) != len(want) {
		t.Fatal(got, err)
	}
	for i := range want {
		if !got[i].Equal(want[i]) {
			t.Errorf("%d: %v, want %v", i, got[i], want[i])
		}
	}
	if got, err := m.Marked(t.Context()); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestMemoryMarksRememberUntilTheEnd(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	remember := func(key string, ttl time.Duration, want bool) {
		t.Helper()
		if fresh, err := m.Remember(t.Context(), key, ttl); err != nil || fresh != want {
			t.Errorf("%s: fresh %v, %v, want %v", key, fresh, err, want)
		}
	}
	remember("jti:a", time.Minute, true)
	remember("jti:a", time.Hour, false) // does not live longer for that
	remember("jti:b", time.Minute, true)
	advance(clock, time.Minute-time.Nanosecond)
	remember("jti:a", time.Minute, false)
	advance(clock, time.Nanosecond)
	remember("jti:a", time.Minute, true)
	remember("jti:c", 0, true)
	remember("jti:c", time.Minute, true)
}

// A key that is remembered is no mark, and the other way round.
func TestMemoryMarksTellMarksFromRememberedKeys(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	if _, err := m.Remember(t.Context(), "x", time.Hour); err != nil {
		t.Fatal(err)
	}
	wantMarked(t, m, "x", time.Time{})
	if err := m.Mark(t.Context(), "y", *clock.Load(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if fresh, err := m.Remember(t.Context(), "y", time.Hour); err != nil || !fresh {
		t.Error(fresh, err)
	}
	wantMarked(t, m, "y", *clock.Load())
}

// What has lapsed goes away, a bounded part at each call, faster than new
// entries can come.
func TestMemoryMarksAreCleared(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	const many = 1000
	for i := range many {
		// The ones to lapse last come first.
		if err := m.Mark(t.Context(), strconv.Itoa(i), *clock.Load(), time.Hour-time.Duration(i)*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	// This one lives on: it was marked anew.
	if err := m.Mark(t.Context(), "999", *clock.Load(), 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	advance(clock, time.Hour)
	for i := range many {
		before := len(m.entries)
		if _, err := m.Remember(t.Context(), "new "+strconv.Itoa(i), time.Hour); err != nil {
			t.Fatal(err)
		}
		if cleared := before + 1 - len(m.entries); cleared > purgedAtATime {
			t.Fatalf("one call cleared %d", cleared)
		}
	}
	if len(m.entries) != many+1 || len(m.lapsing) != many+1 {
		t.Errorf("%d entries, %d in the heap, want %d", len(m.entries), len(m.lapsing), many+1)
	}
	wantMarked(t, m, "999", clock.Load().Add(-time.Hour))
	wantOrder(t, m)
}

// wantOrder checks that what lapses first is on top, everywhere in the heap.
func wantOrder(t *testing.T, m *memoryMarks) {
	t.Helper()
	for i, e := range m.lapsing {
		if e.place != i || m.entries[e.key] != e {
			t.Fatalf("entry %d thinks it is at %d", i, e.place)
		}
		if i > 0 && m.lapsing.Less(i, (i-1)/2) {
			t.Fatalf("entry %d lapses before %d, which is above it", i, (i-1)/2)
		}
	}
}

// What is marked or remembered anew after it has lapsed, and before it was
// cleared away, has another place in the order.
func TestMemoryMarksComeBack(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	const many = 100
	for round := range 2 {
		for i := range many {
			key, ttl := strconv.Itoa(i), time.Duration(1+(i*37+round*11)%many)*time.Second
			if err := m.Mark(t.Context(), key, *clock.Load(), ttl); err != nil {
				t.Fatal(err)
			}
			if fresh, err := m.Remember(t.Context(), key, ttl); err != nil || !fresh {
				t.Fatal(fresh, err)
			}
			wantOrder(t, m)
		}
		advance(clock, many*time.Second)
	}
}

func TestMemoryMarksRememberOnceInParallel(t *testing.T) {
	t.Parallel()
	m, clock := marksAt()
	const callers = 16
	for round := range 50 {
		key := "jti:" + strconv.Itoa(round)
		var fresh atomic.Int32
		var group sync.WaitGroup
		for i := range callers {
			group.Go(func() {
				first, err := m.Remember(t.Context(), key, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if first {
					fresh.Add(1)
				}
				at := clock.Load().Add(time.Duration(i) * time.Millisecond)
				if err := m.Mark(t.Context(), key, at, time.Minute); err != nil {
					t.Error(err)
				}
				if marks, err := m.Marked(t.Context(), key); err != nil || marks[0].Before(at) {
					t.Error(marks, err)
				}
			})
		}
		group.Wait()
		if fresh.Load() != 1 {
			t.Fatalf("round %d: fresh for %d callers", round, fresh.Load())
		}
		wantMarked(t, m, key, clock.Load().Add((callers-1)*time.Millisecond))
		advance(clock, 10*time.Second)
	}
}
