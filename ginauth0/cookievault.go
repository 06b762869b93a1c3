package ginauth0

import (
	"math"
	"net/http"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// cookieVault keeps sessions in the cookies of our own store. Nothing is left behind
// elsewhere, so an update cannot find anything gone or changed: the last answer wins.
type cookieVault struct {
	name       string
	store      *CookieStore
	attributes http.Cookie
	maxBytes   int
}

func (v *cookieVault) read(r *http.Request) (kept, error) {
	carried := cookies.Under(r, v.name)
	if carried.Empty() {
		return kept{}, nil
	}
	k := kept{present: true}
	opened, ok := carried.Open(v.store.box, v.store.now())
	if text, isRecord := payload.Record(opened.Payload); ok && isRecord {
		k.record, k.old = parseRecord(text), opened.Old
	}
	return k, nil
}

func (v *cookieVault) reread(_ *http.Request, k kept) (kept, error) { return k, nil }

func (v *cookieVault) insert(r *http.Request, h http.Header, old kept, w writing) (kept, error) {
	return v.update(r, h, old, w)
}

func (v *cookieVault) update(r *http.Request, h http.Header, k kept, w writing) (kept, error) {
	text := v.store.box.Seal(v.name, w.now, w.expiry, payload.OfRecord(w.text))
	if err := writeCookies(h, cookies.Under(r, v.name), text, w.cookie); err != nil {
		return k, err
	}
	return kept{present: true, record: w.record}, nil
}

func (v *cookieVault) remove(*http.Request, kept) error { return nil }

func (v *cookieVault) clear(r *http.Request, h http.Header) {
	cookies.Clear(h, cookies.Under(r, v.name), v.attributes)
}

// size knows the budget and what ten cookies hold, the count of the pieces
// included.
func (v *cookieVault) size(n int) (size, limit int) {
	longest := v.attributes
	longest.MaxAge, longest.Expires = math.MaxInt32, time.Unix(0, 0)
	return seal.Length(n+payload.Overhead) + len("10."), min(v.maxBytes, cookies.Capacity(v.name, longest)+len("10."))
}

func (v *cookieVault) rowAlone() bool { return false }

func (v *cookieVault) hasRow(kept) bool { return false }
