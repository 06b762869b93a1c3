package ginauth0

import (
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// linkAudience is what the authorization request of a link or unlink is for (Auth0).
const linkAudience = "my-account"

// LinkOptions say which identity is to be linked, or unlinked.
type LinkOptions struct {
	// RequestedConnection is the name of the connection of the identity, such as
	// google-oauth2. It is required.
	RequestedConnection string
	// RequestedConnectionScope are the scopes to be granted there, with a space between
	// them. It is for links only. Zero: those of the connection.
	RequestedConnectionScope string
	// ReturnTo is where it leads, as LoginOptions.ReturnTo.
	ReturnTo string
	// AppState, at most 1024 bytes, comes back in CallbackEvent.AppState.
	AppState string
}

// linking is one of the two things that can be done about an identity.
type linking struct {
	kind     string
	scope    string
	callback func(*mountedRoutes) string
}

var (
	linkIdentity   = linking{kindLink, "link_account", func(m *mountedRoutes) string { return m.connectCallback }}
	unlinkIdentity = linking{kindUnlink, "unlink_account", func(m *mountedRoutes) string { return m.unconnectCallback }}
)

// handleLink is the connect route of linking.
func (a *Auth) handleLink(c *gin.Context, p connectParams) error {
	return a.StartLink(c, LinkOptions{
		RequestedConnection: p.connection, RequestedConnectionScope: strings.Join(p.scopes, " "), ReturnTo: p.returnTo,
	})
}

// handleUnlink is the unconnect route.
func (a *Auth) handleUnlink(c *gin.Context, p connectParams) error {
	return a.StartUnlink(c, LinkOptions{RequestedConnection: p.connection, ReturnTo: p.returnTo})
}

// StartLink sends the browser to the tenant to link another identity to the user who is
// signed in (Auth0). The browser comes back to the connect callback route of
// Config.Routes.EnableLinking, where the session gets the new ID token of the same user
// and the claims that come with it, and keeps everything else: claims that do not come,
// since only the scope openid is asked for, and those about the login, such as auth_time
// and org_id. It goes on to ReturnTo. It either writes the redirect, aborts the chain and
// returns nil, or writes no answer and returns an error for [Auth.Fail]. For a
// speculative request (prefetch) it answers 204.
//
// Whoever offers it to other origins than its own pages lets them link identities; the
// connect route does not.
//
// Errors: *[ParameterError] and [ErrBadRequest] for options; [ErrNotMounted] (linking is
// not enabled); [ErrNoSession]; [ErrSessionExpired]; [ErrNoIDToken];
// [ErrResponseStarted]; [ErrUpstream]; [ErrConfig]; [ErrStore]; with Config.PAR
// *[ProviderError] with Op "par".
func (a *Auth) StartLink(c *gin.Context, o LinkOptions) error { return a.startLink(c, o, linkIdentity) }

// StartUnlink is [Auth.StartLink] for taking an identity away from the user, by the
// unconnect callback route. RequestedConnectionScope is a *[ParameterError].
func (a *Auth) StartUnlink(c *gin.Context, o LinkOptions) error {
	return a.startLink(c, o, unlinkIdentity)
}

func (a *Auth) startLink(c *gin.Context, o LinkOptions, l linking) error {
	d, answered, err := a.departureOf(c, l.callback)
	if answered || err != nil {
		return err
	}
	if err := o.check(l); err != nil {
		return err
	}
	found, err := a.liveSession(a.load(c))
	switch {
	case err != nil:
		return err
	case found.record.IDToken == "":
		return ErrNoIDToken
	}
	provider, err := a.providerFor(found.record.Domain)
	if err != nil {
		return err
	}
	attempt, params, err := a.newLink(provider, found.record, o, l)
	if err != nil {
		return err
	}
	attempt.RedirectURI = d.redirectURI
	location, err := a.authorizationURL(c.Request.Context(), provider, attempt, params)
	if err != nil {
		return err
	}
	return a.depart(c, d, attempt, o.ReturnTo, location)
}

// check judges options.
func (o LinkOptions) check(l linking) error {
	if strings.TrimSpace(o.RequestedConnection) == "" {
		return &ParameterError{Name: "requested_connection", Reason: "is missing"}
	}
	scopes := strings.Fields(o.RequestedConnectionScope)
	if len(scopes) > 0 && l.kind == kindUnlink {
		return &ParameterError{Name: "requested_connection_scope", Reason: "is for links only"}
	}
	return checkScopes("requested_connection_scope", scopes)
}

// newLink is a login of the person who is signed in, that links or unlinks on the way:
// for the organization of the session, and with its key, to which nothing else would be
// bound.
func (a *Auth) newLink(provider *oidc.Provider, session *record, o LinkOptions, l linking) (*attempt, map[string]string, error) {
	organization, _ := claimOf(session.User, "org_id").Text()
	attempt, params, err := a.newAttempt(provider.Domain(), LoginOptions{Organization: organization, AppState: o.AppState}, nil)
	if err != nil {
		return nil, nil, err
	}
	attempt.Kind, attempt.RID, attempt.DPoPKey = l.kind, session.RID, ""
	attempt.Scopes, attempt.Audience = []string{"openid", l.scope}, linkAudience
	delete(params, "dpop_jkt")
	key, err := session.proofKey()
	if err != nil {
		return nil, nil, err
	}
	if key != nil {
		params["dpop_jkt"] = key.Thumbprint()
	}
	params["requested_connection"] = o.RequestedConnection
	if scopes := strings.Fields(o.RequestedConnectionScope); len(scopes) > 0 {
		params["requested_connection_scope"] = strings.Join(scopes, " ")
	}
	params["id_token_hint"] = session.IDToken
	return attempt, params, nil
}

// completeLink takes ID token and claims over into the session that linked or unlinked.
func (a *Auth) completeLink(c *gin.Context, e *ending, provider *oidc.Provider, code string) error {
	found, err := a.liveSession(a.load(c))
	if err != nil {
		return err
	}
	session := found.record
	if err := e.attempt.isOf(session); err != nil {
		return err
	}
	grant, err := signInOf(provider, e.attempt, code)
	if err != nil {
		return err
	}
	if grant.key, err = session.proofKey(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	answer, token, err := a.redeem(ctx, grant)
	if err != nil {
		return err
	}
	if token.Issuer != session.Issuer || token.Subject != session.subject() {
		return fmt.Errorf("%w: it is about another user than the session", ErrBadIDToken)
	}
	draft := *session
	draft.User = linkedClaims(session.User, userClaims(token.Payload))
	if err := a.beforeSave(ctx, &draft); err != nil {
		return err
	}
	if err := a.changeSession(c, session, func(r *record) {
		r.User = draft.User
		if !a.settings.Session.OmitIDToken {
			r.IDToken = answer.IDToken
		}
	}); err != nil {
		return err
	}
	e.session = a.visitOf(c).session.Load()
	return nil
}
