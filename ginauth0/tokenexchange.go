package ginauth0

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/exchange"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// ExchangeOptions say what is asked for in exchange for a token (RFC 8693 section 2.1;
// at Auth0, Custom Token Exchange). SubjectToken and SubjectTokenType are needed; what
// is empty of the rest is not sent.
type ExchangeOptions struct {
	// SubjectToken stands for the person. It comes without the scheme before it.
	SubjectToken Secret
	// SubjectTokenType says what kind of token that is: an absolute URI of 10 to 100
	// characters, such as urn:example:legacy-session.
	SubjectTokenType string
	// ActorToken stands for a party that acts for the person. It needs ActorTokenType,
	// a URI as above, and the other way round.
	ActorToken     Secret
	ActorTokenType string

	// Audience is the API that the new access token is for. [Auth.ExchangeToken] sends
	// none if it is empty; a login asks for Config.Audience then.
	Audience string
	// Scopes that are asked for. A login adds them to the configured ones.
	Scopes []string
	// RequestedTokenType is the kind of token that is wanted. Zero: the tenant decides.
	RequestedTokenType string
	// Organization (id "org_…" or name) that the tokens must be for. A login without one
	// asks for Config.Organization.
	Organization string
	// Extra are further parameters, at most 20 values each. They cannot replace those of
	// the protocol.
	Extra url.Values

	// Domain is the tenant's, for [Auth.ExchangeToken] with Config.DomainResolver: it
	// must not be one that a stranger has chosen. Otherwise it must be empty.
	Domain string
}

// ExchangeResult is what came back for a token. The tokens print as [redacted].
type ExchangeResult struct {
	AccessToken  Secret // never blank; what TokenType and IssuedTokenType say, and not always an access token
	IDToken      Secret // verified; empty if the tenant sent none
	RefreshToken Secret // empty if the tenant sent none

	TokenType       string   // how AccessToken is presented: "Bearer"; "N_A" for one that is not (RFC 8693 section 2.2.1)
	IssuedTokenType string   // what AccessToken is, a URI; empty if the tenant did not say
	Audience        string   // that was asked for
	Scopes          []string // that were granted

	// ExpiresAt is when AccessToken expires; zero if the tenant did not say.
	ExpiresAt time.Time
	// Actor is the claim act of the ID token, a JSON value that says who acts for the
	// person (RFC 8693 section 4.1). Nil: there is no ID token, or nobody acts.
	Actor json.RawMessage
}

// ExchangeToken exchanges a token for others at the tenant. No session is read or
// written, and Config.DPoP does not matter: see [Auth.LoginWithTokenExchange]. If an ID
// token comes back, it is verified before anything is returned.
//
// Errors: *[ParameterError] (nothing was asked); *[ProviderError] with Op "exchange";
// [ErrBadIDToken]; [ErrOrganization] (the ID token is for another one than asked for);
// [ErrUpstream]; [ErrConfig].
func (a *Auth) ExchangeToken(ctx context.Context, o ExchangeOptions) (ExchangeResult, error) {
	provider, err := a.providerNamed(o.Domain)
	if err != nil {
		return ExchangeResult{}, err
	}
	form, err := o.form()
	if err != nil {
		return ExchangeResult{}, err
	}
	asked := a.now()
	answer, err := provider.RequestToken(ctx, a.settings.client(), nil, form)
	if err != nil && !errors.Is(err, oidc.ErrTokenType) { // every type will do
		return ExchangeResult{}, tenantError(err, opExchange)
	}
	result := ExchangeResult{
		AccessToken: Secret(answer.AccessToken), IDToken: Secret(answer.IDToken), RefreshToken: Secret(answer.RefreshToken),
		TokenType: answer.TokenType, IssuedTokenType: answer.IssuedTokenType, Audience: o.Audience, Scopes: slices.Clone(o.Scopes),
	}
	if answer.HasScope {
		result.Scopes = strings.Fields(answer.Scope)
	}
	if answer.HasExpiresIn {
		result.ExpiresAt = asked.Add(answer.ExpiresIn)
	}
	if answer.IDToken == "" {
		return result, nil
	}
	token, err := a.verify(ctx, provider, answer.IDToken, oidc.IDTokenRules{Organization: o.Organization, AccessToken: answer.AccessToken})
	if err != nil {
		return ExchangeResult{}, tenantError(err, opExchange)
	}
	result.Actor = slices.Clone(claimOf(token.Payload, "act").Raw)
	return result, nil
}

