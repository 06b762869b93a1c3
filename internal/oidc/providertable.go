package oidc

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxProven is how many issuers stay whose tokens have verified; the one
	// whose last good signature is the longest ago makes room.
	maxProven = 100
	// maxProbation is how many others there are: whoever has no good token can
	// displace nothing but these.
	maxProbation = 100
	// maxDropped bounds those that were dropped and go on for a while; beyond it
	// their grace is cut short.
	maxDropped = 300
)

// ProviderTable holds the Providers of issuers that become known one by one, such
// as those that a resolver names. There are at most a hundred whose tokens have
// verified and a hundred others. It is safe for concurrent use, and to find a
// Provider takes no lock unless it is new.
type ProviderTable struct {
	provide   func(Domain) *Provider
	over      func() bool // whether nothing is fetched any more; then nothing changes either
	end       func()      // makes it so
	closeIdle func()
	grace     time.Duration // in which a Provider that was dropped goes on

	known atomic.Pointer[map[string]*resident] // by exact issuer; never changed once stored
	turn  atomic.Uint64                        // counts arrivals and good signatures

	mu      sync.Mutex // of what follows, and of replacing known; never held across I/O
	dropped []*departure
	work    sync.WaitGroup // Providers that are being closed
}

// resident is an issuer in the table.
type resident struct {
	issuer   string
	provider *Provider
	arrived  uint64        // the turn; written under the lock
	proven   atomic.Bool   // a token of it has verified; written under the lock
	last     atomic.Uint64 // the turn of the last good signature
}

// departure is a resident on its way out.
type departure struct {
	*resident
	timer *time.Timer
}

// NewProviderTable returns an empty table. Its Providers are made after template,
// whose Domain does not matter, and share one client. A Provider that has lost its
// place goes on for the time of grace, for the requests that have it: that should
// be longer than any of them needs it. Nothing is fetched, and no Provider is kept
// any more, once ctx is done or after Close.
func NewProviderTable(ctx context.Context, template Config, grace time.Duration) *ProviderTable {
	t := &ProviderTable{grace: grace, closeIdle: func() {}}
	ctx, t.end = context.WithCancel(ctx)
	t.over = func() bool { return ctx.Err() != nil }
	if template.HTTPClient == nil {
		template.HTTPClient, t.closeIdle = NewClient(ctx)
	}
	t.provide = func(domain Domain) *Provider {
		cfg := template
		cfg.Domain = domain
		p := New(ctx, cfg)
		p.signed = t.Verified
		return p
	}
	t.known.Store(&map[string]*resident{})
	return t
}

// Provider returns the Provider of an issuer. A new one begins on probation.
func (t *ProviderTable) Provider(domain Domain) *Provider {
	if r := (*t.known.Load())[domain.String()]; r != nil {
		return r.provider
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := (*t.known.Load())[domain.String()]; r != nil {
		return r.provider
	}
	if t.over() {
		return t.provide(domain) // it can only say that nothing is fetched
	}
	// One that was displaced a moment ago keeps its back-off and its budget, or
	// tokens that name many issuers in turn would cost requests without end.
	r := t.recall(func(r *resident) bool { return r.issuer == domain.String() && !r.proven.Load() })
	if r == nil {
		r = &resident{issuer: domain.String(), provider: t.provide(domain)}
	}
	r.arrived = t.turn.Add(1)
	known := maps.Clone(*t.known.Load())
	known[r.issuer] = r
	t.shrink(known)
	t.known.Store(&known)
	return r.provider
}

// Verified takes note of a good signature under a key of p. Providers of the table
// do so by themselves for the tokens that they verify; it is for who does that with
// [Provider.Key].
func (t *ProviderTable) Verified(p *Provider) {
	issuer := p.Domain().String()
	r := (*t.known.Load())[issuer]
	if r == nil || !r.proven.Load() {
		if r = t.prove(p, issuer); r == nil {
			return
		}
	}
	// The latest one stays so without writing what other processors read.
	if r.last.Load() != t.turn.Load() {
		r.last.Store(t.turn.Add(1))
	}
}

// prove ends the probation of an issuer, also if it was displaced meanwhile. It
// returns nil if that is too long ago.
func (t *ProviderTable) prove(p *Provider, issuer string) *resident {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over() {
		return nil
	}
	known := maps.Clone(*t.known.Load())
	r := known[issuer]
	if r == nil {
		if r = t.recall(func(r *resident) bool { return r.provider == p }); r == nil {
			return nil
		}
		known[issuer] = r
	}
	r.proven.Store(true)
	r.last.Store(t.turn.Add(1))
	t.shrink(known)
	t.known.Store(&known)
	return r
}

// shrink takes out who has to make room: of the proven the one that verified the
// longest ago, of the others the one that came first. The lock is held.
func (t *ProviderTable) shrink(known map[string]*resident) {
	var proven, others int
	var stalest, eldest *resident
	for _, r := range known {
		if r.proven.Load() {
			proven++
			if stalest == nil || r.last.Load() < stalest.last.Load() {
				stalest = r
			}
			continue
		}
		others++
		if eldest == nil || r.arrived < eldest.arrived {
			eldest = r
		}
	}
	if proven > maxProven {
		delete(known, stalest.issuer)
		t.drop(stalest)
	}
	if others > maxProbation {
		delete(known, eldest.issuer)
		t.drop(eldest)
	}
}

// drop lets a resident go after a grace. The lock is held.
func (t *ProviderTable) drop(r *resident) {
	d := &departure{resident: r}
	d.timer = time.AfterFunc(t.grace, func() { t.depart(d) })
	t.dropped = append(t.dropped, d)
	if len(t.dropped) > maxDropped {
		first := t.dropped[0]
		first.timer.Stop()
		t.dropped = slices.Delete(t.dropped, 0, 1)
		t.work.Go(first.provider.Close)
	}
}

// depart closes the Provider of a departure whose grace is over.
func (t *ProviderTable) depart(d *departure) {
	t.mu.Lock()
	i := slices.Index(t.dropped, d)
	if i < 0 || t.over() { // it has come back, or is closed with all others
		t.mu.Unlock()
		return
	}
	t.dropped = slices.Delete(t.dropped, i, i+1)
	t.work.Add(1)
	t.mu.Unlock()
	defer t.work.Done()
	d.provider.Close()
}

// recall takes a resident out of those that were dropped, nil if there is none
// such. The lock is held.
func (t *ProviderTable) recall(wanted func(*resident) bool) *resident {
	i := slices.IndexFunc(t.dropped, func(d *departure) bool { return wanted(d.resident) })
	if i < 0 {
		return nil
	}
	d := t.dropped[i]
	d.timer.Stop()
	t.dropped = slices.Delete(t.dropped, i, i+1)
	return d.resident
}

// Count returns how many issuers are in the table, those whose tokens have
// verified and the others, and how many Providers were dropped and go on for their
// grace.
func (t *ProviderTable) Count() (proven, others, dropped int) {
	for _, r := range *t.known.Load() {
		if r.proven.Load() {
			proven++
		} else {
			others++
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return proven, others, len(t.dropped)
}

// Close closes every Provider and returns when that is done. It is idempotent.
// Keys that are held serve on.
func (t *ProviderTable) Close() {
	t.end()     // from here on nothing changes any more
	t.mu.Lock() // waits for the last change
	dropped, known := t.dropped, *t.known.Load()
	t.mu.Unlock()
	for _, d := range dropped {
		d.timer.Stop()
		d.provider.Close()
	}
	for _, r := range known {
		r.provider.Close()
	}
	t.work.Wait()
	t.closeIdle()
}
