package ginauth0

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// callbackParams are the parameters of an authorization response (RFC 6749
// section 4.1.2, RFC 9207), and the code of an account to be connected in place of
// code (Auth0: My Account API).
var callbackParams = []string{"state", "code", "connect_code", "error", "error_description", "error_uri", "iss"}

// silentErrors are what a login with prompt=none may answer without anything
// being wrong (OpenID Connect Core section 3.1.2.6).
var silentErrors = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

func badCallback(reason string) error { return fmt.Errorf("%w: %s", ErrBadCallback, reason) }

// ending is how a callback ended, as far as it came.
type ending struct {
	attempt *attempt        // nil: the response belongs to none of ours
	session *Session        // that was opened, or that it is about
	granted json.RawMessage // authorization details
	account *ConnectedAccount
	target  string // where the browser goes
}

// issuer is the tenant that the callback is about, empty if none is known.
func (e *ending) issuer() string {
	if e.attempt == nil {
		return ""
	}
	return e.attempt.Issuer
}

// callbackRoute is a route that what was started with one of these kinds comes back to.
func (a *Auth) callbackRoute(kinds ...string) gin.HandlerFunc {
	return func(c *gin.Context) { a.handleCallback(c, kinds) }
}

func (a *Auth) handleCallback(c *gin.Context, kinds []string) {
	noStore(c.Writer.Header()) // for what the hooks write too
	ctx := c.Request.Context()
	var e ending
	var refusal answer
	err := a.callback(c, &e, kinds)
	if err != nil {
		refusal = a.note(c, err) // before the hook, which may show the reference
		a.event(ctx, Event{Name: eventLoginRefused, Code: refusal.code, Issuer: e.issuer()})
	}
	switch other, answered := a.onCallback(c, &e, err); {
	case answered:
		c.Abort()
	case err != nil && other == "":
		a.respond(c, err, refusal, &e)
	default:
		redirect(c, cmp.Or(other, e.target))
	}
}

// callback completes what the response belongs to. The attempt is deleted as soon as it
// is known, so that it cannot be tried twice, and no code is spent before everything that
// needs no tenant was checked.
func (a *Auth) callback(c *gin.Context, e *ending, kinds []string) error {
	if cannotWrite(c) {
		return ErrResponseStarted // before a code is spent on a session that cannot be kept
	}
	m, err := a.mounted()
	if err != nil {
		return err
	}
	base, err := a.settings.baseOf(c.Request)
	if err != nil {
		return err
	}
	params, err := queryParams(c.Request.URL.RawQuery, callbackParams...)
	if err != nil {
		return err
	}
	state := params["state"]
	if !isState(state) {
		return badCallback("no state of ours")
	}
	attempt := a.attempts.open(c.Request, state, a.now())
	if attempt == nil {
		// The back button and a second click come here with a session.
		e.target = a.defaultPath(base)
		return a.mustBeSignedIn(c)
	}
	e.attempt = attempt
	a.attempts.delete(c.Writer.Header(), state) // whatever happens from here on
	if !slices.Contains(kinds, attempt.Kind) {
		return badCallback("the state belongs to something else than what ends here")
	}
	provider, err := a.providerFor(attempt.Domain)
	if err != nil {
		return badCallback("it was started at a domain that is not configured any more")
	}
	e.target, _ = a.returnPath(attempt.ReturnTo, base, m)
	ctx := c.Request.Context()
	metadata, err := metadataOf(ctx, provider)
	if err != nil {
		return err
	}
	if err := checkIssuerParam(params, metadata, attempt); err != nil {
		return err
	}
	if code := params["error"]; code != "" {
		if attempt.PromptNone && slices.Contains(silentErrors, code) {
			return nil
		}
		return withSettings(&ProviderError{Code: code, Description: params["error_description"], Op: opAuthorize})
	}
	code, err := codeOf(params, attempt.Kind)
	if err != nil {
		return err
	}
	switch attempt.Kind {
	case kindConnect:
		return a.completeConnection(c, e, code)
	case kindLink, kindUnlink:
		return a.completeLink(c, e, provider, code)
	}
	return a.completeLogin(c, e, provider, code)
}

// codeOf returns the code of a response of a kind. One that has the other kind's too is
// of neither.
func codeOf(params map[string]string, kind string) (string, error) {
	code, other := params["code"], params["connect_code"]
	if kind == kindConnect {
		code, other = other, code
	}
	if code == "" || other != "" {
		return "", badCallback("no error, and not the one code that belongs here")
	}
	return code, nil
}

// completeLogin opens the session that a login ends in.
func (a *Auth) completeLogin(c *gin.Context, e *ending, provider *oidc.Provider, code string) error {
	grant, err := signInOf(provider, e.attempt, code)
	if err != nil {
		return err
	}
	session, answer, err := a.open(c, grant)
	if err != nil {
		return err
	}
	e.session, e.granted = session, answer.AuthorizationDetails
	return nil
}

// mustBeSignedIn judges a response that belongs to no login in progress.
func (a *Auth) mustBeSignedIn(c *gin.Context) error {
	v := a.load(c)
	switch {
	case v.err != nil: // then nobody can say
		return v.err
	case v.session.Load() == nil:
		return badCallback("no login in progress belongs to the state")
	}
	return nil
}

// checkIssuerParam follows RFC 9207 section 2.4: the response must come from
// the issuer that the browser was sent to. That of an account to be connected comes from
// no authorization endpoint, so it need not say.
func checkIssuerParam(params map[string]string, metadata *oidc.Metadata, attempt *attempt) error {
	iss, present := params["iss"]
	missing := !present && metadata.IssParameter && attempt.Kind != kindConnect
	if present && iss != attempt.Issuer || missing || attempt.Issuer != metadata.Issuer {
		return badCallback("the response is of another issuer")
	}
	return nil
}

// signInOf is the grant of a code, and what the login that it came of asked for.
func signInOf(provider *oidc.Provider, attempt *attempt, code string) (signIn, error) {
	s := signIn{
		provider: provider, op: opCode, audience: attempt.Audience, scopes: attempt.Scopes,
		form: url.Values{
			"grant_type":    {"authorization_code"},
			"code":          {code},
			"redirect_uri":  {attempt.RedirectURI},
			"code_verifier": {attempt.Verifier},
		},
		rules: oidc.IDTokenRules{
			Nonce: attempt.Nonce, Code: code, MaxAge: maxAgeRule(attempt.MaxAge), AskedAt: time.UnixMilli(attempt.Created),
			ACRValues: attempt.ACRValues, Organization: attempt.Organization,
		},
	}
	if attempt.DPoPKey == "" {
		return s, nil
	}
	var err error
	if s.key, err = dpop.ParseProofKey(attempt.DPoPKey); err != nil {
		return s, badCallback("the login has no usable key")
	}
	return s, nil
}

// maxAgeRule is a max_age in seconds as a rule.
func maxAgeRule(seconds *int64) *time.Duration {
	if seconds == nil {
		return nil
	}
	age := time.Duration(*seconds) * time.Second
	return &age
}
