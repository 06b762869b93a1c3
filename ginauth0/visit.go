package ginauth0

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// visitKey is the key of a request's *visit in its context.
type visitKey struct{}

// visit is what is known of one request. It stays the same value for the whole
// request, in the one place that every getter reads.
type visit struct {
	auth    *Auth
	session atomic.Pointer[Session] // nil: nobody is signed in
	asks    stepUps                 // of all guards of the request

	reference atomic.Pointer[string] // of the error that it ended in, nil if it did not

	resolve sync.Once // of what follows
	domain  oidc.Domain
	failed  error

	mu     sync.Mutex // of what follows; held while this request writes its session
	loaded bool
	found  kept  // the session as it was read or last written
	err    error // why there is none: ErrStore, ErrConfig
}

// visitOf returns what is known of a request, which is nothing at first.
func (a *Auth) visitOf(c *gin.Context) *visit {
	if v, ok := c.Request.Context().Value(visitKey{}).(*visit); ok && v.auth == a {
		return v
	}
	v := &visit{auth: a}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), visitKey{}, v))
	return v
}

// hold makes found the session of the request, and no session if its record is
// nil. The lock is held.
func (v *visit) hold(found kept) {
	v.loaded, v.found, v.err = true, found, nil
	if found.record == nil {
		v.session.Store(nil)
		return
	}
	v.session.Store(v.auth.newSession(found.record))
}
