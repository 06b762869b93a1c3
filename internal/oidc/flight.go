package oidc

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Back-off after failures.
const (
	firstBackOff  = time.Second
	maxBackOff    = 60 * time.Second
	backOffJitter = 0.2
)

// flight is one running fetch. Whoever needs its result waits for done; the
// fetch itself hangs on nobody's request.
type flight struct {
	number uint64 // of key-set flights, in the order of their start
	done   chan struct{}
	err    error // set before done is closed
}

// backOff bars fetches for a while after failures. It is immutable.
type backOff struct {
	failures int
	until    time.Time
	err      error // the last failure
}

func (b *backOff) rest(now time.Time) time.Duration { return max(b.until.Sub(now), 0) }

// longer is the back-off after one more failure.
func (b *backOff) longer(now time.Time, jitter float64, err error) *backOff {
	step := maxBackOff
	if b.failures < 6 { // 2^6 s is above the maximum
		step = firstBackOff << b.failures
	}
	pause := time.Duration(float64(step) * (1 - backOffJitter + 2*backOffJitter*jitter))
	return &backOff{failures: b.failures + 1, until: now.Add(pause), err: err}
}

// errBackOff marks an error as already counted by the back-off.
var errBackOff = errors.New("oidc: the last try, a moment ago, failed")

// startDiscovery joins the running discovery or starts one, unless the
// back-off bars it or the Provider is closed.
func (p *Provider) startDiscovery() (*flight, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.discovery != nil {
		return p.discovery, nil
	}
	if err := p.mayFetch(); err != nil {
		return nil, err
	}
	p.discovery = p.launch(p.fetchDocument, func() { p.discovery = nil })
	return p.discovery, nil
}

// startKeySet does the same for the key set.
func (p *Provider) startKeySet() (*flight, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.startKeySetLocked()
}

func (p *Provider) startKeySetLocked() (*flight, error) {
	if p.keySet != nil {
		return p.keySet, nil
	}
	if err := p.mayFetch(); err != nil {
		return nil, err
	}
	number := p.started.Add(1)
	fetch := func(ctx context.Context) error { return p.fetchKeySet(ctx, number) }
	p.keySet = p.launch(fetch, func() {
		p.keySet = nil
		p.inTransit.Store(false)
	})
	p.keySet.number = number
	p.inTransit.Store(true)
	return p.keySet, nil
}

// refreshInBackground starts a fetch of the key set unless one is running or
// barred. Requests that are served meanwhile come by here often, so it looks
// before it locks.
func (p *Provider) refreshInBackground(now time.Time) {
	if !p.inTransit.Load() && p.backOff.Load().rest(now) == 0 {
		p.startKeySet() //nolint:errcheck // a failure shows in the back-off
	}
}

// mayFetch says why no fetch may start now. The lock is held.
func (p *Provider) mayFetch() error {
	if p.ctx.Err() != nil {
		return errClosed
	}
	if b := p.backOff.Load(); b.rest(p.now()) > 0 {
		return fmt.Errorf("%w: %w", errBackOff, b.err)
	}
	return nil
}

// launch runs fetch in the background. finished is called under the lock. The
// lock is held.
func (p *Provider) launch(fetch func(context.Context) error, finished func()) *flight {
	f := &flight{done: make(chan struct{})}
	p.work.Go(func() {
		ctx, cancel := context.WithTimeout(p.ctx, refreshTimeout)
		defer cancel()
		f.err = fetch(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case f.err == nil:
			p.backOff.Store(&backOff{})
		case p.ctx.Err() == nil && !errors.Is(f.err, errBackOff):
			p.backOff.Store(p.backOff.Load().longer(p.now(), p.jitter(), f.err))
			f.err = fmt.Errorf("%w: %w", errBackOff, f.err)
		}
		finished()
		close(f.done)
	})
	return f
}

// wait waits for a flight, for as long as the caller stays and at most as long
// as a refresh may take.
func (p *Provider) wait(ctx context.Context, f *flight) error {
	timer := time.NewTimer(refreshTimeout)
	defer timer.Stop()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return errWait
	}
}
