package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// markJTI starts the keys of logout tokens that were seen.
const markJTI = "jti:"

// The bounds of how long a logout token is remembered. Its exp has none, but it
// is refused for its age long before the upper one; a store may not count less
// than the lower one.
const (
	minTokenMemory = time.Second
	maxTokenMemory = 24 * time.Hour
)

// handleBackchannelLogout is the back-channel logout route (OpenID Connect Back-Channel
// Logout section 2.5). The tenant calls it, not a browser: every answer is JSON or has no
// body.
func (a *Auth) handleBackchannelLogout(c *gin.Context) {
	ctx := c.Request.Context()
	issuer, err := a.backchannelLogout(c)
	if err != nil {
		a.event(ctx, Event{Name: eventBackchannelRefused, Code: answerOf(err).code, Issuer: issuer})
		a.Fail(c, err)
		return
	}
	a.event(ctx, Event{Name: eventBackchannelLogout, Issuer: issuer})
	c.Writer.Header().Set("Cache-Control", "no-store")
	c.AbortWithStatus(http.StatusNoContent)
}

// servesTenant reports whether the route is one that the tenant calls and no
// browser.
func (a *Auth) servesTenant(c *gin.Context) bool {
	m := a.routes.Load()
	return m != nil && m.backchannel != "" && c.FullPath() == m.backchannel
}

// backchannelLogout obeys the logout token of a request. It returns the issuer
// that the request is for, if it is known.
func (a *Auth) backchannelLogout(c *gin.Context) (issuer string, err error) {
	ctx := c.Request.Context()
	provider, err := a.providerOf(c)
	if err != nil {
		// Not ErrConfig: the Host of a request, which decides what is resolved, is for
		// anybody to choose, and the tenant shall try again.
		return "", fmt.Errorf("%w: %s", ErrUpstream, err.Error())
	}
	issuer = provider.Issuer()
	raw, err := readLogoutToken(c)
	if err != nil {
		return issuer, err
	}
	received := a.now()
	token, err := provider.VerifyLogoutToken(ctx, raw, oidc.LogoutTokenRules{
		ClientID: a.settings.ClientID, Algorithms: a.settings.IDTokenAlgs, Leeway: a.settings.Leeway, Now: received,
	})
	switch {
	case errors.Is(err, oidc.ErrLogoutToken):
		return issuer, fmt.Errorf("%w: %w", ErrBadLogoutToken, err)
	case err != nil:
		return issuer, fmt.Errorf("%w: %w", ErrUpstream, err)
	}
	if err := a.markLogout(ctx, token, received); err != nil {
		a.event(ctx, Event{Name: eventStoreFailed, Issuer: issuer})
		return issuer, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return issuer, nil
}

// markLogout ends the sessions that a verified token is about: those from before. One
// that is opened afterwards lives, also if the same token comes again.
func (a *Auth) markLogout(ctx context.Context, token *oidc.LogoutToken, received time.Time) error {
	store, leeway := a.settings.LogoutStore, a.settings.Leeway
	memory := token.Expiry.Add(leeway).Sub(received)
	fresh, err := store.Remember(ctx, markKey(markJTI, token.Issuer, token.TokenID), min(max(memory, minTokenMemory), maxTokenMemory))
	if err != nil {
		return err
	}
	// The tenant's clock may be behind ours, and the token may have been on its way
	// for long.
	before := token.IssuedAt.Add(leeway)
	if !fresh {
		// Nothing that the first delivery did not do, or, if its mark failed, should
		// have done.
		before = token.IssuedAt
	}
	if before.After(received) {
		before = received
	}
	kind, value := markSID, token.SessionID
	if value == "" {
		kind, value = markSubject, token.Subject
	}
	if err := store.Mark(ctx, markKey(kind, token.Issuer, value), time.UnixMilli(before.UnixMilli()), a.settings.markLife()); err != nil {
		return err
	}
	a.settings.Logger.LogAttrs(ctx, slog.LevelInfo, "back-channel logout", slog.String("issuer", token.Issuer), slog.Bool("repeated", !fresh))
	return nil
}
