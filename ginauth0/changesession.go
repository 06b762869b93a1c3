package ginauth0

import (
	"errors"

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
	changed, err := a.keeper.change(c.Request, h, v.found, "", edit)
	switch {
	case errors.Is(err, errGone):
		a.over(c, h, v.found, eventSessionExpired, "a session was ended meanwhile")
		v.hold(kept{})
		return ErrNoSession
	case err != nil:
		if errors.Is(err, ErrStore) || errors.Is(err, ErrConflict) {
			a.event(c.Request.Context(), Event{Name: eventStoreFailed, Issuer: before.Issuer})
		}
		return err
	}
	v.hold(changed)
	return nil
}
