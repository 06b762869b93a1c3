// Package rows is what ginauth0 and a session store of this module agree on
// beyond the interface of gin-contrib/sessions: rows that are written under
// conditions, so that a write in flight never brings back a session that was
// ended, and look-ups that share a round trip.
package rows

import (
	"context"
	"errors"
	"net/http"
	"time"
)

var (
	// ErrGone says that there is no such row any more: the session is over.
	ErrGone = errors.New("rows: the row is gone")
	// ErrConflict says that the row has been written since it was read.
	ErrConflict = errors.New("rows: the row was written meanwhile")
)

// Handle names a row at the version at which it was read or written. The zero
// Handle is no row.
type Handle struct {
	ID      string // of the session; a secret
	Version string
}

// Row is what is written.
type Row struct {
	Record  []byte      // sealed by the store
	Created time.Time   // of the session: a mark covers it if it is not before that
	Marks   []string    // keys of the marks by which the row must be found again
	Expiry  time.Time   // when session, row and cookie end
	Cookie  http.Cookie // attributes and life of the cookie, without name and value
}

// Found is what was read.
type Found struct {
	Record []byte // nil: no session, because no cookie opens or its row is gone
	Handle Handle
	Old    bool // cookie or row should be sealed anew, with the first secret
}

// Store keeps one record a session, in a row, and the sealed id of the row in a
// cookie. An error other than the two above means that the store does not work;
// its text shows no secret. Every method is safe for concurrent use.
type Store interface {
	// Find reads the row that the cookies of a request name.
	Find(r *http.Request, name string) (Found, error)
	// Reread reads a row again, which may be at another version then. Record is
	// nil if it is gone.
	Reread(ctx context.Context, h Handle) (Found, error)
	// Insert writes a row under a new id and sets its cookie in header, in place
	// of those of that name which header sets or the request carries.
	Insert(r *http.Request, header http.Header, name string, row Row) (Handle, error)
	// Update writes a row if it is at the version of the handle, and its cookie
	// like Insert. It returns [ErrGone] or [ErrConflict] if not; then header is
	// as it was. A nil header leaves the cookie alone.
	Update(r *http.Request, header http.Header, name string, h Handle, row Row) (Handle, error)
	// Remove deletes a row, at whatever version. One that is not there is no error.
	Remove(ctx context.Context, h Handle) error
}

// Source is a session store that has rows.
type Source interface {
	// Rows are those of this store; they may be asked for again and again.
	Rows() Store
}

// Lookup is offered by a logout store that can say in one round trip what the
// refresh lock beside it has kept.
type Lookup interface {
	// Beside reports whether lock keeps its results in the same place.
	Beside(lock any) bool
	// Look returns the marks of keys, one each, as ginauth0.LogoutStore does, and
	// the result that is kept under another key, as ginauth0.RefreshLock does.
	Look(ctx context.Context, keys []string, kept string) (marks []time.Time, sealed []byte, found bool, err error)
}
