package ginauth0

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	tokenTypeIDToken         = "urn:ietf:params:oauth:token-type:id_token"
	tokenTypeSessionTransfer = "urn:auth0:params:oauth:token-type:session_transfer_token"
	paramSessionTransfer     = "session_transfer_token"
)

// SessionTransferOptions say who is to be signed in elsewhere. SubjectToken and
// SubjectTokenType are needed.
type SessionTransferOptions struct {
	// SubjectToken stands for the person, and SubjectTokenType says what kind of token it
	// is, as in [ExchangeOptions].
	SubjectToken     Secret
	SubjectTokenType string
	// ActorToken stands for whoever acts for the person. Zero: the ID token of the
	// session of the request, which is renewed if it has expired.
	ActorToken Secret
	// ActorTokenType says what kind of token ActorToken is. Zero: an ID token.
	ActorTokenType string
	// Organization (id "org_…" or name) that the session there is for. Zero: none.
	Organization string
	// Extra are further parameters, as in [ExchangeOptions].
	Extra url.Values
}

// SessionTransferToken signs a person in to another application, once and within its
// short life. Token prints as [redacted] everywhere.
type SessionTransferToken struct {
	Token     Secret
	ExpiresAt time.Time // zero if the tenant did not say
}

// SessionTransferToken asks the tenant for a token that signs the subject in to another
// application in the name of the actor (Auth0). [SessionTransferURL] takes it there. It
// is not kept. Without an ActorToken it is to be called before the response starts,
// unless sessions are in redisstore, since a renewed ID token comes with tokens that the
// session must keep.
//
// Errors: *[ParameterError] (nothing was asked); [ErrNoActor] (neither ActorToken nor a
// session with an ID token that is good or can be renewed); *[ProviderError] with Op
// "session_transfer"; [ErrUpstream], also if the tenant issues another kind of token;
// [ErrConfig]; and without an ActorToken those of [Auth.AccessToken].
func (a *Auth) SessionTransferToken(c *gin.Context, o SessionTransferOptions) (SessionTransferToken, error) {
	provider, err := a.providerOf(c)
	if err != nil {
		return SessionTransferToken{}, err
	}
	request := ExchangeOptions{
		SubjectToken: o.SubjectToken, SubjectTokenType: o.SubjectTokenType, ActorToken: o.ActorToken, ActorTokenType: o.ActorTokenType,
		Audience: "urn:" + provider.Domain().Host().Host + ":session_transfer", Organization: o.Organization, Extra: o.Extra,
	}
	if o.ActorToken != "" {
		request.ActorTokenType = cmp.Or(o.ActorTokenType, tokenTypeIDToken)
	}
	form, err := request.form()
	if err != nil {
		return SessionTransferToken{}, err
	}
	if o.ActorToken == "" {
		actor, err := a.actorOfSession(c, provider)
		if err != nil {
			return SessionTransferToken{}, err
		}
		form.Set("actor_token", actor)
		form.Set("actor_token_type", tokenTypeIDToken)
	}
	asked := a.now()
	answer, err := provider.RequestToken(c.Request.Context(), a.settings.client(), nil, form)
	if err != nil && !errors.Is(err, oidc.ErrTokenType) { // it is N_A: no access token
		return SessionTransferToken{}, tenantError(err, opSessionTransfer)
	}
	if answer.IssuedTokenType != tokenTypeSessionTransfer {
		return SessionTransferToken{}, &badAnswerError{ErrTokenType}
	}
	token := SessionTransferToken{Token: Secret(answer.AccessToken)}
	if answer.HasExpiresIn {
		token.ExpiresAt = asked.Add(answer.ExpiresIn)
	}
	return token, nil
}

// SessionTransferURL is where the browser goes with a token: target with the parameters
// session_transfer_token and, unless it is blank, organization added to its query. Send
// the browser there at once, with a redirect and nothing that is kept: whoever has the
// URL has the session.
//
// target is an absolute https URL (http on loopback), usually the login address of the
// other application, or an address of the tenant. If the other application uses this
// package, its Config.ForwardParams must name session_transfer_token (and organization):
// by default it is not passed on. Errors: [ErrInsecureURL];
// *[ParameterError] for a blank token, and for a target with a fragment, user info, a
// malformed query, or one of the parameters in it.
func SessionTransferURL(target string, t SessionTransferToken, organization string) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", ErrInsecureURL // the error quotes the URL
	}
	host, err := authority.Parse(u.Host)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !host.Loopback()) {
		return "", ErrInsecureURL
	}
	query, err := url.ParseQuery(u.RawQuery)
	switch {
	case strings.Contains(target, "#"):
		return "", &ParameterError{Name: "target", Reason: "has a fragment"}
	case u.User != nil:
		return "", &ParameterError{Name: "target", Reason: "has user info"}
	case err != nil:
		return "", &ParameterError{Name: "target", Reason: "has a malformed query"}
	case strings.TrimSpace(string(t.Token)) == "":
		return "", &ParameterError{Name: paramSessionTransfer, Reason: "is blank"}
	}
	added := url.Values{paramSessionTransfer: {string(t.Token)}}
	if strings.TrimSpace(organization) != "" {
		added.Set("organization", organization)
	}
	for name := range added {
		if query.Has(name) {
			return "", &ParameterError{Name: name, Reason: "is in the target already"}
		}
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += added.Encode()
	return u.String(), nil
}