// LoginWithTokenExchange signs a person in with a token of theirs from elsewhere, which
// the tenant takes in exchange for an ID token: the other way to a session beside the
// login page. The new session takes the place of one that the browser has; if the login
// fails that one stays. It is to be called before the response starts.
//
// A request that brings the token must not come from another site, which could sign the
// person in as somebody else: want a POST, and a header that no form can have.
//
// Errors: *[ParameterError] and [ErrResponseStarted] (nothing was asked); *[ProviderError]
// with Op "exchange"; [ErrBadIDToken] (also if there is none); [ErrOrganization];
// [ErrSessionExpired]; [ErrUpstream], [ErrTokenType], [ErrConfig]; [ErrStore],
// *[SessionTooLargeError]; the error of Config.BeforeSave.
func (a *Auth) LoginWithTokenExchange(c *gin.Context, o ExchangeOptions) (*Session, error) {
	provider, err := a.providerOf(c)
	if err != nil {
		return nil, a.loginRefused(c, nil, err)
	}
	session, err := a.exchangeLogin(c, provider, o)
	return session, a.loginRefused(c, provider, err)
}

func (a *Auth) exchangeLogin(c *gin.Context, provider *oidc.Provider, o ExchangeOptions) (*Session, error) {
	if cannotWrite(c) {
		return nil, ErrResponseStarted // before a token is spent on a session that cannot be kept
	}
	if o.Domain != "" {
		return nil, &ParameterError{Name: "Domain", Reason: "is the one of the request"}
	}
	o.Audience = cmp.Or(o.Audience, a.settings.Audience)
	o.Organization = cmp.Or(o.Organization, a.settings.Organization)
	o.Scopes = a.scopesOf(o.Audience, "", o.Scopes)
	form, err := o.form()
	if err != nil {
		return nil, err
	}
	session, _, err := a.open(c, signIn{
		provider: provider, op: opExchange, form: form, rules: oidc.IDTokenRules{Organization: o.Organization},
		audience: o.Audience, scopes: o.Scopes, key: a.settings.newProofKey(),
	})
	return session, err
}

// form is the request as it goes to the tenant (RFC 8693 section 2.1). The error is a
// *[ParameterError].
func (o ExchangeOptions) form() (url.Values, error) {
	if err := checkScopes("scope", o.Scopes); err != nil {
		return nil, err
	}
	form, problem := exchange.Request{
		SubjectToken: string(o.SubjectToken), SubjectTokenType: o.SubjectTokenType,
		ActorToken: string(o.ActorToken), ActorTokenType: o.ActorTokenType,
		Audience: o.Audience, Scope: strings.Join(distinct(o.Scopes), " "), RequestedTokenType: o.RequestedTokenType, Organization: o.Organization,
		Extra: o.Extra,
	}.Form()
	if problem != nil {
		return nil, &ParameterError{Name: problem.Name, Reason: problem.Reason.String()}
	}
	for _, name := range []string{"subject_token_type", "actor_token_type"} {
		if text := form.Get(name); text != "" && !isTokenType(text) {
			return nil, &ParameterError{Name: name, Reason: "is no absolute URI of 10 to 100 characters"}
		}
	}
	return form, nil
}

// isTokenType reports whether text is an absolute URI (RFC 3986 section 4.3) of a
// length that Auth0 takes.
func isTokenType(text string) bool {
	const uriCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?[]@!$&'()*+,;=%"
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && 10 <= len(text) && len(text) <= 100 && strings.Trim(text, uriCharacters) == ""
}
