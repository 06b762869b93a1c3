package ginauth0

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// vault keeps the record of a session between requests: in cookies of our own,
// in rows of a store of this module, or in any store of gin-contrib/sessions. It
// decides nothing; keeper does. An error other than those named says that the
// store does not work.
type vault interface {
	// read reads what a request carries.
	read(r *http.Request) (kept, error)
	// reread reads the newest state of a session that was read before. Its record
	// is nil if the session is gone.
	reread(r *http.Request, k kept) (kept, error)
	// insert writes a new session under a new id, and its cookie in place of
	// those that the request carries. The row of the old one stays. The error may
	// be a *[SessionTooLargeError]; then h is as it was.
	insert(r *http.Request, h http.Header, old kept, w writing) (kept, error)
	// update writes a session that was read, and its cookie. The error may be
	// errGone, errChanged or a *[SessionTooLargeError]; then h is as it was. A nil
	// h leaves the cookie alone, where hasRow says that this can be.
	update(r *http.Request, h http.Header, k kept, w writing) (kept, error)
	// remove deletes the row of a session, if it has one.
	remove(r *http.Request, k kept) error
	// clear makes the browser forget the cookies that a request carries.
	clear(r *http.Request, h http.Header)
	// size says how long a record of n bytes becomes, and how long it may be; a
	// limit of 0 is none that we know.
	size(n int) (size, limit int)
	// rowAlone reports whether every change of a session is one of its row: then a
	// session can change when the response has started.
	rowAlone() bool
	// hasRow reports whether a session is in a row, and its cookie only leads there.
	hasRow(k kept) bool
}

var (
	errGone    = rows.ErrGone     // the session is over
	errChanged = rows.ErrConflict // it has been written since it was read
)

// kept is what the cookies of a request led to.
type kept struct {
	present bool    // the request carries cookies of a session
	record  *record // nil: none
	old     bool    // should be sealed anew, with the first secret
	place   any     // where it is kept, for the vault that read it
}

// writing is a record on its way into a vault.
type writing struct {
	record *record
	text   []byte // the record as JSON
	now    time.Time
	expiry time.Time
	cookie http.Cookie // attributes and life, without name and value
}

// isVaultError reports whether an error is one that a vault names, and no
// failure of the store.
func isVaultError(err error) bool {
	var tooLarge *SessionTooLargeError
	return errors.Is(err, errGone) || errors.Is(err, errChanged) || errors.As(err, &tooLarge)
}
