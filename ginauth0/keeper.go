package ginauth0

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// maxConflicts is how often a change is made again on what others wrote
// meanwhile.
const maxConflicts = 3

// keeper reads and writes the record of a session: lifetimes, attributes, budget
// and what happens when others write at the same time are decided here. Errors
// are [ErrStore], [ErrConflict], *[SessionTooLargeError], and errGone for a
// session that somebody has ended meanwhile.
type keeper struct {
	config     *SessionConfig
	vault      vault
	attributes http.Cookie // without name, value and life
	now        func() time.Time
	logger     *slog.Logger
	warned     *atomic.Bool // about the budget, once per process
}

// storeError gives a failure of a store its name in this package.
func storeError(err error) error {
	switch {
	case err == nil, isVaultError(err):
		return err
	}
	return fmt.Errorf("%w: %w", ErrStore, err)
}

// read reads the record that a request carries. It writes nothing.
func (k *keeper) read(r *http.Request) (kept, error) {
	found, err := k.vault.read(r)
	return found, storeError(err)
}

// live reports whether a record is there and its session not over.
func (k *keeper) live(r *record) bool {
	return r != nil && k.now().Before(r.expiry(k.config))
}

// create writes the record as a new session and then deletes the row of the old one. If
// it fails, the old session is as it was. obtained is the access token just obtained,
// which the budget never drops.
func (k *keeper) create(r *http.Request, h http.Header, old kept, next *record, obtained string) (kept, error) {
	w, err := k.prepare(next, obtained)
	if err != nil {
		return old, err
	}
	created, err := k.vault.insert(r, h, old, w)
	if err != nil {
		return old, storeError(err)
	}
	if err := k.vault.remove(r, old); err != nil {
		k.logger.LogAttrs(r.Context(), slog.LevelWarn, "the row of an old session could not be deleted", slog.Any("cause", err))
	}
	noStore(h)
	return created, nil
}

// change edits a session and writes it. If others have written it meanwhile, the
// edit is made again on what they wrote. A nil h leaves the cookie alone, and the
// session then lives no longer than that says.
func (k *keeper) change(r *http.Request, h http.Header, found kept, obtained string, edit func(*record)) (kept, error) {
	for conflicts := 0; ; conflicts++ {
		next := *found.record
		edit(&next)
		if h != nil {
			next.Updated = max(next.Updated, k.now().UnixMilli())
		}
		w, err := k.prepare(&next, obtained)
		if err != nil {
			return found, err
		}
		written, err := k.vault.update(r, h, found, w)
		switch {
		case err == nil:
			if h != nil {
				noStore(h)
			}
			return written, nil
		case !errors.Is(err, errChanged):
			return found, storeError(err)
		case conflicts == maxConflicts:
			return found, ErrConflict
		}
		if found, err = k.reread(r, found); err != nil {
			return found, err
		}
	}
}

// reread reads the newest state of a session. The error is errGone if it is over.
func (k *keeper) reread(r *http.Request, found kept) (kept, error) {
	newest, err := k.vault.reread(r, found)
	switch {
	case err != nil:
		return found, storeError(err)
	case newest.record == nil || newest.record.RID != found.record.RID:
		return found, errGone
	}
	return newest, nil
}

// prepare lays a record out for its vault, dropping what it can do without as
// far as the budget asks for. The record is slimmed too.
func (k *keeper) prepare(r *record, obtained string) (writing, error) {
	w := writing{record: r, now: k.now(), expiry: r.expiry(k.config), cookie: k.attributes}
	r.sweep(w.now)
	for {
		text, err := json.Marshal(r)
		if err != nil {
			return w, err
		}
		w.text = text
		size, limit := k.vault.size(len(text))
		if limit == 0 || size <= limit {
			if limit > 0 && size > limit/2 && k.warned.CompareAndSwap(false, true) {
				k.logger.Warn("a session takes more than half of Session.MaxBytes", slog.Int("bytes", size), slog.Int("limit", limit))
			}
			break
		}
		if !r.dropOne(obtained, w.now) {
			return w, &SessionTooLargeError{Size: size, Limit: limit, Fields: r.fieldSizes()}
		}
	}
	if !k.config.Transient {
		w.cookie.MaxAge = max(int(w.expiry.Sub(w.now)/time.Second), 1)
		w.cookie.Expires = w.expiry
	}
	return w, nil
}

// end deletes a session, row and cookies, and says in the log if the row stays.
// A nil h leaves the cookies alone.
func (k *keeper) end(r *http.Request, h http.Header, found kept) {
	if err := k.vault.remove(r, found); err != nil {
		k.logger.LogAttrs(r.Context(), slog.LevelError, "the row of a session could not be deleted", slog.Any("cause", err))
	}
	if h != nil {
		k.clear(r, h)
	}
}

// clear deletes the session cookies that a request carries.
func (k *keeper) clear(r *http.Request, h http.Header) {
	k.vault.clear(r, h)
	noStore(h)
}
