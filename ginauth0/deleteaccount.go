package ginauth0

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// DeleteConnectedAccount disconnects an account by its id (Auth0); that there is no such
// account is no error. The API does not say at which connection the account is, so all
// tokens of connections that the session holds are dropped with it. It needs an access
// token as [Auth.ListConnectedAccounts] does, with the scope
// delete:me:connected_accounts, and is to be called before the response starts, unless
// sessions are in redisstore.
//
// Errors: *[ParameterError] for an empty id; *[MyAccountError]; [ErrUpstream]; those of
// [Auth.AccessToken], of which [ErrStore] and [ErrConflict] are possible after the
// account is gone too.
func (a *Auth) DeleteConnectedAccount(c *gin.Context, id string) error {
	if id == "" {
		return &ParameterError{Name: "id", Reason: "is empty"}
	}
	if _, err := a.liveSession(a.load(c)); err != nil {
		return err
	}
	if cannotWrite(c) && !a.keeper.vault.rowAlone() {
		return ErrResponseStarted
	}
	m, err := a.myAccountOf(c)
	if err != nil {
		return err
	}
	_, err = a.call(c, m, accountCall{
		scope: scopeDeleteAccounts, method: http.MethodDelete, path: "/accounts/" + escapeSegment(id), status: http.StatusNoContent,
	})
	var refused *MyAccountError
	if err != nil && (!errors.As(err, &refused) || refused.Status != http.StatusNotFound) {
		return err
	}
	return a.changeSession(c, m.session, (*record).dropConnections)
}

// escapeSegment escapes a text to stand in a path as one segment, dots included if
// nothing else is in it: those would lead elsewhere (RFC 3986 section 5.2.4).
func escapeSegment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}
