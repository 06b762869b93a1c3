package ginauth0

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func testQueue(t *testing.T) *refreshQueue {
	q := newRefreshQueue(t.Context(), slog.New(slog.DiscardHandler))
	t.Cleanup(q.end)
	return q
}

func TestRunsOfASessionNeverOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := testQueue(t)
		running, most := 0, 0
		var mu sync.Mutex
		for i := range 20 {
			go func() {
				_, _, err := q.do(t.Context(), "rid", runKey{audience: string(rune('a' + i))}, func(context.Context) *refreshOutcome {
					mu.Lock()
					running++
					most = max(most, running)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					running--
					mu.Unlock()
					return &refreshOutcome{}
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
		start := time.Now()
		synctest.Wait()
		q.work.Wait()
		if most != 1 || time.Since(start) != 20*time.Second {
			t.Errorf("%d at once, %v in all", most, time.Since(start))
		}
		if len(q.runs) != 0 || len(q.last) != 0 {
			t.Errorf("%d runs and %d sessions are left", len(q.runs), len(q.last))
		}
	})
}

func TestOneSessionDoesNotWaitForAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := testQueue(t)
		start := time.Now()
		var group sync.WaitGroup
		for _, rid := range []string{"a", "b", "c"} {
			group.Go(func() {
				_, _, _ = q.do(t.Context(), rid, runKey{audience: rid}, func(context.Context) *refreshOutcome {
					time.Sleep(time.Second)
					return &refreshOutcome{}
				})
			})
		}
		group.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("%v in all", took)
		}
	})
}

// A run that has not begun when its callers have left never does.
func TestAnAbandonedRunDoesNotBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := testQueue(t)
		go func() {
			_, _, _ = q.do(t.Context(), "rid", runKey{}, func(context.Context) *refreshOutcome {
				time.Sleep(time.Minute)
				return &refreshOutcome{}
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := false
		_, _, err := q.do(ctx, "rid", runKey{force: true}, func(context.Context) *refreshOutcome {
			began = true
			return &refreshOutcome{}
		})
		if !errors.Is(err, ErrUpstream) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		q.work.Wait()
		if began {
			t.Error("it began")
		}
	})
}

// A caller that leaves does not end the run that others wait for, nor does its
// context.
func TestARunOutlivesTheCallerWhoCameFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := testQueue(t)
		ctx, leave := context.WithCancel(context.WithValue(t.Context(), visitKey{}, "value"))
		var alive error
		var value any
		work := func(ctx context.Context) *refreshOutcome {
			time.Sleep(time.Minute)
			alive, value = ctx.Err(), ctx.Value(visitKey{})
			return &refreshOutcome{token: recordToken{Token: "token"}}
		}
		go func() { _, _, _ = q.do(ctx, "rid", runKey{}, work) }()
		synctest.Wait()
		time.AfterFunc(time.Second, leave)
		o, shared, err := q.do(t.Context(), "rid", runKey{}, work)
		if err != nil || !shared || o.token.Token != "token" || alive != nil || value != "value" {
			t.Errorf("%+v, shared %v, %v; context %v, %v", o, shared, err, alive, value)
		}
	})
}

// In a goroutine of ours a panic would end the program, and Goexit would leave the
// others waiting.
func TestARunThatPanics(t *testing.T) {
	t.Parallel()
	q := testQueue(t)
	for name, work := range map[string]func(context.Context) *refreshOutcome{
		"panic":  func(context.Context) *refreshOutcome { panic("secret") },
		"Goexit": func(context.Context) *refreshOutcome { runtime.Goexit(); return nil },
	} {
		o, _, err := q.do(t.Context(), "rid", runKey{}, work)
		if err != nil || !errors.Is(o.err, errPanicked) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	o, _, err := q.do(t.Context(), "rid", runKey{}, func(context.Context) *refreshOutcome { return &refreshOutcome{} })
	if err != nil || o.err != nil {
		t.Errorf("the run after them: %+v, %v", o, err)
	}
}

func TestEndWaitsForWhatIsOnItsWayAndBeginsNothing(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"end", "context"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			q := newRefreshQueue(ctx, slog.New(slog.DiscardHandler))
			var finished bool
			var second *refreshOutcome
			go func() {
				_, _, _ = q.do(t.Context(), "rid", runKey{}, func(context.Context) *refreshOutcome {
					time.Sleep(time.Minute)
					finished = true
					return &refreshOutcome{}
				})
			}()
			synctest.Wait()
			go func() {
				second, _, _ = q.do(t.Context(), "rid", runKey{force: true}, func(context.Context) *refreshOutcome { return &refreshOutcome{} })
			}()
			synctest.Wait()
			if how == "context" {
				cancel()
				time.Sleep(2 * time.Minute)
			}
			q.end()
			q.end()
			synctest.Wait()
			if !finished || second == nil || !errors.Is(second.err, errClosed) || !errors.Is(second.err, ErrUpstream) {
				t.Errorf("%s: finished %v, the one behind it %+v", how, finished, second)
			}
			if _, _, err := q.do(t.Context(), "rid", runKey{}, nil); !errors.Is(err, errClosed) {
				t.Errorf("%s: afterwards: %v", how, err)
			}
		})
	}
}
