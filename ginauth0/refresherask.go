package ginauth0

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// invalidGrant returns the refusal by which the tenant says that a refresh token is
// worth nothing, nil for any other error.
func invalidGrant(err error) *ProviderError {
	var refused *ProviderError
	if errors.As(err, &refused) && refused.Code == "invalid_grant" && !errors.Is(err, ErrUpstream) {
		return refused
	}
	return nil
}

// ask refreshes. A result comes with every 200 of the tenant, also beside an error:
// the refresh token that was used may be worth nothing from then on.
func (w wantedToken) ask(ctx context.Context, f *refreshing, state *record) (*refreshed, error) {
	a := f.auth
	provider, err := a.providerFor(state.Domain)
	if err != nil {
		return nil, err
	}
	key, err := state.proofKey()
	if err != nil {
		return nil, err
	}
	f.asked = true
	begun := a.now()
	answer, err := provider.RequestToken(ctx, a.settings.client(), prover(key), refreshForm(state, w))
	if err != nil && answer == nil {
		return nil, a.grantError(err, opRefresh, state)
	}
	result := a.resultOf(state, cmp.Or(answer.RefreshToken, state.RefreshToken))
	if err != nil { // the access token is of another type than asked for
		return result, tenantError(err, opRefresh)
	}
	silent := w.scopes
	if len(silent) == 0 && w.audience == state.Audience {
		silent = state.Scopes
	}
	f.token = newRecordToken(answer, w.audience, w.scopes, silent, begun)
	result.Tokens = []recordToken{f.token}
	if err := f.identify(ctx, provider, state, answer, result); err != nil {
		return nil, err
	}
	result.complete(state)
	return result, nil
}

// resultOf is the result of a use of the refresh token of a session just now, after
// which the session has this one; an empty one is none.
func (a *Auth) resultOf(state *record, refreshToken string) *refreshed {
	return &refreshed{
		Used: refreshTokenHash(state.RefreshToken), At: max(a.now().UnixMilli(), state.Refreshed+1), RefreshToken: refreshToken,
	}
}

// refreshForm is the request of RFC 6749 section 6. What the login asked for goes without
// saying.
func refreshForm(r *record, want wantedToken) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.RefreshToken}}
	another := want.audience != r.Audience
	if another {
		form.Set("audience", want.audience)
	}
	asLogin := containsAll(want.scopes, r.Scopes) && containsAll(r.Scopes, want.scopes)
	if len(want.scopes) > 0 && (another || !asLogin) {
		form.Set("scope", strings.Join(want.scopes, " "))
	}
	return form
}

// grantError gives a refusal to use the refresh token of a session its name in this
// package.
func (a *Auth) grantError(err error, op string, r *record) error {
	var refused *oidc.EndpointError
	if !errors.As(err, &refused) || refused.Code != "mfa_required" || refused.Status/100 != 4 {
		return tenantError(err, op)
	}
	required := &MFARequiredError{}
	if refused.MFA != nil {
		required.Requirements = refused.MFA.Requirements
		required.Token = a.sealMFA(r, refused.MFA.Token)
	}
	return required
}

// identify looks at the ID token of an answer, if there is one, and puts it and its
// claims into the result (OpenID Connect Core section 12.2). The error is
// [ErrBadIDToken].
func (f *refreshing) identify(ctx context.Context, provider *oidc.Provider, state *record, answer *oidc.TokenResponse, result *refreshed) error {
	if answer.IDToken == "" {
		return nil
	}
	s := f.auth.settings
	token, err := provider.VerifyIDToken(ctx, answer.IDToken, oidc.IDTokenRules{
		ClientID: s.ClientID, Algorithms: s.IDTokenAlgs, Leeway: s.Leeway, Now: f.auth.now(), AccessToken: answer.AccessToken,
		Session: &oidc.KnownSession{Issuer: state.Issuer, User: state.User},
	})
	var unavailable *oidc.UnavailableError
	switch {
	case errors.As(err, &unavailable):
		f.ignore(ctx, "it cannot be checked", err)
		return nil
	case err != nil:
		return tenantError(err, opRefresh)
	}
	draft := *state
	draft.User = refreshedClaims(state.User, userClaims(token.Payload))
	if err := f.beforeSave(ctx, &draft); err != nil {
		f.ignore(ctx, "BeforeSave failed", err)
		return nil
	}
	result.User = draft.User
	if !s.Session.OmitIDToken {
		result.IDToken = answer.IDToken
	}
	return nil
}

// ignore leaves ID token and claims of the session as they are.
func (f *refreshing) ignore(ctx context.Context, why string, err error) {
	f.auth.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a refreshed ID token is not used: "+why,
		slog.String("issuer", f.before.Issuer), slog.String("session", f.before.trace()), slog.Any("cause", err))
}

// beforeSave turns a panic of the hook into an error: the tokens must be kept.
func (f *refreshing) beforeSave(ctx context.Context, draft *record) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("ginauth0: BeforeSave: %w", errPanicked)
		}
	}()
	return f.auth.beforeSave(ctx, draft)
}
