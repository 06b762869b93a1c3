package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// callbackParams are the parameters of an authorization response (RFC 6749
// section 4.1.2, RFC 9207).
var callbackParams = []string{"state", "code", "error", "error_description", "error_uri", "iss"}

// silentErrors are what a login with prompt=none may answer without anything
// being wrong (OpenID Connect Core section 3.1.2.6).
var silentErrors = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

func badCallback(reason string) error { return fmt.Errorf("%w: %s", ErrBadCallback, reason) }

// ending is how a callback ended, as far as it came.
type ending struct {
	attempt *attempt // nil: the response belongs to none of ours
	session *Session // that was opened
	target  string   // where the browser goes
}

// issuer is the tenant that the callback is about, empty if none is known.
func (e *ending) issuer() string {
	if e.attempt == nil {
		return ""
	}
	return e.attempt.Issuer
}

// handleCallback is the callback route.
func (a *Auth) handleCallback(c *gin.Context) {
	noStore(c.Writer.Header()) // for what the hooks write too
	ctx := c.Request.Context()
	var e ending
	err := a.callback(c, &e)
	if err != nil {
		a.event(ctx, Event{Name: eventLoginRefused, Code: answerOf(err).code, Issuer: e.issuer()})
	} else if e.session != nil {
		r := e.session.record
		a.event(ctx, Event{Name: eventLogin, Issuer: r.Issuer})
		a.settings.Logger.LogAttrs(ctx, slog.LevelInfo, "login", slog.String("issuer", r.Issuer), slog.String("session", r.trace()))
	}
	other, answered := a.onCallback(c, &e, err)
	switch {
	case err != nil && !answered && other == "":
		a.Fail(c, err)
		return
	case err != nil:
		a.note(c, err)
	}
	if answered {
		c.Abort()
		return
	}
	redirect(c, firstOf(other, e.target))
}

// callback completes the login that the response belongs to (contract web 8.1).
func (a *Auth) callback(c *gin.Context, e *ending) error {
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
	provider, err := a.providerFor(attempt.Domain)
	if attempt.Kind != kindLogin || err != nil {
		return badCallback("the state belongs to something else than a login here")
	}
	e.target, _ = a.returnPath(attempt.ReturnTo, base, m)
	ctx := c.Request.Context()
	metadata, err := provider.Metadata(ctx)
	if err != nil {
		return tenantError(err, "discovery")
	}
	if err := checkIssuerParam(params, metadata, attempt); err != nil {
		return err
	}
	if code := params["error"]; code != "" {
		if attempt.PromptNone && slices.Contains(silentErrors, code) {
			return nil
		}
		return &ProviderError{Code: code, Description: params["error_description"], Op: "authorize"}
	}
	if params["code"] == "" {
		return badCallback("neither code nor error")
	}
	record, obtained, err := a.exchangeCode(ctx, provider, attempt, params["code"])
	if err != nil {
		return err
	}
	if err := a.beforeSave(ctx, record); err != nil {
		return err
	}
	e.session, err = a.openSession(c, record, obtained)
	return err
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
// the issuer that the login was sent to.
func checkIssuerParam(params map[string]string, metadata *oidc.Metadata, attempt *attempt) error {
	iss, present := params["iss"]
	if present && iss != attempt.Issuer || !present && metadata.IssParameter || attempt.Issuer != metadata.Issuer {
		return badCallback("the response is of another issuer")
	}
	return nil
}

// exchangeCode redeems the code and turns what comes back into a record.
func (a *Auth) exchangeCode(ctx context.Context, provider *oidc.Provider, attempt *attempt, code string) (r *record, accessToken string, err error) {
	s := a.settings
	answer, err := provider.RequestToken(ctx, s.client(), url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {attempt.RedirectURI},
		"code_verifier": {attempt.Verifier},
	})
	if err != nil {
		return nil, "", tenantError(err, "code")
	}
	if answer.IDToken == "" {
		return nil, "", fmt.Errorf("%w: the answer has none", ErrBadIDToken)
	}
	rules := oidc.IDTokenRules{
		ClientID: s.ClientID, Algorithms: s.IDTokenAlgs, Leeway: s.Leeway, Now: a.now(),
		Nonce: attempt.Nonce, AccessToken: answer.AccessToken, Code: code,
		AskedAt: time.UnixMilli(attempt.Created), ACRValues: attempt.ACRValues, Organization: attempt.Organization,
	}
	if attempt.MaxAge != nil {
		maxAge := time.Duration(*attempt.MaxAge) * time.Second
		rules.MaxAge = &maxAge
	}
	token, err := provider.VerifyIDToken(ctx, answer.IDToken, rules)
	if err != nil {
		return nil, "", tenantError(err, "code")
	}
	r, err = a.newRecord(attempt, answer, token)
	return r, answer.AccessToken, err
}

// newRecord is the record of a new session. Nothing of an older one goes in.
func (a *Auth) newRecord(attempt *attempt, answer *oidc.TokenResponse, token *oidc.IDToken) (*record, error) {
	now := a.now()
	r := &record{
		Version: recordVersion, RID: randomText(),
		Created: now.UnixMilli(), Updated: now.UnixMilli(), AbsoluteEnd: now.Add(a.settings.Session.Absolute).UnixMilli(),
		Issuer: token.Issuer, Domain: attempt.Domain, SID: token.SessionID,
		User: userClaims(token.Payload), RefreshToken: answer.RefreshToken,
		Audience: attempt.Audience, Scopes: attempt.Scopes,
	}
	if !a.settings.Session.OmitIDToken {
		r.IDToken = answer.IDToken
	}
	if end := token.SessionExpiry; !end.IsZero() {
		if !end.After(token.IssuedAt.Add(ceilingMargin)) {
			return nil, fmt.Errorf("%w: session_expiry has passed", ErrSessionExpired)
		}
		r.Ceiling = end.Unix()
	}
	if !now.Before(r.expiry(&a.settings.Session)) {
		return nil, fmt.Errorf("%w: session_expiry has passed", ErrSessionExpired)
	}
	r.Tokens = []recordToken{newRecordToken(answer, attempt.Audience, attempt.Scopes, attempt.Scopes, now)}
	return r, nil
}

// openSession writes the record as the new session, over the old one if there
// was one.
func (a *Auth) openSession(c *gin.Context, r *record, obtained string) (*Session, error) {
	v := a.visitOf(c)
	v.mu.Lock()
	defer v.mu.Unlock()
	old, err := a.keeper.read(c.Request)
	var created kept
	if err == nil {
		created, err = a.keeper.create(c.Request, c.Writer.Header(), old, r, obtained)
	}
	if err != nil {
		if errors.Is(err, ErrStore) {
			a.event(c.Request.Context(), Event{Name: eventStoreFailed, Issuer: r.Issuer})
		}
		return nil, err
	}
	v.hold(created)
	return v.session.Load(), nil
}
