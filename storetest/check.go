package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"
)

// check is one thing that a store must do. It says what is wrong, so that the
// checks themselves can be tested on stores that are.
type check[S any] struct {
	name string
	run  func(*trial[S]) error
}

// trial is what a check works with.
type trial[S any] struct {
	ctx   context.Context
	store S
	wait  func(time.Duration)
	note  func(format string, args ...any) // for what is no fault but worth knowing
}

const (
	// patience is how long a call may take before it counts as hanging.
	patience = 30 * time.Second
	// short is a life whose end is waited for; lapsed is when all have noticed,
	// also those that count in whole seconds.
	short  = time.Second
	lapsed = 2*time.Second + 100*time.Millisecond
	// long is a life that lasts longer than any test.
	long = time.Hour
)

// runAll runs the checks as subtests, each on a store of its own.
func runAll[S any](t *testing.T, checks []check[S], open func(t testing.TB) S, wait func(time.Duration)) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			one := &trial[S]{ctx: t.Context(), store: open(t), wait: wait, note: t.Logf}
			if err := c.run(one); err != nil {
				t.Error(err)
			}
		})
	}
}

// errHangs says that a call did not return.
var errHangs = errors.New("the call does not return")

// within runs a call that may hang.
func within(call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return errHangs
	}
}

// allOf runs a function n times at once and returns the first error.
func allOf(n int, run func(i int) error) error {
	start, results := make(chan struct{}), make(chan error, n)
	for i := range n {
		go func() {
			<-start
			results <- run(i)
		}()
	}
	close(start)
	return within(func() error {
		var first error
		for range n {
			if err := <-results; first == nil {
				first = err
			}
		}
		return first
	})
}

// newKey returns a key that no other test uses.
func newKey() string { return "storetest:" + rand.Text() }
