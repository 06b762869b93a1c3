package ginauth0

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
)

// keeper reads and writes the record of a session in its cookies: lifetimes,
// attributes and budget are decided here, the store only seals and splits.
type keeper struct {
	config     *SessionConfig
	store      *CookieStore
	attributes http.Cookie // without name, value and life
	now        func() time.Time
	logger     *slog.Logger
	warned     *atomic.Bool // about the budget, once per process
}

// kept is what the cookies of a request hold.
type kept struct {
	carried cookies.Carried
	record  *record // nil: none
	old     bool    // an older secret opened it
}

// read opens the record that a request carries. It writes nothing.
func (k *keeper) read(r *http.Request) kept {
	found := kept{carried: cookies.Under(r, k.config.Name)}
	if found.carried.Empty() {
		return found
	}
	opened, ok := found.carried.Open(k.store.box, k.now())
	if text, isRecord := payload.Record(opened.Payload); ok && isRecord {
		found.record, found.old = parseRecord(text), opened.Old
	}
	return found
}

// live reports whether the record is there and its session not over.
func (k *keeper) live(found kept) bool {
	return found.record != nil && k.now().Before(found.record.expiry(k.config))
}

// write seals the record into cookies, dropping what it can do without as far
// as the budget asks for. obtained is the access token just obtained, which
// is never dropped. The error is *[SessionTooLargeError]; then nothing is
// written and the record is as it was.
func (k *keeper) write(h http.Header, c cookies.Carried, r *record, obtained string) error {
	now := k.now()
	expiry := r.expiry(k.config)
	slim := *r
	text := ""
	for {
		encoded, err := json.Marshal(&slim)
		if err != nil {
			return err
		}
		text = k.store.box.Seal(k.config.Name, now, expiry, payload.OfRecord(encoded))
		if len(text) <= k.config.MaxBytes {
			break
		}
		if !slim.dropOne(obtained, now) {
			return &SessionTooLargeError{Size: len(text), Limit: k.config.MaxBytes, Fields: slim.fieldSizes()}
		}
	}
	if len(text) > k.config.MaxBytes/2 && k.warned.CompareAndSwap(false, true) {
		k.logger.Warn("a session takes more than half of Session.MaxBytes", slog.Int("bytes", len(text)), slog.Int("limit", k.config.MaxBytes))
	}
	attributes := k.attributes
	if !k.config.Transient {
		attributes.MaxAge = max(int(expiry.Sub(now)/time.Second), 1)
		attributes.Expires = expiry
	}
	if err := writeCookies(h, c, text, attributes); err != nil {
		return err
	}
	*r = slim
	noStore(h)
	return nil
}

// clear deletes the session cookies that a request carries.
func (k *keeper) clear(h http.Header, c cookies.Carried) {
	cookies.Clear(h, c, k.attributes)
	noStore(h)
}

// noStore keeps an answer out of every cache.
func noStore(h http.Header) { h.Set("Cache-Control", "private, no-store") }
