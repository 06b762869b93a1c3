package ginauth0

import (
	"errors"
	"io/fs"
	"net/http"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// storeVault keeps sessions in any store of gin-contrib/sessions. The record is sealed,
// since a database or a signed cookie may be read by others. The store is asked directly
// and not through gorilla's registry, so that a program which saves all its sessions at
// once does not write an old copy of ours.
type storeVault struct {
	name       string
	store      ginsessions.Store
	box        *seal.Box
	now        func() time.Time
	attributes http.Cookie
}

// recordName is the name that records are sealed under.
const recordName = "record"

// storePlace is where a storeVault found a session, or left it.
type storePlace struct {
	id      string        // gorilla's; empty in stores without ids
	text    string        // the sealed record, as the store has it
	written time.Time     // when the record was sealed, zero if it does not open
	missing bool          // the store knows the id but has nothing under it
	request *http.Request // carries the one cookie by which the store knows the session
}

var (
	errNoSession = errors.New("the session store returned neither a session nor an error")
	errSameID    = errors.New("the session store keeps the id of the old session")
	errNotKept   = errors.New("the session store reports no error, but has not kept the session")
)

// read reads the session of a request. Of several cookies of the name, which a sibling
// domain or a stale path may add, the record that was written last counts.
func (v *storeVault) read(r *http.Request) (kept, error) {
	if cookies.Under(r, v.name).Empty() {
		return kept{}, nil
	}
	carried := v.carried(r)
	if len(carried) == len(r.CookiesNamed(v.name)) && len(carried) < 2 {
		return v.find(r)
	}
	newest := kept{present: true}
	for _, cookie := range carried[:min(len(carried), cookies.MaxCandidates)] {
		found, err := v.find(v.withCookies(r, cookie))
		if err != nil {
			return newest, err // it may be the newest
		}
		place, before := placeOf(found), placeOf(newest)
		if place != nil && (before == nil || place.written.After(before.written)) {
			newest = found
		}
	}
	return newest, nil
}

// placeOf returns where a session is kept, nil if it is nowhere.
func placeOf(k kept) *storePlace {
	place, _ := k.place.(*storePlace)
	return place
}

// find reads what the store has for a request.
func (v *storeVault) find(r *http.Request) (kept, error) {
	k := kept{present: true}
	session, found, err := v.open(r)
	if err != nil || session == nil {
		return k, err
	}
	place := &storePlace{id: session.ID, text: textOf(session), missing: !found, request: r}
	k.place = place
	if !found {
		return k, nil
	}
	opened, err := v.box.Open(recordName, place.text, v.now())
	if err != nil {
		return k, nil //nolint:nilerr // what does not open is absent
	}
	place.written = opened.Written
	k.record, k.old = parseRecord(opened.Payload), opened.Old
	return k, nil
}

// textOf returns the sealed record in a session.
func textOf(session *sessions.Session) string {
	text, _ := session.Values[payload.RecordKey].(string)
	return text
}

// open asks the store for the session of a request, which is nil if the cookie
// does not even lead to an id. found is false if the session is a new one.
func (v *storeVault) open(r *http.Request) (session *sessions.Session, found bool, err error) {
	copied := *r // a store may put things into the context of its request
	session, err = v.store.New(&copied, v.name)
	switch {
	case isAbsent(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case session == nil:
		return nil, false, errNoSession
	}
	return session, !session.IsNew, nil
}

// isAbsent reports whether an error of a store says that there is no session: the
// cookie does not decode, or the file is missing.
func isAbsent(err error) bool {
	var decode interface {
		error
		IsDecode() bool // of securecookie
	}
	return errors.As(err, &decode) && decode.IsDecode() || errors.Is(err, fs.ErrNotExist)
}

func (v *storeVault) reread(r *http.Request, k kept) (kept, error) {
	place := placeOf(k)
	if place == nil {
		return kept{present: true}, nil
	}
	return v.find(place.in(r))
}

// in returns the request that leads to the place, in the context of r.
func (p *storePlace) in(r *http.Request) *http.Request { return p.request.WithContext(r.Context()) }

func (v *storeVault) insert(r *http.Request, h http.Header, old kept, w writing) (kept, error) {
	// Some stores take the id from the cookie of the request.
	blank := v.withCookies(r)
	session, _, err := v.open(blank)
	if err != nil {
		return old, err
	}
	if session == nil {
		session = sessions.NewSession(v.store, v.name)
	}
	session.ID = ""
	lines, text, err := v.save(blank, session, w)
	var tooLarge *SessionTooLargeError
	if errors.As(err, &tooLarge) { // the row may be there, although its cookie cannot be
		err = errors.Join(err, v.erase(blank, &storePlace{id: session.ID, request: blank}))
	}
	if err != nil {
		return old, err
	}
	place := &storePlace{id: session.ID, text: text, written: w.now, request: v.withCookies(r, lines...)}
	if before := placeOf(old); before != nil && before.id != "" && before.id == place.id {
		// An id from before the login must be worthless after it.
		return old, errors.Join(errSameID, v.putBack(r, before, w))
	}
	if err := v.confirm(place, w); err != nil {
		return old, errors.Join(err, v.remove(r, kept{place: place}))
	}
	v.replace(r, h, lines)
	return kept{present: true, record: w.record, place: place}, nil
}

// confirm reads a new session back: a store that swallowed an error would leave
// a person anonymous after a login that seemed to work.
func (v *storeVault) confirm(place *storePlace, w writing) error {
	session, found, err := v.open(place.request)
	if err == nil && (!found || textOf(session) != place.text) {
		err = errNotKept
	}
	return refusal(err, len(place.text), w.record)
}

// putBack makes a row of the store what it was before a login that failed.
func (v *storeVault) putBack(r *http.Request, place *storePlace, w writing) error {
	if place.missing || place.text == "" {
		return v.erase(r, place)
	}
	session := sessions.NewSession(v.store, v.name)
	session.ID = place.id
	session.Values[payload.RecordKey] = place.text
	session.Options = optionsOf(w.cookie)
	return v.store.Save(place.in(r), scratch{}, session)
}

func (v *storeVault) update(r *http.Request, h http.Header, k kept, w writing) (kept, error) {
	place := placeOf(k)
	if place == nil || place.missing {
		return k, errGone
	}
	// Without conditions in the store, this is how near we can come to one.
	request := place.in(r)
	session, found, err := v.open(request)
	switch {
	case err != nil:
		return k, err
	case !found:
		return k, errGone
	case textOf(session) != place.text:
		return k, errChanged
	}
	lines, text, err := v.save(request, session, w)
	if err != nil {
		return k, err
	}
	if len(lines) == 0 { // the store sets its cookie once, but the life of ours is longer now
		lines = v.dress(v.carried(place.request), w)
	}
	if h != nil {
		v.replace(r, h, lines)
	}
	return kept{present: true, record: w.record, place: &storePlace{
		id: session.ID, text: text, written: w.now, request: v.withCookies(r, lines...),
	}}, nil
}

func (v *storeVault) remove(r *http.Request, k kept) error {
	place := placeOf(k)
	if place == nil || place.missing {
		return nil
	}
	return v.erase(r, place)
}

// erase deletes the row of an id. A store without ids has none.
func (v *storeVault) erase(r *http.Request, place *storePlace) error {
	if place.id == "" {
		return nil
	}
	session := sessions.NewSession(v.store, v.name)
	session.ID = place.id
	session.Options = optionsOf(v.attributes)
	session.Options.MaxAge = -1
	return v.store.Save(place.in(r), scratch{}, session)
}

func (v *storeVault) clear(r *http.Request, h http.Header) {
	cookies.Clear(h, cookies.Under(r, v.name), v.attributes)
}

// size knows no limit: the cookie of a store with rows is short, and how much a
// row holds only the store knows.
func (v *storeVault) size(n int) (size, limit int) { return n, 0 }

func (v *storeVault) rowAlone() bool { return false }

func (v *storeVault) hasRow(k kept) bool {
	place := placeOf(k)
	return place != nil && place.id != ""
}
