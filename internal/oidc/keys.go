package oidc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// snapshot is one key set. It never changes.
type snapshot struct {
	number    uint64 // of the flight that brought it
	all       []jws.Key
	byID      map[string][]jws.Key
	refreshAt time.Time // from here on a background refresh starts
	expires   time.Time // from here on the first refresh is waited for
	dies      time.Time // from here on it does not serve at all
}

func newSnapshot(keys []jws.Key) *snapshot {
	s := &snapshot{all: keys, byID: make(map[string][]jws.Key, len(keys))}
	for _, k := range keys {
		if k.ID != "" {
			s.byID[k.ID] = append(s.byID[k.ID], k)
		}
	}
	return s
}

// staticSnapshot never ages.
func staticSnapshot(keys []jws.Key) *snapshot {
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newSnapshot(keys)
	s.refreshAt, s.expires, s.dies = never, never, never
	return s
}

// find chooses a key (RFC 7515 section 4.1.4). known is false if a later key set
// may hold what was not found: the token names a key that this set lacks.
func (s *snapshot) find(kid string, hasKid bool, alg string) (key jws.Key, found, known bool) {
	if !hasKid {
		fitting := 0
		for _, k := range s.all {
			if k.Fits(alg) {
				key = k
				fitting++
			}
		}
		return key, fitting == 1, true
	}
	candidates := s.byID[kid]
	for _, k := range candidates {
		if k.Fits(alg) {
			return k, true, true
		}
	}
	return jws.Key{}, false, len(candidates) > 0
}

// Key returns the key that signs tokens of issuer iss with header parameters
// kid and alg; hasKid is false for a token without `kid`, which is served only
// when exactly one key fits. A key that is held is returned without a lock and
// without delay.
//
// Errors are [ErrIssuer] (iss is not the exact issuer), [ErrKeyNotFound],
// *[UnavailableError] (the issuer cannot be asked and nothing usable is held).
func (p *Provider) Key(ctx context.Context, iss, kid string, hasKid bool, alg string) (jws.Key, error) {
	before := p.started.Load() // fetches that began before this request looked
	held, err := p.snapshot(ctx)
	if err != nil {
		return jws.Key{}, p.unavailable(err)
	}
	if !p.Trusts(iss) {
		return jws.Key{}, ErrIssuer
	}
	key, found, known := held.find(kid, hasKid, alg)
	switch {
	case found:
		return key, nil
	case known, p.static:
		return jws.Key{}, ErrKeyNotFound
	case held.number > before: // fetched for this very request
		return jws.Key{}, p.notPublished(kid)
	}
	return p.searchKey(ctx, held, kid, alg, before)
}

// Holds reports whether a key that [Provider.Key] returned earlier is one of the
// issuer's keys still: under the same id, with the same material. It reports
// false too when no key set is usable. Like Key it keeps the key set fresh, and
// delays nobody who could be served.
func (p *Provider) Holds(ctx context.Context, key jws.Key) bool {
	held, err := p.snapshot(ctx)
	if err != nil {
		return false
	}
	candidates := held.all
	if key.ID != "" {
		candidates = held.byID[key.ID]
	}
	for i := range candidates {
		if k := &candidates[i]; k.Algorithm == key.Algorithm && k.Same(key.Public) {
			return true
		}
	}
	return false
}

// snapshot returns the key set to use now, refreshing it as far as its age
// asks for.
func (p *Provider) snapshot(ctx context.Context) (*snapshot, error) {
	held := p.keys.Load()
	if held == nil {
		return p.fetchedSnapshot(ctx)
	}
	now := p.now()
	if now.Before(held.refreshAt) {
		return held, nil
	}
	if now.Before(held.expires) {
		p.refreshInBackground(now)
		return held, nil
	}
	if !now.Before(held.dies) {
		return p.fetchedSnapshot(ctx)
	}
	// Expired. The first refresh is waited for; after a failure the old keys
	// serve at once while retries go on in the background.
	if p.backOff.Load().failures > 0 {
		p.refreshInBackground(now)
	} else if refreshed, err := p.fetchedSnapshot(ctx); err == nil || ctx.Err() != nil {
		return refreshed, err
	}
	p.usedStale(ctx)
	return held, nil
}

