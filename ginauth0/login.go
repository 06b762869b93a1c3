package ginauth0

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// LoginOptions say what one login asks for. They go before the configuration;
// the zero value asks for what the configuration says.
type LoginOptions struct {
	// ReturnTo is where the login leads: a path of this application, or an
	// absolute URL of its own origin. Anything else means the default.
	ReturnTo string
	// Organization (id "org_…" or name) that the login must be for. It goes
	// before Config.Organization.
	Organization string
	// Invitation to an organization.
	Invitation string
	// Audience is the API of the login's access token.
	Audience string
	// Scopes are added to the configured ones.
	Scopes []string
	// MaxAge is how long ago the person may have proved who they are, in whole
	// seconds; 0 asks for it now. Nil: not asked. It is enforced.
	MaxAge *time.Duration
	// ACRValues are the acceptable acr values. They are enforced.
	ACRValues []string
	// AuthorizationDetails say in detail what is to be authorized (RFC 9396): a JSON
	// array of objects, each with a string "type". They may hold what nobody but the
	// tenant should see, and are long: use Config.PAR. What was granted comes in
	// CallbackEvent.AuthorizationDetails and is not kept. Zero: none.
	AuthorizationDetails json.RawMessage
	// Params are further parameters of the authorization request. The
	// parameters that secure it are ignored here.
	Params map[string]string
	// AppState, at most 1024 bytes, comes back in CallbackEvent.AppState. Nobody but
	// the application sees it on the way.
	AppState string
}

// handleLogin is the login route.
func (a *Auth) handleLogin(c *gin.Context) {
	if speculative(c.Request) {
		nothing(c)
		return
	}
	params, err := queryParams(c.Request.URL.RawQuery, append(slices.Clone(a.settings.ForwardParams), "returnTo")...)
	if err == nil {
		returnTo := params["returnTo"]
		delete(params, "returnTo")
		err = a.login(c, LoginOptions{ReturnTo: returnTo}, params)
	}
	if err != nil {
		a.Fail(c, err)
	}
}

// Login sends the browser to the tenant to log in. It either writes the
// redirect, aborts the chain and returns nil, or writes nothing and returns an
// error for [Auth.Fail]. For a speculative request (prefetch) it answers 204.
//
// Errors: [ErrNotMounted], [ErrBadRequest], [ErrUpstream], [ErrConfig],
// [ErrResponseStarted]; with Config.PAR *[ProviderError] with Op "par".
func (a *Auth) Login(c *gin.Context, o LoginOptions) error { return a.login(c, o, nil) }

// login starts an attempt. query are the parameters that came with the
// request, nil for a program.
func (a *Auth) login(c *gin.Context, o LoginOptions, query map[string]string) error {
	d, answered, err := a.departureOf(c, callbackOf)
	if answered || err != nil {
		return err
	}
	provider, err := a.providerOf(c)
	if err != nil {
		return err
	}
	attempt, params, err := a.newAttempt(provider.Domain(), o, query)
	if err != nil {
		return err
	}
	attempt.RedirectURI = d.redirectURI
	location, err := a.authorizationURL(c.Request.Context(), provider, attempt, params)
	if err != nil {
		return err
	}
	if err := a.depart(c, d, attempt, o.ReturnTo, location); err != nil {
		return err
	}
	a.event(c.Request.Context(), Event{Name: eventLoginStarted, Issuer: attempt.Issuer})
	return nil
}

// newAttempt starts an attempt at a login. The parameters that are returned go to the
// tenant beside those of the attempt itself.
func (a *Auth) newAttempt(domain oidc.Domain, o LoginOptions, query map[string]string) (*attempt, map[string]string, error) {
	s := a.settings
	if err := checkAppState(o.AppState); err != nil {
		return nil, nil, err
	}
	params, acrValues, err := s.loginParams(o, query)
	if err != nil {
		return nil, nil, err
	}
	maxAge, err := maxAgeOf(params)
	if err != nil {
		return nil, nil, err
	}
	attempt := &attempt{
		State: randomText(), Nonce: randomText(), Verifier: oauth2.GenerateVerifier(), Kind: kindLogin,
		Domain: domain.String(), Organization: params["organization"], ACRValues: acrValues,
		PromptNone: params["prompt"] == "none", AppState: []byte(o.AppState), Created: a.now().UnixMilli(),
	}
	if maxAge != nil {
		seconds := int64(*maxAge / time.Second)
		attempt.MaxAge = &seconds
	}
	if key := s.newProofKey(); key != nil {
		attempt.DPoPKey = key.Text()
		params["dpop_jkt"] = key.Thumbprint()
	}
	attempt.Audience = cmp.Or(o.Audience, params["audience"], s.Audience)
	attempt.Scopes = a.scopesOf(attempt.Audience, params["scope"], o.Scopes)
	delete(params, "audience")
	delete(params, "scope")
	return attempt, params, nil
}

// authorizationURL is where the browser goes to log in (OpenID Connect Core section
// 3.1.2.1): to the authorization endpoint with the request, or with the name of one that
// was pushed.
func (a *Auth) authorizationURL(ctx context.Context, provider *oidc.Provider, attempt *attempt, params map[string]string) (string, error) {
	metadata, err := metadataOf(ctx, provider)
	if err != nil {
		return "", err
	}
	attempt.Issuer = metadata.Issuer
	endpoint, err := url.Parse(metadata.AuthorizationEndpoint)
	if err != nil || provider.Domain().CheckEndpoint(metadata.AuthorizationEndpoint) != nil {
		return "", fmt.Errorf("%w: the tenant has no usable authorization_endpoint", ErrConfig)
	}
	request := a.authorizationRequest(attempt, params)
	if a.settings.PAR {
		requestURI, err := provider.PushAuthorizationRequest(ctx, a.settings.client(), request)
		if err != nil {
			return "", tenantError(err, opPushed)
		}
		request = url.Values{"client_id": {a.settings.ClientID}, "request_uri": {requestURI}}
	}
	query := endpoint.Query() // an endpoint may have one of its own (RFC 6749 section 3.1)
	maps.Copy(query, request)
	endpoint.RawQuery = query.Encode()
	return endpoint.String(), nil
}

// authorizationRequest are the parameters of the request.
func (a *Auth) authorizationRequest(attempt *attempt, params map[string]string) url.Values {
	request := url.Values{}
	for name, value := range params {
		request.Set(name, value)
	}
	request.Set("client_id", a.settings.ClientID)
	request.Set("redirect_uri", attempt.RedirectURI)
	request.Set("response_type", "code")
	request.Set("scope", strings.Join(attempt.Scopes, " "))
	request.Set("state", attempt.State)
	request.Set("nonce", attempt.Nonce)
	request.Set("code_challenge", oauth2.S256ChallengeFromVerifier(attempt.Verifier))
	request.Set("code_challenge_method", "S256")
	if attempt.Audience != "" {
		request.Set("audience", attempt.Audience)
	}
	return request
}
