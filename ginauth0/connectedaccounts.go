package ginauth0

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Scopes of the My Account API.
const (
	scopeCreateAccounts = "create:me:connected_accounts"
	scopeReadAccounts   = "read:me:connected_accounts"
	scopeDeleteAccounts = "delete:me:connected_accounts"
)

// Limits of lists.
const (
	maxTake  = 100
	maxPages = 100 // that are followed
)

var (
	errSameCursor   = errors.New("a cursor came back a second time")
	errTooManyPages = errors.New("more pages than are followed")
)

// ConnectedAccount is an account of the person at another service, whose tokens
// [Auth.TokenForConnection] brings.
type ConnectedAccount struct {
	ID         string    // for DeleteConnectedAccount
	Connection string    // name, such as google-oauth2
	AccessType string    // "offline"; empty if the tenant did not say
	Scopes     []string  // that were granted there
	CreatedAt  time.Time // zero if the tenant did not say
	ExpiresAt  time.Time // zero: it does not expire by itself
}

// ConnectedAccountPage is a part of a list.
type ConnectedAccountPage struct {
	Accounts []ConnectedAccount // in the tenant's order
	Next     string             // for ListOptions.From; empty: there are no more
}

// AccountConnection is a service at which the person can connect an account.
type AccountConnection struct {
	Name     string   // for ConnectAccountOptions.Connection
	Strategy string   // kind of service, such as google-oauth2
	Scopes   []string // that can be asked for; nil if the tenant did not say
}

// AccountConnectionPage is a part of a list.
type AccountConnectionPage struct {
	Connections []AccountConnection // in the tenant's order
	Next        string              // for ListOptions.From; empty: there are no more
}

// ListOptions say which part of a list is wanted. The zero value is the first page.
type ListOptions struct {
	// Connection leaves the accounts at other connections out. It is for lists of
	// accounts only. Zero: all.
	Connection string
	// From is Next of the page before. Zero: from the beginning.
	From string
	// Take is the most that a page holds, 1 to 100. Zero: as many as the tenant likes.
	Take int
}

// query judges options and returns the parameters of the request.
func (o ListOptions) query() (url.Values, error) {
	query := url.Values{}
	switch {
	case o.Take < 0 || o.Take > maxTake:
		return nil, &ParameterError{Name: "take", Reason: "is neither 0 nor 1 to 100"}
	case o.Take > 0:
		query.Set("take", strconv.Itoa(o.Take))
	}
	for name, value := range map[string]string{"connection": o.Connection, "from": o.From} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query, nil
}

// ListConnectedAccounts returns a page of the accounts that the person has connected
// (Auth0). It needs an access token for the tenant's My Account API, which a refresh
// token brings, with the scope read:me:connected_accounts.
//
// Errors: *[ParameterError]; *[MyAccountError] (the API refused); [ErrUpstream]; and
// those of [Auth.AccessToken].
func (a *Auth) ListConnectedAccounts(c *gin.Context, o ListOptions) (ConnectedAccountPage, error) {
	accounts, next, err := listPage(a, c, "accounts", o, (*accountReader).account)
	return ConnectedAccountPage{accounts, next}, err
}

// ListAccountConnections returns a page of the connections at which the person can
// connect an account (Auth0). Token and errors are as for
// [Auth.ListConnectedAccounts].
func (a *Auth) ListAccountConnections(c *gin.Context, o ListOptions) (AccountConnectionPage, error) {
	if o.Connection != "" {
		return AccountConnectionPage{}, &ParameterError{Name: "connection", Reason: "is for lists of accounts"}
	}
	connections, next, err := listPage(a, c, "connections", o, (*accountReader).connection)
	return AccountConnectionPage{connections, next}, err
}

// AllConnectedAccounts is [Auth.ListConnectedAccounts] from o.From on to the end, with
// its errors. It is an [ErrUpstream] too if a cursor comes back a second time, or after
// 100 pages.
func (a *Auth) AllConnectedAccounts(c *gin.Context, o ListOptions) ([]ConnectedAccount, error) {
	return follow(o, func(o ListOptions) ([]ConnectedAccount, string, error) {
		page, err := a.ListConnectedAccounts(c, o)
		return page.Accounts, page.Next, err
	})
}

// AllAccountConnections is [Auth.ListAccountConnections] from o.From on to the end, with
// the errors of [Auth.AllConnectedAccounts].
func (a *Auth) AllAccountConnections(c *gin.Context, o ListOptions) ([]AccountConnection, error) {
	return follow(o, func(o ListOptions) ([]AccountConnection, string, error) {
		page, err := a.ListAccountConnections(c, o)
		return page.Connections, page.Next, err
	})
}

// follow goes from page to page.
func follow[T any](o ListOptions, page func(ListOptions) ([]T, string, error)) ([]T, error) {
	var all []T
	seen := map[string]bool{o.From: true}
	for range maxPages {
		some, next, err := page(o)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		switch {
		case next == "":
			return all, nil
		case seen[next]:
			return nil, &badAnswerError{errSameCursor}
		}
		seen[next], o.From = true, next
	}
	return nil, &badAnswerError{errTooManyPages}
}

// listPage gets a page. name is that of the list, in the path and in the answer.
func listPage[T any](a *Auth, c *gin.Context, name string, o ListOptions, read func(*accountReader) T) (all []T, next string, err error) {
	query, err := o.query()
	if err != nil {
		return nil, "", err
	}
	m, err := a.myAccountOf(c)
	if err != nil {
		return nil, "", err
	}
	body, err := a.call(c, m, accountCall{
		scope: scopeReadAccounts, method: http.MethodGet, path: "/" + name, query: query, status: http.StatusOK,
	})
	if err != nil {
		return nil, "", err
	}
	in, present := readAccount(strictjson.Object(body)), false
	for in.Next() {
		switch string(in.Name()) {
		case name:
			present = in.Value().Kind == strictjson.Array
			for element := range in.Value().Elements() {
				item := readAccount(element.Members())
				all = append(all, read(item))
				in.odd = in.odd || !item.sound()
			}
		case "next":
			next = in.optional()
		}
	}
	if !in.sound() || !present {
		return nil, "", &badAnswerError{errAccountAnswer}
	}
	return all, next, nil
}
