package ginauth0

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// logoutPatience bounds what a logout needs of the tenant, revocation included.
const logoutPatience = 3 * time.Second

// LogoutOptions say how one logout goes. The zero value does what the
// configuration says.
type LogoutOptions struct {
	// ReturnTo is where the browser ends up: a path of this application, an
	// absolute URL of its own origin, or an entry of Config.Logout.ReturnTo.
	// Anything else means the base URL.
	ReturnTo string
	// Federated asks the tenant to end the session at the upstream identity
	// provider too (Auth0).
	Federated bool
	// State comes back to the return address; RP-Initiated Logout only.
	State string
	// Params are added to the tenant's logout URL and go before
	// Config.Logout.Params. An empty one leaves the parameter out.
	Params map[string]string
}

// handleLogout is the logout route.
func (a *Auth) handleLogout(c *gin.Context) {
	if speculative(c.Request) {
		nothing(c)
		return
	}
	base, err := a.settings.baseOf(c.Request)
	if err == nil && crossSiteLogout(c.Request, base) {
		err = ErrCrossSite
	}
	var params map[string]string
	if err == nil {
		params, err = queryParams(c.Request.URL.RawQuery, "returnTo", "federated")
	}
	if err == nil {
		federated, present := params["federated"]
		err = a.Logout(c, LogoutOptions{
			ReturnTo:  params["returnTo"],
			Federated: present && slices.Contains([]string{"", "1", "true"}, federated),
		})
	}
	if err != nil {
		a.Fail(c, err)
	}
}

// Logout ends the local session first and always, and then sends the browser
// to the tenant's logout, or back if there is none. It writes the redirect,
// aborts the chain and returns nil; or it writes nothing but the deletion of
// the session and returns an error for [Auth.Fail]. For a speculative request
// it answers 204 and changes nothing.
//
// Errors: [ErrNotMounted], [ErrBadRequest], [ErrResponseStarted] (the session is
// ended, but the browser keeps its cookie, which is worth nothing, and stays where it
// is).
func (a *Auth) Logout(c *gin.Context, o LogoutOptions) error {
	if speculative(c.Request) {
		nothing(c)
		return nil
	}
	session := a.endLocalSession(c)
	if cannotWrite(c) {
		return ErrResponseStarted
	}
	// Whoever asks for a logout may not wait for its end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), logoutPatience)
	defer cancel()
	a.revokeAtLogout(ctx, session)
	m, err := a.mounted()
	if err != nil {
		return err
	}
	base, err := a.settings.baseOf(c.Request)
	if err != nil {
		return err
	}
	redirect(c, a.tenantLogout(ctx, c, o, session, a.logoutReturn(o.ReturnTo, base, m)))
	return nil
}

