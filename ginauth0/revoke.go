package ginauth0

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// RevokeRefreshToken tells the tenant that the refresh token of the session is not
// needed any more (RFC 7009), and takes it out of the session, which lives on. At
// Auth0 that ends every refresh token of the login; access tokens serve until they
// expire. If the tenant cannot be told, the session keeps the token, so that it can be
// tried again.
//
// Errors: [ErrNoSession]; [ErrSessionExpired]; [ErrNoRefreshToken];
// [ErrResponseStarted] (nothing was revoked); [ErrUpstream]; [ErrConfig] (also if the
// tenant has no revocation endpoint); *[ProviderError] with Op "revoke"; [ErrStore]
// and [ErrConflict], also when the token is revoked and still in the session, where it
// is worth nothing.
func (a *Auth) RevokeRefreshToken(c *gin.Context) error {
	v := a.load(c)
	found, err := a.liveSession(v)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(found.record.RefreshToken) == "":
		return ErrNoRefreshToken
	case cannotWrite(c) && !a.keeper.vault.rowAlone():
		return ErrResponseStarted
	}
	outcome, err := a.revokeInTurn(c.Request, found)
	if err == nil {
		_, err = a.adopt(c, v, found.record, outcome)
	}
	a.countStoreFailure(c.Request.Context(), found.record.Issuer, err)
	return err
}

// revocationRun stands where a refresh says its scopes; no scope looks like it.
const revocationRun = "\x00revoke"

// revokeInTurn revokes the refresh token of a session when none of its refreshes is on
// its way: one that came back later would bring another one. The error says that
// there is no outcome for this caller.
func (a *Auth) revokeInTurn(r *http.Request, found kept) (*refreshOutcome, error) {
	before := found.record
	key := runKey{result: resultKeyOf(before.RID, before.RefreshToken), scopes: revocationRun}
	request := r.Clone(context.WithoutCancel(r.Context()))
	outcome, _, err := a.refresher.queue.do(r.Context(), before.RID, key, func(ctx context.Context) *refreshOutcome {
		run := &refreshing{
			refreshOutcome: &refreshOutcome{found: found}, auth: a, request: request.WithContext(ctx), before: before,
			want: wantedToken{force: true}, // which no token that is there satisfies
		}
		run.err = run.revoke(ctx)
		return run.refreshOutcome
	})
	return outcome, err
}

// revoke revokes the newest refresh token. What it leaves for old cookies and other
// instances is what they would learn from the tenant: that the token is worth nothing.
func (f *refreshing) revoke(ctx context.Context) error {
	refresher := f.auth.refresher
	unlock, _, err := refresher.acquire(ctx, f.before)
	if err != nil {
		return err
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(ctx, refresher.limit)
	defer cancel()
	if _, err := f.lookAgain(ctx); err != nil {
		return err
	}
	state := f.state()
	if err := f.auth.revoke(ctx, state); err != nil {
		return err
	}
	result := f.auth.resultOf(state, "")
	refresher.keep(state, result)
	f.later = append(f.later, result)
	if err := refresher.share(ctx, state, result); err != nil {
		f.auth.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a revocation could not be shared",
			slog.String("session", state.trace()), slog.Any("cause", err))
	}
	return f.writeRow(ctx)
}

// revokeAtLogout revokes the refresh token of a session that has been ended, if it is
// to be. The logout does not depend on it.
func (a *Auth) revokeAtLogout(ctx context.Context, session *record) {
	if !a.settings.Logout.Revoke || session == nil || strings.TrimSpace(session.RefreshToken) == "" {
		return
	}
	if err := a.revoke(ctx, session); err != nil {
		a.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a refresh token could not be revoked at logout",
			slog.String("issuer", session.Issuer), slog.String("error", answerOf(err).code), slog.String("session", session.trace()), slog.Any("cause", err))
	}
}

// revoke revokes the refresh token of a session at the tenant that issued it.
func (a *Auth) revoke(ctx context.Context, session *record) error {
	provider, err := a.providerFor(session.Domain)
	if err != nil {
		return err
	}
	metadata, err := metadataOf(ctx, provider)
	if err != nil {
		return err
	}
	err = provider.Revoke(ctx, a.settings.client(), session.RefreshToken, "refresh_token", isAuth0(metadata, provider.Domain()))
	return tenantError(err, opRevoke)
}