// fetchedSnapshot waits for a key set because none is usable.
func (p *Provider) fetchedSnapshot(ctx context.Context) (*snapshot, error) {
	f, err := p.startKeySet()
	if err != nil {
		return nil, err
	}
	if err := p.wait(ctx, f); err != nil {
		return nil, err
	}
	return p.keys.Load(), nil
}

// usedStale counts the use of an expired key set, and warns once per step of
// the back-off.
func (p *Provider) usedStale(ctx context.Context) {
	p.onEvent(ctx, Event{Name: "jwks_stale_used", Issuer: p.Issuer()})
	step := p.backOff.Load()
	if p.staleWarned.Swap(step) != step {
		p.logger.LogAttrs(ctx, slog.LevelWarn, "expired signing keys are in use", slog.String("issuer", p.Issuer()), slog.Any("cause", step.err))
	}
}

// searchKey asks the issuer for a key that the held set lacks, within the
// budget. A key counts as unknown only after a fetch that began after this
// request had looked for it.
func (p *Provider) searchKey(ctx context.Context, held *snapshot, kid, alg string, before uint64) (jws.Key, error) {
	for {
		f, err := p.searchFlight(held, kid)
		if errors.Is(err, errThrottled) {
			p.onEvent(ctx, Event{Name: "unknown_kid_throttled", Issuer: p.Issuer()})
			return jws.Key{}, ErrKeyNotFound
		}
		if err != nil {
			return jws.Key{}, err
		}
		if f != nil {
			if err := p.wait(ctx, f); err != nil {
				return jws.Key{}, p.unavailable(err)
			}
		}
		held = p.keys.Load()
		key, found, known := held.find(kid, true, alg)
		switch {
		case found:
			return key, nil
		case known:
			return jws.Key{}, ErrKeyNotFound
		case held.number > before:
			return jws.Key{}, p.notPublished(kid)
		}
	}
}

// notPublished remembers that the issuer does not know a key.
func (p *Provider) notPublished(kid string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unknown.remember(kid, p.now())
	return ErrKeyNotFound
}

// errThrottled says that the budget for unknown keys is used up.
var errThrottled = errors.New("oidc: unknown keys are not asked after at the moment")

// searchFlight joins the running fetch, which is free, or starts one from the
// budget. It is nil if a fetch has ended since the caller looked into the key set
// held: then that is to be looked into first, and the budget is for others.
func (p *Provider) searchFlight(held *snapshot, kid string) (*flight, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	switch {
	case p.unknown.remembers(kid, now):
		return nil, ErrKeyNotFound
	case p.keySet != nil:
		return p.keySet, nil
	case p.keys.Load() != held:
		return nil, nil
	}
	if err := p.mayFetch(); err != nil {
		return nil, p.unavailable(err)
	}
	if !p.unknown.spend(now) {
		return nil, errThrottled
	}
	return p.startKeySetLocked()
}

// fetchKeySet reads the key set, and before it the discovery document if that
// is missing or old, and keeps it under the number of its flight.
func (p *Provider) fetchKeySet(ctx context.Context, number uint64) (err error) {
	begin := p.now()
	defer func() {
		name := "jwks_fetch"
		if err != nil {
			name = "jwks_fetch_failed"
			p.logger.LogAttrs(ctx, slog.LevelWarn, "signing keys could not be fetched", slog.String("issuer", p.Issuer()), slog.Any("cause", err))
		}
		p.onEvent(ctx, Event{Name: name, Issuer: p.Issuer(), Duration: p.now().Sub(begin)})
	}()
	address := p.jwksURI
	if address == "" {
		held := p.document.Load()
		if held == nil || p.now().Sub(held.fetched) >= discoveryLifetime {
			f, err := p.startDiscovery()
			if err != nil {
				return err
			}
			if err := p.wait(ctx, f); err != nil {
				return err
			}
			held = p.document.Load()
		}
		address = held.metadata.JWKSURI
	}
	body, header, err := p.get(ctx, address)
	if err != nil {
		return fmt.Errorf("key set: %w", err)
	}
	keys, err := jws.ParseKeySet(body)
	if err != nil {
		return fmt.Errorf("oidc: key set: %w", err)
	}
	now := p.now()
	fresh, stale := freshness(header)
	s := newSnapshot(keys)
	s.number = number
	s.refreshAt = now.Add(time.Duration(float64(fresh) * (0.8 + 0.1*p.jitter())))
	s.expires = now.Add(fresh)
	s.dies = now.Add(max(stale, fresh))
	p.keys.Store(s)
	return nil
}
