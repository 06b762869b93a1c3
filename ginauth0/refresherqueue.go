package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// refreshQueue runs the refreshes of each session one after another. Those who want
// the same wait for the same run.
type refreshQueue struct {
	open   context.Context // done: no more runs begin //nolint:containedctx // it is the life of the queue
	close  context.CancelFunc
	logger *slog.Logger

	work sync.WaitGroup
	mu   sync.Mutex // of what follows; never held across I/O
	runs map[runKey]*refreshRun
	last map[string]*refreshRun // of each session, by rid
}

// runKey says what a run is for. It contains session and refresh token, so that two
// people never meet.
type runKey struct {
	result                resultKey
	audience, scopes      string
	connection, loginHint string
	force                 bool
}

// refreshRun is a run that waits for its turn or is on its way.
type refreshRun struct {
	done    chan struct{}
	outcome *refreshOutcome // set before done is closed
	waiting int             // callers that are still there
}

func newRefreshQueue(ctx context.Context, logger *slog.Logger) *refreshQueue {
	q := &refreshQueue{logger: logger, runs: map[runKey]*refreshRun{}, last: map[string]*refreshRun{}}
	q.open, q.close = context.WithCancel(ctx)
	return q
}

var (
	errAbandoned = errors.New("nobody waits any more")
	errPanicked  = errors.New("ginauth0: a refresh panicked")
)

// do joins the run for a key or adds one behind those of the session, and waits for
// it as long as ctx says. work gets a context that outlives the caller's. shared
// reports whether somebody else had asked for the run.
func (q *refreshQueue) do(ctx context.Context, rid string, key runKey, work func(context.Context) *refreshOutcome) (o *refreshOutcome, shared bool, err error) {
	q.mu.Lock()
	run := q.runs[key]
	if shared = run != nil; !shared {
		if q.open.Err() != nil {
			q.mu.Unlock()
			return nil, false, fmt.Errorf("%w: %w", ErrUpstream, errClosed)
		}
		run = q.add(context.WithoutCancel(ctx), rid, key, work)
	}
	run.waiting++
	q.mu.Unlock()
	select {
	case <-run.done:
		return run.outcome, shared, nil
	case <-ctx.Done():
		q.mu.Lock()
		run.waiting--
		q.mu.Unlock()
		return nil, shared, fmt.Errorf("%w: %w", ErrUpstream, context.Cause(ctx))
	}
}

// add starts a run that waits for the last one of its session. The lock is held.
func (q *refreshQueue) add(ctx context.Context, rid string, key runKey, work func(context.Context) *refreshOutcome) *refreshRun {
	run, before := &refreshRun{done: make(chan struct{})}, q.last[rid]
	q.runs[key], q.last[rid] = run, run
	q.work.Go(func() {
		if before != nil {
			<-before.done
		}
		run.outcome = &refreshOutcome{err: errPanicked}
		defer func() {
			if p := recover(); p != nil {
				// In a goroutine of ours it would end the whole program.
				q.logger.Error("a refresh panicked", slog.String("stack", string(debug.Stack())))
			}
			q.mu.Lock()
			defer q.mu.Unlock()
			if q.runs[key] == run {
				delete(q.runs, key)
			}
			if q.last[rid] == run {
				delete(q.last, rid)
			}
			close(run.done)
		}()
		if err := q.begin(run, key); err != nil {
			run.outcome = &refreshOutcome{err: fmt.Errorf("%w: %w", ErrUpstream, err)}
			return
		}
		run.outcome = work(ctx)
	})
	return run
}

// begin says why a run is not worth beginning.
func (q *refreshQueue) begin(run *refreshRun, key runKey) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.open.Err() != nil:
		return errClosed
	case run.waiting == 0:
		delete(q.runs, key) // nobody joins it any more
		return errAbandoned
	}
	return nil
}

// end lets no more runs begin, and returns when those on their way have ended: a
// refresh token may be used up already, and what came for it is not thrown away.
func (q *refreshQueue) end() {
	q.mu.Lock()
	q.close() // under the lock: no run is added behind it
	q.mu.Unlock()
	q.work.Wait()
}
