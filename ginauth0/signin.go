package ginauth0

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// signIn is a grant with which somebody signs in: a code, a token in exchange, a
// login on another device.
type signIn struct {
	provider *oidc.Provider
	op       string            // of a *ProviderError
	form     url.Values        // of the token request
	rules    oidc.IDTokenRules // about this login
	audience string            // that was asked for
	scopes   []string          // likewise
	key      *dpop.ProofKey    // that the tokens are bound to; nil: they are Bearer
}

// redeem asks for tokens and verifies the ID token, without which nobody signs in.
func (a *Auth) redeem(ctx context.Context, s signIn) (*oidc.TokenResponse, *oidc.IDToken, error) {
	answer, err := s.provider.RequestToken(ctx, a.settings.client(), prover(s.key), s.form)
	if err != nil {
		return nil, nil, tenantError(err, s.op)
	}
	if answer.IDToken == "" {
		return nil, nil, fmt.Errorf("%w: the answer has none", ErrBadIDToken)
	}
	s.rules.AccessToken = answer.AccessToken
	token, err := a.verify(ctx, s.provider, answer.IDToken, s.rules)
	if err != nil {
		return nil, nil, tenantError(err, s.op)
	}
	return answer, token, nil
}

// verify checks an ID token by the rules given and those that the configuration sets.
// Errors are those of internal/oidc.
func (a *Auth) verify(ctx context.Context, provider *oidc.Provider, raw string, rules oidc.IDTokenRules) (*oidc.IDToken, error) {
	rules.ClientID, rules.Algorithms = a.settings.ClientID, a.settings.IDTokenAlgs
	rules.Leeway, rules.Now = a.settings.Leeway, a.now()
	return provider.VerifyIDToken(ctx, raw, rules)
}

// newRecord is the record of a new session. Nothing of an older one goes in.
func (a *Auth) newRecord(s signIn, answer *oidc.TokenResponse, token *oidc.IDToken) (*record, error) {
	now := a.now()
	r := &record{
		Version: recordVersion, RID: randomText(),
		Created: now.UnixMilli(), Updated: now.UnixMilli(), AbsoluteEnd: now.Add(a.settings.Session.Absolute).UnixMilli(),
		Issuer: token.Issuer, Domain: s.provider.Domain().String(), SID: token.SessionID,
		User: userClaims(token.Payload), RefreshToken: answer.RefreshToken,
		Audience: s.audience, Scopes: s.scopes,
	}
	if s.key != nil {
		r.DPoPKey = s.key.Text()
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
	r.Tokens = []recordToken{newRecordToken(answer, s.audience, s.scopes, s.scopes, now)}
	return r, nil
}

// open signs somebody in: it redeems the grant and writes the new session over the old
// one, if there was one.
func (a *Auth) open(c *gin.Context, s signIn) (*Session, *oidc.TokenResponse, error) {
	ctx := c.Request.Context()
	answer, token, err := a.redeem(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	r, err := a.newRecord(s, answer, token)
	if err != nil {
		return nil, nil, err
	}
	if err := a.beforeSave(ctx, r); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil { // nobody waits for it: a session that nobody would have
		return nil, nil, fmt.Errorf("%w: the request is over: %w", ErrUpstream, err)
	}
	session, err := a.openSession(c, r, answer.AccessToken)
	if err != nil {
		return nil, nil, err
	}
	a.event(ctx, Event{Name: eventLogin, Issuer: r.Issuer})
	a.settings.Logger.LogAttrs(ctx, slog.LevelInfo, "login", slog.String("issuer", r.Issuer), slog.String("session", session.record.trace()))
	return session, answer, nil
}

// openSession writes the record as the new session.
func (a *Auth) openSession(c *gin.Context, r *record, obtained string) (*Session, error) {
	v := a.visitOf(c)
	v.mu.Lock()
	defer v.mu.Unlock()
	old, err := v.found, error(nil) // newer than the cookies if this request wrote it
	if old.record == nil {
		old, err = a.keeper.read(c.Request)
	}
	var created kept
	if err == nil {
		created, err = a.keeper.create(c.Request, c.Writer.Header(), old, r, obtained)
	}
	if err != nil {
		a.countStoreFailure(c.Request.Context(), r.Issuer, err)
		return nil, err
	}
	v.hold(created)
	return v.session.Load(), nil
}

// loginRefused counts a login that came over no callback and failed. It returns err.
func (a *Auth) loginRefused(c *gin.Context, provider *oidc.Provider, err error) error {
	if err == nil {
		return nil
	}
	e := Event{Name: eventLoginRefused, Code: answerOf(err).code}
	if provider != nil {
		e.Issuer = provider.Issuer()
	}
	a.event(c.Request.Context(), e)
	return err
}
