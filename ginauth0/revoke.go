package ginauth0

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// RevokeRefreshToken tells the tenant that the refresh token of the session is not
// needed any more (RFC 7009), and takes it out of the session, which lives on. At
// Auth0 that ends every refresh token of the login; access tokens serve until they
// expire. If the tenant cannot be told, the session keeps the token, so that it can be
// tried again.
//
// Errors: [ErrNoSession], [ErrNoRefreshToken], [ErrResponseStarted] (nothing was
// revoked), [ErrUpstream], [ErrConfig] (the tenant has no revocation endpoint),
// *[ProviderError]; [ErrStore] and [ErrConflict] also when the token is revoked and
// still in the session, where it is worth nothing.
func (a *Auth) RevokeRefreshToken(c *gin.Context) error {
	v := a.load(c)
	v.mu.Lock()
	session, err := v.found.record, v.err
	v.mu.Unlock()
	switch {
	case err != nil:
		return err
	case session == nil:
		return ErrNoSession
	case strings.TrimSpace(session.RefreshToken) == "":
		return ErrNoRefreshToken
	case cannotWrite(c) && !a.keeper.vault.rowAlone():
		return ErrResponseStarted
	}
	if err := a.revoke(c.Request.Context(), session); err != nil {
		return err
	}
	return a.dropRefreshToken(c, v)
}

// dropRefreshToken takes a token that is revoked out of the session.
func (a *Auth) dropRefreshToken(c *gin.Context, v *visit) error {
	h := c.Writer.Header()
	if cannotWrite(c) {
		h = nil
	}
	// The token is gone, so the session must know, whoever still waits.
	r := c.Request.WithContext(context.WithoutCancel(c.Request.Context()))
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found.record == nil {
		return ErrNoSession // this request ended it meanwhile
	}
	changed, err := a.keeper.change(r, h, v.found, "", func(next *record) {
		next.RefreshToken = ""
		next.Refreshed = a.now().UnixMilli() // a refresh before that does not bring another one
	})
	switch {
	case errors.Is(err, errGone):
		a.over(c, h, v.found, eventSessionExpired, "a session was ended meanwhile")
		v.hold(kept{})
		return ErrNoSession
	case err != nil:
		a.event(r.Context(), Event{Name: eventStoreFailed, Issuer: v.found.record.Issuer})
		return err
	}
	v.hold(changed)
	return nil
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
	metadata, err := provider.Metadata(ctx)
	if err != nil {
		return tenantError(err, "discovery")
	}
	err = provider.Revoke(ctx, a.settings.client(), session.RefreshToken, "refresh_token", isAuth0(metadata, provider.Domain()))
	return tenantError(err, "revoke")
}

// client is how the application proves to the tenant who it is.
func (s *settings) client() oidc.ClientAuth {
	return oidc.ClientAuth{ID: s.ClientID, Secret: string(s.ClientSecret)}
}
