package ginauth0

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// connectParams are what a request to the connect and unconnect routes asks for.
type connectParams struct {
	connection string
	scopes     []string
	returnTo   string
}

// connectRoute is a route that starts something about an account of the person who is
// signed in. Only our own pages may send somebody there: the account that comes back is
// used in the name of this person, so another site must not choose when.
func (a *Auth) connectRoute(start func(*gin.Context, connectParams) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if speculative(c.Request) {
			nothing(c)
			return
		}
		base, err := a.settings.baseOf(c.Request)
		if err == nil && crossSite(c.Request, base) {
			err = ErrCrossSite
		}
		var params connectParams
		if err == nil {
			params, err = readConnectParams(c.Request.URL.RawQuery)
		}
		if err == nil {
			err = start(c, params)
		}
		if err != nil {
			a.Fail(c, err)
		}
	}
}

// readConnectParams reads a query. scopes may occur several times.
func readConnectParams(rawQuery string) (connectParams, error) {
	params, err := queryParams(rawQuery, "connection", "returnTo")
	if err != nil {
		return connectParams{}, err
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return connectParams{}, badRequest("the query is malformed")
	}
	p := connectParams{connection: params["connection"], returnTo: params["returnTo"]}
	for _, scopes := range query["scopes"] {
		p.scopes = append(p.scopes, strings.Fields(scopes)...)
	}
	return p, nil
}

// handleConnect is the connect route of connected accounts.
func (a *Auth) handleConnect(c *gin.Context, p connectParams) error {
	return a.StartConnectAccount(c, ConnectAccountOptions{Connection: p.connection, Scopes: p.scopes, ReturnTo: p.returnTo})
}
