package ginauth0

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
)

// changeSession edits the session of a request, which must still be the one that it was
// before, and writes it. The error is [ErrNoSession] if it is over.
func (a *Auth) changeSession(c *gin.Context, before *record, edit func(*record)) error {
	h := c.Writer.Header()
	if cannotWrite(c) {
		h = nil // it is in a row, or nobody would be here
	}
	v := a.visitOf(c)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found.record == nil || v.found.record.RID != before.RID {
		return ErrNoSession // this request ended it meanwhile
	}
	err := a.write(c, h, v, "", edit)
	a.countStoreFailure(c.Request.Context(), before.Issuer, err)
	return err
}

// write edits the session of a request and writes it. obtained is the access token just
// obtained, which the budget never drops. The lock is held. The error is [ErrNoSession]
// if the session is over.
func (a *Auth) write(c *gin.Context, h http.Header, v *visit, obtained string, edit func(*record)) error {
	changed, err := a.keeper.change(c.Request, h, v.found, obtained, edit)
	switch {
	case errors.Is(err, errGone):
		a.over(c, h, v.found, eventSessionExpired, "a session was ended meanwhile")
		v.hold(kept{})
		return ErrNoSession
	case err != nil:
		return err
	}
	v.hold(changed)
	return nil
}
