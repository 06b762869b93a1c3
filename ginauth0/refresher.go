package ginauth0

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/seal"
)

const (
	// lockGrace is how much longer than a refresh its lock lives.
	lockGrace = 5 * time.Second
	// slowLook is how much of that the look at what others did meanwhile may take;
	// the rest is for keeping what the tenant answers.
	slowLook = 3 * time.Second
	// maxHops bounds how many results are followed. Within the life of a result
	// that is more than one refresh a second.
	maxHops = 1000
	// forgetting is for how long a result is kept that says there is none.
	forgetting = time.Second
)

var (
	errTooManyHops = errors.New("too many refreshes to follow")
	errClosed      = errors.New("closed, no refresh token is used any more")
)

// refresher sees to it that refresh tokens are used one at a time for each session, and
// keeps what came of it for those who come late.
type refresher struct {
	lock   RefreshLock // nil: nobody else uses the refresh tokens of our sessions
	box    *seal.Box
	kept   *keptResults
	queue  *refreshQueue
	limit  time.Duration // of a refresh
	grace  time.Duration // its lock lives longer
	slow   time.Duration // the look under the lock takes less, or nothing is asked
	now    func() time.Time
	logger *slog.Logger
}

func newRefresher(ctx context.Context, s *settings, now func() time.Time) *refresher {
	return &refresher{
		lock: s.RefreshLock, box: s.ring.Box("refresh"), kept: newKeptResults(), queue: newRefreshQueue(ctx, s.Logger),
		limit: s.HTTPTimeout, grace: lockGrace, slow: slowLook, now: now, logger: s.Logger,
	}
}

// newest returns what refreshes brought that the record does not have yet.
func (f *refresher) newest(ctx context.Context, r *record) (refreshes, error) {
	if r.RefreshToken == "" {
		return nil, nil
	}
	first, err := f.find(ctx, resultKeyOf(r.RID, r.RefreshToken))
	if err != nil || first == nil {
		return nil, err
	}
	return f.follow(ctx, r, first)
}

// newestWith is newest with a first look-up that also brings marks.
func (f *refresher) newestWith(ctx context.Context, r *record, look func(key string) (marks []time.Time, sealed []byte, found bool, err error)) ([]time.Time, refreshes, error) {
	key := resultKeyOf(r.RID, r.RefreshToken)
	marks, sealed, found, err := look(key.text())
	if err != nil {
		return nil, nil, err
	}
	first := f.kept.find(key, f.now())
	if found {
		first = later(first, f.open(key, sealed))
	}
	if first == nil {
		return marks, nil, nil
	}
	results, err := f.follow(ctx, r, first)
	return marks, results, err
}

// follow goes from one refresh token to the next, as far as results are kept.
func (f *refresher) follow(ctx context.Context, r *record, next *refreshed) (refreshes, error) {
	var results refreshes
	at := r.Refreshed
	// Every use is later than the one before, so there are no circles: a refresh token
	// that stays leads to the same result again.
	for next != nil && next.At > at {
		if len(results) == maxHops {
			return nil, errTooManyHops // an old token must not be used
		}
		results, at = append(results, next), next.At
		var err error
		if next, err = f.find(ctx, resultKeyOf(r.RID, next.RefreshToken)); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// find returns the result under a key, nil if there is none.
func (f *refresher) find(ctx context.Context, key resultKey) (*refreshed, error) {
	own := f.kept.find(key, f.now())
	if f.lock == nil || own != nil && own.rotated() { // a token that is used up brings nothing more
		return own, nil
	}
	sealed, found, err := f.lock.Kept(ctx, key.text())
	switch {
	case err != nil:
		return nil, err
	case !found:
		return own, nil
	}
	return later(own, f.open(key, sealed)), nil
}

// later returns the later one of two results under the same key. Each may be nil.
func later(a, b *refreshed) *refreshed {
	if a == nil || b != nil && b.At > a.At {
		return b
	}
	return a
}

// open reads a result of another process, nil if it says that there is none or is
// not to be read.
func (f *refresher) open(key resultKey, sealed []byte) *refreshed {
	if len(sealed) == 0 {
		return nil
	}
	name := key.text()
	opened, err := f.box.Open(name, string(sealed), f.now())
	result := new(refreshed)
	if err == nil {
		err = json.Unmarshal(opened.Payload, result)
	}
	if err != nil {
		f.logger.Debug("a kept result of a refresh does not open")
		return nil
	}
	return result
}

// keep keeps a result in this process.
func (f *refresher) keep(r *record, result *refreshed) {
	f.kept.keep(resultKeyOf(r.RID, r.RefreshToken), r.RID, result, f.now())
}

// share keeps a result for other processes. The tenant has answered, and nobody can
// ask again: so it does not give up before ctx is done.
func (f *refresher) share(ctx context.Context, r *record, result *refreshed) error {
	if f.lock == nil {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	key, now := resultKeyOf(r.RID, r.RefreshToken).text(), f.now()
	sealed := []byte(f.box.Seal(key, now, now.Add(resultLifetime), text))
	return insist(ctx, func(ctx context.Context) error { return f.lock.Keep(ctx, key, sealed, resultLifetime) })
}

// forget drops what is kept of a session that is over, from the refresh token of
// the record on. That the session is over does not depend on it.
func (f *refresher) forget(ctx context.Context, r *record) {
	var keys []resultKey
	if f.lock != nil && r.RefreshToken != "" {
		keys = append(keys, resultKeyOf(r.RID, r.RefreshToken))
		results, err := f.newest(ctx, r)
		for _, result := range results {
			keys = append(keys, resultKeyOf(r.RID, result.RefreshToken))
		}
		for _, key := range keys {
			err = errors.Join(err, f.lock.Keep(ctx, key.text(), nil, forgetting))
		}
		if err != nil {
			f.logger.LogAttrs(ctx, slog.LevelWarn, "kept results of a session that is over could not be forgotten",
				slog.String("session", r.trace()), slog.Any("cause", err))
		}
	}
	f.kept.forget(r.RID)
}

// acquire locks the refreshes of a session. The lock is there until about ends.
func (f *refresher) acquire(ctx context.Context, r *record) (unlock func(), ends time.Time, err error) {
	ttl := f.limit + f.grace
	if f.lock == nil {
		return func() {}, time.Now().Add(ttl), nil
	}
	waiting, cancel := context.WithTimeout(ctx, ttl) // whoever has it may have it for as long
	defer cancel()
	defer context.AfterFunc(f.queue.open, cancel)()
	unlock, err = f.lock.Lock(waiting, lockKey(r.RID), ttl)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%w: refresh lock: %w", ErrStore, err)
	}
	return unlock, time.Now().Add(ttl), nil
}

// insist tries again until it works, ctx is done, or the error says that it never will.
func insist(ctx context.Context, try func(context.Context) error) error {
	const (
		one  = 2 * time.Second        // for a try
		rest = 500 * time.Millisecond // at most between two
	)
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, rest) {
		attempt, cancel := context.WithTimeout(ctx, one)
		err := try(attempt)
		cancel()
		if err == nil || isVaultError(err) || errors.Is(err, ErrNoSession) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}
