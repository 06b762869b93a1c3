package ginauth0api

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	// maxProven is how many issuers stay whose tokens have verified; the one
	// whose last good signature is the longest ago makes room.
	maxProven = 100
	// maxProbation is how many others there are: whoever has no good token can
	// displace nothing but these.
	maxProbation = 100
	// dropGrace is how long a Provider that was dropped goes on for the requests
	// that have it: longer than any of them waits for a key.
	dropGrace = 10 * time.Second
	// maxDropped bounds those; beyond it the grace is cut short.
	maxDropped = 300
)

// issuerTable holds the Providers of issuers that a resolver has allowed and a
// token has named. To find one takes no lock unless it is new.
type issuerTable struct {
	provide func(oidc.Domain) *oidc.Provider
	over    func() bool // whether nothing is fetched any more; then nothing changes either

	known atomic.Pointer[map[string]*resident] // by exact issuer; never changed once stored
	turn  atomic.Uint64                        // counts arrivals and good signatures

	mu      sync.Mutex // of what follows, and of replacing known; never held across I/O
	dropped []*departure
	work    sync.WaitGroup // Providers that are being closed
}

// resident is an issuer in the table.
type resident struct {
	issuer   string
	provider *oidc.Provider
	arrived  uint64        // the turn; written under the lock
	proven   atomic.Bool   // a token of it has verified; written under the lock
	last     atomic.Uint64 // the turn of the last good signature
}

// departure is a resident on its way out.
type departure struct {
	*resident
	timer *time.Timer
}

func newIssuerTable(ctx context.Context, provide func(oidc.Domain) *oidc.Provider) *issuerTable {
	t := &issuerTable{provide: provide, over: func() bool { return ctx.Err() != nil }}
	t.known.Store(&map[string]*resident{})
	return t
}

// provider returns the Provider of an allowed issuer. A new one begins on
// probation.
func (t *issuerTable) provider(domain oidc.Domain) *oidc.Provider {
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

// verified takes note of a good signature under a key of p.
func (t *issuerTable) verified(p *oidc.Provider) {
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
func (t *issuerTable) prove(p *oidc.Provider, issuer string) *resident {
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
func (t *issuerTable) shrink(known map[string]*resident) {
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
func (t *issuerTable) drop(r *resident) {
	d := &departure{resident: r}
	d.timer = time.AfterFunc(dropGrace, func() { t.depart(d) })
	t.dropped = append(t.dropped, d)
	if len(t.dropped) > maxDropped {
		first := t.dropped[0]
		first.timer.Stop()
		t.dropped = slices.Delete(t.dropped, 0, 1)
		t.work.Go(first.provider.Close)
	}
}

// depart closes the Provider of a departure whose grace is over.
func (t *issuerTable) depart(d *departure) {
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
func (t *issuerTable) recall(wanted func(*resident) bool) *resident {
	i := slices.IndexFunc(t.dropped, func(d *departure) bool { return wanted(d.resident) })
	if i < 0 {
		return nil
	}
	d := t.dropped[i]
	d.timer.Stop()
	t.dropped = slices.Delete(t.dropped, i, i+1)
	return d.resident
}

// close closes every Provider and returns when that is done. The context of the
// table is over by then, so that nothing changes any more; keys that are held
// serve.
func (t *issuerTable) close() {
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
}