// endLocalSession ends the session, here and wherever a copy of it is, and every login in
// progress. It returns what the session was, nil if there was none.
func (a *Auth) endLocalSession(c *gin.Context) *record {
	h := c.Writer.Header()
	if cannotWrite(c) {
		h = nil
	}
	v := a.visitOf(c)
	ctx := context.WithoutCancel(c.Request.Context()) // a logout that was asked for is one
	r := c.Request.WithContext(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	found := v.found // newer than the cookies if this request wrote the session
	if found.record == nil {
		var err error
		if found, err = a.keeper.read(r); err != nil {
			a.event(ctx, Event{Name: eventStoreFailed})
			a.settings.Logger.LogAttrs(ctx, slog.LevelError, "a session could not be read to end it", slog.Any("cause", err))
		}
	}
	session := a.newestOf(ctx, found.record)
	a.keeper.end(r, h, found)
	if h != nil {
		a.attempts.clear(h, r)
	}
	issuer := ""
	if session != nil {
		issuer = session.Issuer
		a.markEnded(ctx, found.record)
	}
	v.hold(kept{})
	a.event(ctx, Event{Name: eventLogout, Issuer: issuer})
	a.settings.Logger.LogAttrs(ctx, slog.LevelInfo, "logout", slog.String("issuer", issuer), slog.String("session", session.trace()))
	return session
}

// markEnded sees to it that neither an answer that is on its way nor a copied cookie
// revives a session that was ended, and forgets what refreshes brought for it.
func (a *Auth) markEnded(ctx context.Context, r *record) {
	// The login may have been at an instance whose clock is ahead of ours.
	before := time.UnixMilli(max(a.now().UnixMilli(), r.Created))
	if err := a.settings.LogoutStore.Mark(ctx, markKey(markRID, r.Issuer, r.RID), before, a.settings.markLife()); err != nil {
		a.event(ctx, Event{Name: eventStoreFailed, Issuer: r.Issuer})
		a.settings.Logger.LogAttrs(ctx, slog.LevelError, "the end of a session could not be marked: a copied cookie works on", slog.Any("cause", err))
	}
	a.refresher.forget(ctx, r)
}

// newestOf is the record with what refreshes brought that it does not have yet, so
// that the tenant is shown the tokens that it knows. Without them it is as it was.
func (a *Auth) newestOf(ctx context.Context, session *record) *record {
	if session == nil || session.RefreshToken == "" {
		return session
	}
	later, err := a.refresher.newest(ctx, session)
	if err != nil {
		a.event(ctx, Event{Name: eventStoreFailed, Issuer: session.Issuer})
		a.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a logout goes by old tokens", slog.Any("cause", err))
		return session
	}
	newest := *session
	later.apply(&newest)
	return &newest
}

// logoutReturn is the absolute address that the browser ends up at.
func (a *Auth) logoutReturn(raw string, base baseURL, m *mountedRoutes) string {
	if slices.Contains(a.settings.Logout.ReturnTo, raw) {
		return raw
	}
	if target, ok := resolveReturnTo(raw, base, m.own(base)); ok {
		return base.origin() + target
	}
	return base.String()
}

// tenantLogout returns the tenant's logout URL, or the return address if the
// strategy or the tenant has none: a logout never ends on an error page.
func (a *Auth) tenantLogout(ctx context.Context, c *gin.Context, o LogoutOptions, session *record, returnTo string) string {
	strategy := a.settings.Logout.Strategy
	if strategy == LogoutLocal {
		return returnTo
	}
	provider, err := a.providerOfSession(c, session)
	var metadata *oidc.Metadata
	if err == nil {
		metadata, err = provider.Metadata(ctx)
	}
	if err != nil {
		a.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "the tenant is not available for a logout", slog.Any("cause", err))
		return returnTo
	}
	endSession := metadata.EndSessionEndpoint
	if provider.Domain().CheckEndpoint(endSession) != nil {
		endSession = ""
	}
	params := map[string]string{"client_id": a.settings.ClientID}
	switch {
	case strategy != LogoutV2 && endSession != "":
		a.addHints(params, session)
		params["post_logout_redirect_uri"] = returnTo
		params["state"] = o.State
	case strategy == LogoutV2, strategy == LogoutAuto && isAuth0(metadata, provider.Domain()):
		endSession = metadata.Address("/v2/logout")
		params["returnTo"] = returnTo
	default:
		return returnTo
	}
	federated := ""
	if o.Federated {
		federated = "&federated="
		if params["returnTo"] != "" {
			federated = "&federated" // v2 documents it bare
		}
	}
	location, err := logoutURL(endSession, federated, params, a.settings.Logout.Params, o.Params)
	if err != nil {
		return returnTo
	}
	return location
}

// addHints tells the tenant whose session is meant, so that it need not ask.
func (a *Auth) addHints(params map[string]string, session *record) {
	if session == nil {
		return
	}
	params["logout_hint"] = session.SID
	if !a.settings.Logout.NoIDTokenHint {
		params["id_token_hint"] = session.IDToken
	}
}

// logoutURL adds the parameters to the endpoint, later sets over earlier ones.
// Empty parameters are left out, but for federated, which has no value and
// comes as it is to be written.
func logoutURL(endpoint, federated string, sets ...map[string]string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("%w: logout endpoint", ErrConfig)
	}
	query := u.Query()
	for _, set := range sets {
		for name, value := range set {
			query.Set(name, value)
			if value == "" {
				query.Del(name)
			}
		}
	}
	u.RawQuery = query.Encode() + federated
	return u.String(), nil
}
