package ginauth0

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// ConnectAccountOptions say which account is to be connected.
type ConnectAccountOptions struct {
	// Connection is the name of the connection, such as google-oauth2. It is required.
	Connection string
	// Scopes to be granted there. Zero: those of the connection.
	Scopes []string
	// AuthorizationParams are further parameters of the request there, such as
	// login_hint. They go as JSON.
	AuthorizationParams map[string]any
	// ReturnTo is where it leads, as LoginOptions.ReturnTo.
	ReturnTo string
	// AppState, at most 1024 bytes, comes back in CallbackEvent.AppState.
	AppState string
}

// connectRequest is the body with which the connection of an account starts (Auth0: My
// Account API).
type connectRequest struct {
	Connection          string          `json:"connection"`
	RedirectURI         string          `json:"redirect_uri"`
	State               string          `json:"state"`
	CodeChallenge       string          `json:"code_challenge"`
	CodeChallengeMethod string          `json:"code_challenge_method"`
	Scopes              []string        `json:"scopes,omitempty"`
	AuthorizationParams json.RawMessage `json:"authorization_params,omitempty"`
}

// completeRequest is the body with which it ends.
type completeRequest struct {
	AuthSession  string `json:"auth_session"`
	ConnectCode  string `json:"connect_code"`
	RedirectURI  string `json:"redirect_uri"`
	CodeVerifier string `json:"code_verifier"`
}

// request judges options and returns what they say of the request.
func (o ConnectAccountOptions) request() (connectRequest, error) {
	r := connectRequest{Connection: o.Connection, Scopes: o.Scopes, CodeChallengeMethod: "S256"}
	if err := checkConnection(o.Connection); err != nil {
		return r, err
	}
	if err := checkScopes("scopes", o.Scopes); err != nil {
		return r, err
	}
	if err := checkAppState(o.AppState); err != nil {
		return r, err
	}
	if len(o.AuthorizationParams) == 0 {
		return r, nil
	}
	params, err := json.Marshal(o.AuthorizationParams)
	if s := strictjson.Object(params); err != nil || !readable(&s) {
		return r, &ParameterError{Name: "authorization_params", Reason: "have a value that JSON cannot hold"}
	}
	r.AuthorizationParams = params
	return r, nil
}

func checkConnection(name string) error {
	if strings.TrimSpace(name) == "" {
		return &ParameterError{Name: "connection", Reason: "is missing"}
	}
	return nil
}

// StartConnectAccount sends the browser to connect an account at another service to the
// person who is signed in (Auth0: Connected Accounts); [Auth.TokenForConnection] brings
// its tokens then. The browser comes back to the callback route, which completes the
// connection and leads to ReturnTo. It either writes the redirect, aborts the chain and
// returns nil, or writes no answer and returns an error for [Auth.Fail]. For a
// speculative request (prefetch) it answers 204.
//
// It needs an access token for the tenant's My Account API, which a refresh token brings
// (Auth0: Multi-Resource Refresh Tokens), with the scope create:me:connected_accounts.
// Whoever offers it to other origins than its own pages lets them connect accounts; the
// route of Config.Routes.EnableConnectedAccounts does not.
//
// Errors: *[ParameterError] and [ErrBadRequest] for options; [ErrNotMounted];
// *[MyAccountError] (the API refused); and those of [Auth.AccessToken], of which
// [ErrResponseStarted] comes before anything is asked.
func (a *Auth) StartConnectAccount(c *gin.Context, o ConnectAccountOptions) error {
	d, answered, err := a.departureOf(c, callbackOf)
	if answered || err != nil {
		return err
	}
	request, err := o.request()
	if err != nil {
		return err
	}
	m, err := a.myAccountOf(c)
	if err != nil {
		return err
	}
	attempt := &attempt{
		State: randomText(), Verifier: oauth2.GenerateVerifier(), Kind: kindConnect, RedirectURI: d.redirectURI,
		Domain: m.provider.Domain().String(), Issuer: m.metadata.Issuer, RID: m.session.RID,
		AppState: []byte(o.AppState), Created: a.now().UnixMilli(),
	}
	location, err := a.startConnection(c, m, attempt, request)
	if err != nil {
		return err
	}
	return a.depart(c, d, attempt, o.ReturnTo, location)
}

// startConnection tells the tenant of an attempt and returns where the browser goes.
func (a *Auth) startConnection(c *gin.Context, m myAccount, attempt *attempt, request connectRequest) (string, error) {
	request.RedirectURI, request.State = attempt.RedirectURI, attempt.State
	request.CodeChallenge = oauth2.S256ChallengeFromVerifier(attempt.Verifier)
	body, err := a.call(c, m, accountCall{
		scope: scopeCreateAccounts, method: http.MethodPost, path: "/connect", body: request, status: http.StatusCreated,
	})
	if err != nil {
		return "", err
	}
	in := readAccount(strictjson.Object(body))
	start := in.start()
	location, err := url.Parse(start.uri)
	if !in.sound() || err != nil || m.provider.Domain().CheckEndpoint(start.uri) != nil {
		return "", &badAnswerError{errAccountAnswer}
	}
	attempt.AuthSession = start.authSession
	query := location.Query()
	query.Set("ticket", start.ticket)
	location.RawQuery = query.Encode()
	return location.String(), nil
}

// completeConnection connects the account that the browser comes back from.
func (a *Auth) completeConnection(c *gin.Context, e *ending, code string) error {
	m, err := a.myAccountOf(c)
	if err != nil {
		return err
	}
	if err := e.attempt.isOf(m.session); err != nil {
		return err
	}
	body, err := a.call(c, m, accountCall{
		scope: scopeCreateAccounts, method: http.MethodPost, path: "/complete", status: http.StatusCreated,
		body: completeRequest{
			AuthSession: e.attempt.AuthSession, ConnectCode: code, RedirectURI: e.attempt.RedirectURI, CodeVerifier: e.attempt.Verifier,
		},
	})
	if err != nil {
		return err
	}
	in := readAccount(strictjson.Object(body))
	account := in.account()
	if !in.sound() {
		return &badAnswerError{errAccountAnswer}
	}
	if err := a.dropTokensOf(c, m.session, account.Connection); err != nil {
		return err
	}
	e.account, e.session = &account, a.visitOf(c).session.Load()
	return nil
}

// dropTokensOf drops the tokens of a connection that the session holds: they may be of
// another account there, and lack the scopes that were just granted.
func (a *Auth) dropTokensOf(c *gin.Context, before *record, connection string) error {
	of := func(t recordConnection) bool { return t.Connection == connection }
	if session := a.visitOf(c).session.Load(); session != nil && !slices.ContainsFunc(session.record.Connections, of) {
		return nil // and nothing to write
	}
	return a.changeSession(c, before, func(r *record) {
		r.Connections = slices.DeleteFunc(slices.Clone(r.Connections), of)
	})
}
