package ginauth0

import (
	"context"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
)

// ConnectionTokenOptions say whose token is wanted of another provider.
type ConnectionTokenOptions struct {
	// Connection is the tenant's name for the provider, such as google-oauth2. It must
	// not be blank.
	Connection string
	// LoginHint names one of several accounts that the person has connected there, as
	// the provider calls it. Zero: the tenant chooses.
	LoginHint string
	// ForceRefresh gets a new token although the session may have a good one, say
	// because the provider refused that.
	ForceRefresh bool
}

// TokenForConnection returns an access token of another provider, to use its API in the
// name of the person who is signed in and has connected an account there (Auth0: Token
// Vault). It is a Bearer token, whatever Config.DPoP says, may outlive the session, and
// is kept in the session, by connection and login hint, until 30 s before it expires; one
// whose expiry is not known is not kept. Otherwise the tenant is asked, once for all who
// want the same at that moment. The refresh token of the session stands for the person
// there. It is not used up and stays what it is, whatever the answer.
//
// It loads the session itself if need be, and is to be called before the response
// starts, unless sessions are in redisstore.
//
// Errors: [ErrNoSession]; [ErrSessionExpired]; [ErrNoRefreshToken]; *[ParameterError]
// (Connection is blank; nothing was asked of the tenant); *[ProviderError] with Op
// "connection" (the tenant refused, say because the person has connected no such
// account); *[MFARequiredError]; [ErrUpstream], [ErrConfig]; [ErrStore], [ErrConflict],
// *[SessionTooLargeError]; [ErrResponseStarted] (nothing was asked of the tenant).
func (a *Auth) TokenForConnection(c *gin.Context, o ConnectionTokenOptions) (AccessToken, error) {
	if err := checkConnection(o.Connection); err != nil {
		return AccessToken{}, err
	}
	t, err := a.fulfil(c, func(*record) (wish, error) { return wantedConnection(o), nil })
	if err != nil {
		return AccessToken{}, err
	}
	token := t.handOut()
	token.Connection = o.Connection
	return token, nil
}

// wantedConnection is whose connection token is wanted. It is a wish.
type wantedConnection ConnectionTokenOptions

func (w wantedConnection) key() runKey {
	return runKey{connection: w.Connection, loginHint: w.LoginHint, force: w.ForceRefresh}
}

// choose takes the token for the account, unless it is about to expire.
func (w wantedConnection) choose(r *record, now time.Time) (t recordToken, found bool, err error) {
	for _, held := range r.Connections {
		if held.Connection == w.Connection && held.LoginHint == w.LoginHint && !held.due(now) && !w.ForceRefresh {
			return held.bearer(), true, nil
		}
	}
	if r.RefreshToken == "" {
		return recordToken{}, false, ErrNoRefreshToken
	}
	return recordToken{}, false, nil
}

// ask exchanges the refresh token. The provider's token is none of the tenant's, so it
// may be of any type, and no key proves anything about it.
func (w wantedConnection) ask(ctx context.Context, f *refreshing, state *record) (*refreshed, error) {
	a := f.auth
	provider, err := a.providerFor(state.Domain)
	if err != nil {
		return nil, err
	}
	f.asked = true
	begun := a.now()
	answer, err := provider.CallTokenEndpoint(ctx, a.settings.client(), w.form(state.RefreshToken))
	if err != nil {
		return nil, a.grantError(err, opConnection, state)
	}
	held := recordConnection{Connection: w.Connection, LoginHint: w.LoginHint, Token: answer.AccessToken, Scope: answer.Scope}
	if answer.HasExpiresIn {
		held.Expiry = begun.Add(answer.ExpiresIn).UnixMilli()
	}
	f.token = held.bearer()
	if held.due(a.now()) {
		return nil, nil //nolint:nilnil // the token is there, and nothing to keep
	}
	result := a.resultOf(state, state.RefreshToken)
	// Not by the clock: whatever a refresh brings is later, wherever it runs.
	result.At = state.Refreshed + 1
	result.Connections = []recordConnection{held}
	result.complete(state)
	return result, nil
}

// form is the request as it goes to the tenant (RFC 8693 section 2.1, with Auth0's own
// types).
func (w wantedConnection) form(refreshToken string) url.Values {
	form := url.Values{
		"grant_type":           {"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"},
		"subject_token":        {refreshToken},
		"subject_token_type":   {"urn:ietf:params:oauth:token-type:refresh_token"},
		"requested_token_type": {"http://auth0.com/oauth/token-type/federated-connection-access-token"},
		"connection":           {w.Connection},
	}
	if w.LoginHint != "" {
		form.Set("login_hint", w.LoginHint)
	}
	return form
}
