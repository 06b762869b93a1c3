package ginauth0

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// handleProfile is the profile route: the user's claims as JSON, for scripts of the
// application's own pages. It never redirects.
func (a *Auth) handleProfile(c *gin.Context) {
	v := a.load(c)
	session := v.session.Load()
	switch {
	case v.err != nil:
		a.Fail(c, v.err)
	case session == nil:
		a.Fail(c, ErrNoSession)
	default:
		noStore(c.Writer.Header())
		c.Header("X-Content-Type-Options", "nosniff") // the claims may hold what the person typed
		c.Data(http.StatusOK, "application/json; charset=utf-8", session.record.User)
	}
}
