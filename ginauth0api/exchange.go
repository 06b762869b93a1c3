package ginauth0api

import (
	"context"
	"net/url"
)

// Token type identifiers (RFC 8693 section 3).
const (
	TokenTypeAccessToken  = "urn:ietf:params:oauth:token-type:access_token"
	TokenTypeRefreshToken = "urn:ietf:params:oauth:token-type:refresh_token"
)

const (
	grantFederatedConnection = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"
	tokenTypeFederated       = "http://auth0.com/oauth/token-type/federated-connection-access-token"
)

// ConnectionRequest asks for the token of a person at another service.
type ConnectionRequest struct {
	// SubjectToken is the person's token here, without the scheme before it.
	SubjectToken Secret
	// SubjectTokenType is TokenTypeAccessToken or TokenTypeRefreshToken. Zero:
	// TokenTypeAccessToken.
	SubjectTokenType string
	// Connection is the name of the connection at Auth0, such as google-oauth2.
	Connection string
	// LoginHint chooses between several accounts of the person. Zero: not sent.
	LoginHint string
}

// ExchangeRequest asks for a token in exchange for another one (RFC 8693 section
// 2.1). SubjectToken and SubjectTokenType are required; what is empty of the rest
// is not sent.
type ExchangeRequest struct {
	// SubjectToken stands for the party on whose behalf the request is made. It
	// comes without the scheme before it.
	SubjectToken Secret
	// SubjectTokenType is its token type identifier.
	SubjectTokenType string
	// ActorToken stands for the acting party. It needs ActorTokenType, and the
	// other way round.
	ActorToken     Secret
	ActorTokenType string

	// Audience is the identifier of the API that the new token is for.
	Audience string
	// Scope is the list of scopes, with spaces between.
	Scope string
	// RequestedTokenType is the token type identifier of what is asked for.
	RequestedTokenType string
	// Organization is the id or name of an Auth0 organization.
	Organization string

	// Extra are further parameters, at most 20 values each. They cannot replace
	// those of the protocol.
	Extra url.Values
}

// OnBehalfOfRequest asks for an access token with which this API calls another
// one for the person whose token it was given. SubjectToken and Audience are
// required; what is empty of the rest is not sent.
type OnBehalfOfRequest struct {
	// SubjectToken is the access token of the request, see [Token.AccessToken].
	SubjectToken Secret
	// ActorToken, ActorTokenType, Audience, Scope, Organization and Extra are
	// those of an [ExchangeRequest].
	ActorToken     Secret
	ActorTokenType string
	Audience       string
	Scope          string
	Organization   string
	Extra          url.Values
}

// TokenForConnection gets the access token of a person at the service behind a
// connection, such as a Google API (Auth0 Token Vault; no other provider has
// it). The error is a [*TokenEndpointError].
func (g *Guard) TokenForConnection(ctx context.Context, r ConnectionRequest) (*TokenSet, error) {
	form, err := r.form()
	if err != nil {
		return nil, err
	}
	set, err := g.callTokenEndpoint(ctx, form)
	if err != nil {
		return nil, err
	}
	set.Connection, set.LoginHint = r.Connection, r.LoginHint
	return set, nil
}

// ExchangeToken exchanges a token for another one (RFC 8693; at Auth0, Custom
// Token Exchange). The error is a [*TokenEndpointError].
func (g *Guard) ExchangeToken(ctx context.Context, r ExchangeRequest) (*TokenSet, error) {
	form, err := r.form()
	if err != nil {
		return nil, err
	}
	return g.callTokenEndpoint(ctx, form)
}

// TokenOnBehalfOf exchanges the access token of a request for one with which this
// API calls another API on behalf of the same person. The result has neither an
// ID token nor a refresh token, whatever the issuer sends. The error is a
// [*TokenEndpointError].
func (g *Guard) TokenOnBehalfOf(ctx context.Context, r OnBehalfOfRequest) (*TokenSet, error) {
	if err := checkPresent("Audience", r.Audience); err != nil {
		return nil, err
	}
	set, err := g.ExchangeToken(ctx, ExchangeRequest{
		SubjectToken: r.SubjectToken, SubjectTokenType: TokenTypeAccessToken,
		ActorToken: r.ActorToken, ActorTokenType: r.ActorTokenType,
		Audience: r.Audience, Scope: r.Scope, RequestedTokenType: TokenTypeAccessToken,
		Organization: r.Organization, Extra: r.Extra,
	})
	if err != nil {
		return nil, err
	}
	set.IDToken, set.RefreshToken = "", ""
	return set, nil
}
