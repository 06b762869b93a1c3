package ginauth0api_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestErrorNamesCodeAndCause(t *testing.T) {
	t.Parallel()
	plain := &ginauth0api.Error{Status: http.StatusForbidden, Kind: "insufficient_scope", Code: "insufficient_scope"}
	if got, want := plain.Error(), "ginauth0api: insufficient_scope"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	caused := &ginauth0api.Error{Status: http.StatusServiceUnavailable, Kind: "temporarily_unavailable", Code: "jwks_fetch_failed", Err: io.ErrUnexpectedEOF}
	if got, want := caused.Error(), "ginauth0api: jwks_fetch_failed: unexpected EOF"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !errors.Is(caused, io.ErrUnexpectedEOF) || !errors.Is(caused, ginauth0api.ErrUpstream) || errors.Is(caused, ginauth0api.ErrInternal) {
		t.Error("cause or sentinel is not found")
	}
	own := &ginauth0api.Error{Status: http.StatusTeapot, Kind: "teapot", Code: "teapot"}
	for _, sentinel := range []error{ginauth0api.ErrNoToken, ginauth0api.ErrBadRequest, ginauth0api.ErrBadToken, ginauth0api.ErrScope, ginauth0api.ErrUpstream, ginauth0api.ErrInternal} {
		if errors.Is(own, sentinel) {
			t.Errorf("an error of another kind is %v", sentinel)
		}
	}
}

// Gin would take a gin.Error inside the cause for the error itself.
func TestInternalErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	var kept []*gin.Error
	a := serve(t, func(r gin.IRouter) {
		r.Use(func(c *gin.Context) {
			c.Next()
			kept = c.Errors
		})
		r.GET("/", func(c *gin.Context) { guard.Refuse(c, &gin.Error{Err: io.ErrUnexpectedEOF, Type: gin.ErrorTypePublic}) })
	})
	wantRefused(t, a.get(), "internal_error", "")
	var refused *ginauth0api.Error
	if len(kept) != 1 || !errors.As(kept[0].Err, &refused) || !errors.Is(refused, ginauth0api.ErrInternal) || !errors.Is(refused, io.ErrUnexpectedEOF) {
		t.Errorf("errors %v", kept)
	}
}

func TestUnavailableErrorOfTheApplicationHasADefaultWait(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, func(c *gin.Context) {
		guard.Refuse(c, &ginauth0api.Error{Status: http.StatusServiceUnavailable, Kind: "temporarily_unavailable", Code: "mine"})
	})
	if got := a.get(); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "5" || len(got.challenges()) != 0 {
		t.Errorf("%d %v", got.status, got.header)
	}
}
