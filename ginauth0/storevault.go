package ginauth0

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// cautiousBytes is the length of a sealed record from which on a store that
// refuses it is taken to find it too long: encoded once more it is near the 4096
// bytes that many stores allow.
const cautiousBytes = 2000

// storeVault keeps sessions in any store of gin-contrib/sessions. The record is
// sealed, since a database or a signed cookie may be read by others (contract
// web 6.1). The store is asked directly and not through gorilla's registry, so
// that a program which saves all its sessions at once does not write an old copy
// of ours.
type storeVault struct {
	name       string
	store      ginsessions.Store
	box        *seal.Box
	now        func() time.Time
	attributes http.Cookie
}

// recordName is the name that records are sealed under.
const recordName = "record"

// storePlace is where a storeVault found a session.
type storePlace struct {
	id      string        // gorilla's; empty in stores without ids
	request *http.Request // carries the cookie by which the store knows the session
}

func (v *storeVault) read(r *http.Request) (kept, error) {
	if cookies.Under(r, v.name).Empty() {
		return kept{}, nil
	}
	return v.find(r)
}

// find asks the store what a request carries.
func (v *storeVault) find(r *http.Request) (kept, error) {
	k := kept{present: true}
	session, err := v.open(r)
	if err != nil || session == nil {
		return k, err
	}
	k.place = &storePlace{id: session.ID, request: r}
	text, _ := session.Values[payload.RecordKey].(string)
	opened, err := v.box.Open(recordName, text, v.now())
	if err != nil {
		return k, nil //nolint:nilerr // what does not open is absent
	}
	k.record, k.old = parseRecord(opened.Payload), opened.Old
	return k, nil
}

// open returns the session that the store has for a request, nil if it has none.
func (v *storeVault) open(r *http.Request) (*sessions.Session, error) {
	copied := *r // a store may put things into the context of its request
	session, err := v.store.New(&copied, v.name)
	switch {
	case isAbsent(err):
		return nil, nil //nolint:nilnil // nil is "none"
	case err != nil:
		return nil, err
	case session == nil:
		return nil, errors.New("the session store returned neither a session nor an error")
	case session.IsNew:
		return nil, nil //nolint:nilnil // nil is "none"
	}
	return session, nil
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

func (v *storeVault) reread(_ *http.Request, k kept) (kept, error) {
	place, ok := k.place.(*storePlace)
	if !ok {
		return kept{present: true}, nil
	}
	return v.find(place.request)
}

func (v *storeVault) insert(r *http.Request, h http.Header, old kept, w writing) (kept, error) {
	// Some stores take the id from the cookie of the request.
	blank := v.withCookies(r, nil)
	session, err := v.store.New(blank, v.name)
	if err != nil && !isAbsent(err) || session == nil {
		return old, fmt.Errorf("a new session: %w", err)
	}
	session.ID = ""
	lines, err := v.save(blank, session, w)
	if err != nil {
		return old, err
	}
	place := &storePlace{id: session.ID, request: v.withCookies(r, lines)}
	if before, ok := old.place.(*storePlace); ok && before.id != "" && before.id == place.id {
		// An id from before the login must be worthless after it.
		if err := v.remove(r, kept{place: place}); err != nil {
			return old, errors.Join(errSameID, err)
		}
		return old, errSameID
	}
	v.replace(r, h, lines)
	return kept{present: true, record: w.record, place: place}, nil
}

var errSameID = errors.New("the session store keeps the id of the old session")

func (v *storeVault) update(r *http.Request, h http.Header, k kept, w writing) (kept, error) {
	place, ok := k.place.(*storePlace)
	if !ok {
		return k, errGone
	}
	// Without conditions in the store, this is how near we can come to one.
	session, err := v.open(place.request)
	switch {
	case err != nil:
		return k, err
	case session == nil:
		return k, errGone
	}
	lines, err := v.save(place.request, session, w)
	if err != nil {
		return k, err
	}
	v.replace(r, h, lines)
	return kept{present: true, record: w.record, place: place}, nil
}

// save writes a session and returns the cookies that the store sets.
func (v *storeVault) save(r *http.Request, session *sessions.Session, w writing) ([]*http.Cookie, error) {
	text := v.box.Seal(recordName, w.now, w.expiry, w.text)
	session.Values = map[any]any{payload.RecordKey: text}
	session.Options = &sessions.Options{
		Path: w.cookie.Path, Domain: w.cookie.Domain, MaxAge: max(w.cookie.MaxAge, 1),
		Secure: w.cookie.Secure, HttpOnly: w.cookie.HttpOnly, SameSite: w.cookie.SameSite,
	}
	answer := scratch{}
	if err := v.store.Save(r, answer, session); err != nil {
		if len(text) > cautiousBytes {
			err = &SessionTooLargeError{Size: len(text), Fields: w.record.fieldSizes(), Err: err}
		}
		return nil, err
	}
	return (&http.Response{Header: http.Header(answer)}).Cookies(), nil
}

func (v *storeVault) remove(r *http.Request, k kept) error {
	place, ok := k.place.(*storePlace)
	if !ok || place.id == "" {
		return nil
	}
	session := sessions.NewSession(v.store, v.name)
	session.ID = place.id
	session.Options = &sessions.Options{Path: v.attributes.Path, Domain: v.attributes.Domain, MaxAge: -1}
	copied := *r
	return v.store.Save(&copied, scratch{}, session)
}

func (v *storeVault) clear(r *http.Request, h http.Header) {
	cookies.Clear(h, cookies.Under(r, v.name), v.attributes)
}

// replace sets the cookies of the store in place of those that the request
// carries or an earlier write in the same response had set.
func (v *storeVault) replace(r *http.Request, h http.Header, lines []*http.Cookie) {
	v.clear(r, h)
	for _, line := range lines {
		cookies.Set(h, line)
	}
}

// withCookies returns a copy of a request whose session cookies are these.
func (v *storeVault) withCookies(r *http.Request, lines []*http.Cookie) *http.Request {
	copied := *r
	copied.Header = r.Header.Clone()
	copied.Header.Del("Cookie")
	for _, cookie := range r.Cookies() {
		if cookie.Name != v.name && !strings.HasPrefix(cookie.Name, v.name+".") {
			copied.AddCookie(cookie)
		}
	}
	for _, line := range lines {
		copied.AddCookie(&http.Cookie{Name: line.Name, Value: line.Value})
	}
	return &copied
}

func (v *storeVault) size(n int) (size, limit int) { return n, 0 }

func (v *storeVault) rowAlone() bool { return false }

// scratch is an answer of which nothing but the header is of interest.
type scratch http.Header

func (s scratch) Header() http.Header            { return http.Header(s) }
func (s scratch) Write(body []byte) (int, error) { return len(body), nil }
func (s scratch) WriteHeader(int)                {}
