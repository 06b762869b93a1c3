package ginauth0

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Places of the My Account API below the issuer.
const (
	myAccountPath         = "/me/" // with it, its audience
	connectedAccountsPath = "/me/v1/connected-accounts"
)

// maxAccountRedirects is how many redirects a GET follows.
const maxAccountRedirects = 3

var (
	errAccountAnswer = errors.New("a member is missing or has another form than it should")
	errAccountStatus = errors.New("not the status of success")
)

// MyAccountError is an answer of Auth0's My Account API with an error status. Type,
// Title and Detail are the tenant's words, for the program; neither a browser nor Error
// shows them. They are empty if the answer is no problem document (RFC 9457). A status
// that is not 4xx makes it an [ErrUpstream] too. The status, or 502 if it is not 4xx,
// with the code connect_account_error.
type MyAccountError struct {
	Status int // of HTTP
	Type   string
	Title  string
	Detail string
}

// Error shows the status alone.
func (e *MyAccountError) Error() string {
	return fmt.Sprintf("ginauth0: the My Account API answered with status %d", e.Status)
}

// Is reports whether target is [ErrUpstream], for a tenant in trouble.
func (e *MyAccountError) Is(target error) bool { return target == ErrUpstream && !e.refused() }

// refused reports whether the status is a verdict on what was asked.
func (e *MyAccountError) refused() bool { return e.Status/100 == 4 }

// readProblem reads an error answer.
func readProblem(status int, body []byte) *MyAccountError {
	e := &MyAccountError{Status: status}
	s := strictjson.Object(body)
	for s.Next() {
		switch string(s.Name()) {
		case "type":
			e.Type, _ = s.Value().Text()
		case "title":
			e.Title, _ = s.Value().Text()
		case "detail":
			e.Detail, _ = s.Value().Text()
		}
	}
	if s.Err() != nil {
		return &MyAccountError{Status: status}
	}
	return e
}

// myAccount is the account of the person who is signed in, at the tenant of the
// session.
type myAccount struct {
	session  *record
	provider *oidc.Provider
	metadata *oidc.Metadata
}

// myAccountOf returns the account of the person who is signed in.
func (a *Auth) myAccountOf(c *gin.Context) (myAccount, error) {
	found, err := a.liveSession(a.load(c))
	if err != nil {
		return myAccount{}, err
	}
	m := myAccount{session: found.record}
	if m.provider, err = a.providerFor(found.record.Domain); err != nil {
		return m, err
	}
	m.metadata, err = metadataOf(c.Request.Context(), m.provider)
	return m, err
}

// accountCall is one call of the My Account API.
type accountCall struct {
	scope  string // that the token needs
	method string
	path   string // below that of connected accounts, escaped
	query  url.Values
	body   any // written as JSON; nil: none
	status int // of success
}

// call sends a call, with a token for the API, and returns the body of a success.
func (a *Auth) call(c *gin.Context, m myAccount, call accountCall) ([]byte, error) {
	token, key, err := a.obtainBound(c, TokenOptions{Audience: m.metadata.Address(myAccountPath), Scopes: []string{call.scope}})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), a.settings.HTTPTimeout)
	defer cancel()
	request, err := a.accountRequest(ctx, m, call)
	if err != nil {
		return nil, err
	}
	client := a.resourceClient(token, key)
	client.Timeout, client.CheckRedirect = 0, followAccountGET
	answer, err := oidc.Exchange(client, request)
	switch {
	case err != nil:
		return nil, tenantError(err, "")
	case answer.Status == call.status:
		return answer.Body, nil
	case answer.Status >= http.StatusBadRequest:
		return nil, readProblem(answer.Status, answer.Body)
	}
	return nil, &badAnswerError{errAccountStatus}
}

// accountRequest is the request of a call, without a token.
func (a *Auth) accountRequest(ctx context.Context, m myAccount, call accountCall) (*http.Request, error) {
	address := m.metadata.Address(connectedAccountsPath + call.path)
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	var body bytes.Buffer
	if call.body != nil {
		if err := json.NewEncoder(&body).Encode(call.body); err != nil {
			return nil, err // was judged before
		}
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address, &body)
	if err != nil {
		return nil, ErrConfig // an issuer is an address
	}
	request.Header = requestHeader(a.settings.DisableTelemetry)
	request.Header.Set("Accept", "application/json")
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// followAccountGET follows few redirects of a GET, to where the token may go, and
// hands any other to the caller.
func followAccountGET(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || len(via) > maxAccountRedirects {
		return http.ErrUseLastResponse
	}
	return stayAtOrigin(next, via)
}
