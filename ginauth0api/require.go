package ginauth0api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// RequireAuth returns a handler that lets a request through when its access
// token is valid and grants every one of the scopes; with no scopes it
// authenticates only. Others are answered 400, 401, 403 or 503.
//
// Like every Require method it authenticates as well as authorises, and several
// on one route or group add up while the token is verified once. It panics when
// a scope is not a scope-token; see [CheckScopes].
func (g *Guard) RequireAuth(scopes ...string) gin.HandlerFunc {
	g.mustAccept("RequireAuth", "scopes", scopes)
	return g.require(newNames(scopes, (*Token).HasScope, insufficientScope))
}

// RequireAnyScope is [Guard.RequireAuth] for routes where one of several scopes
// is enough. It panics on an empty list too.
func (g *Guard) RequireAnyScope(scopes ...string) gin.HandlerFunc {
	g.mustAcceptSome("RequireAnyScope", "scopes", scopes)
	return g.require(newNames(scopes, (*Token).HasScope, insufficientScope).orAny())
}

// RequirePermissions returns a handler that lets a request through when the
// claim permissions of its access token (Auth0 RBAC) holds every one of the
// permissions. It panics on an empty list and on what is not a scope-token.
func (g *Guard) RequirePermissions(permissions ...string) gin.HandlerFunc {
	g.mustAcceptSome("RequirePermissions", "permissions", permissions)
	return g.require(newNames(permissions, (*Token).HasPermission, insufficientPermissions))
}

// RequireAnyPermission is [Guard.RequirePermissions] for routes where one of
// several permissions is enough.
func (g *Guard) RequireAnyPermission(permissions ...string) gin.HandlerFunc {
	g.mustAcceptSome("RequireAnyPermission", "permissions", permissions)
	return g.require(newNames(permissions, (*Token).HasPermission, insufficientPermissions).orAny())
}

// OptionalAuth returns a handler that lets requests without credentials through
// as well; [TokenFrom] reports false for them. Credentials that are there must be
// good: a bad token, or a DPoP proof without one, is answered as by
// [Guard.RequireAuth].
func (g *Guard) OptionalAuth() gin.HandlerFunc {
	g.mustBeBuilt("OptionalAuth")
	return func(c *gin.Context) {
		if !g.mode.hasCredentials(c.Request.Header) {
			return
		}
		g.admit(c, nil)
	}
}

// WithDPoP returns a view of the Guard for routes with a mode of their own: its
// handlers accept, refuse and challenge by that mode, and share keys, caches and
// the memory of proofs with the Guard. Closing either closes both. It panics on
// an unknown mode.
func (g *Guard) WithDPoP(mode DPoPMode) *Guard {
	g.mustBeBuilt("WithDPoP")
	if !mode.known() {
		panic("ginauth0api: WithDPoP: mode is none of DPoPAllowed, DPoPRequired and DPoPDisabled")
	}
	return &Guard{core: g.core, mode: mode}
}

func (m DPoPMode) known() bool { return m >= DPoPAllowed && m <= DPoPDisabled }

// requirement is what a handler asks of a token beyond being valid. A refusal
// need not name the scheme.
type requirement interface {
	check(token *Token) *Error
}

// require makes the handler of every Require method; nil requires nothing more
// than a valid token.
func (g *Guard) require(need requirement) gin.HandlerFunc {
	return func(c *gin.Context) {
		if g.allowPreflight && g.mode.isPreflight(c.Request) {
			return
		}
		g.admit(c, need)
	}
}

// admit lets the request through with its token in the context, or refuses it.
func (g *Guard) admit(c *gin.Context, need requirement) {
	token, fresh, refused := g.tokenOf(c)
	if refused == nil && need != nil {
		if refused = need.check(token); refused != nil {
			refused.Scheme = token.Scheme()
		}
	}
	if refused != nil {
		g.refuse(c, refused)
		return
	}
	if fresh {
		g.countAccepted(c.Request.Context(), token)
	}
}

// tokenOf returns the verified token of the request. fresh is false if an earlier
// handler has verified it.
func (g *Guard) tokenOf(c *gin.Context) (token *Token, fresh bool, refused *Error) {
	creds, refused := g.mode.readCredentials(c.Request.Header)
	if refused == nil {
		token, fresh, refused = g.tokenShownBy(c, creds)
	}
	if refused != nil {
		refused.Scheme = creds.scheme
		return nil, false, refused
	}
	return token, fresh, nil
}

// tokenShownBy verifies the token of these credentials, unless an earlier handler
// of this Guard or of a view has verified it, and used up its proof: then only
// what depends on the mode is judged again. A token from another Guard, or one
// that does not stand in the request any more, does not count.
func (g *Guard) tokenShownBy(c *gin.Context, creds credentials) (token *Token, fresh bool, refused *Error) {
	ctx := c.Request.Context()
	if token, ok := ctx.Value(verifiedBy{g.core}).(*Token); ok && token.shownBy(creds) {
		return token, false, g.checkScheme(token.presented().verified, creds)
	}
	token, nonce, refused := g.verify(c.Request, creds)
	if refused != nil {
		return nil, false, refused
	}
	if nonce != "" {
		c.Header(nonceHeader, nonce)
	}
	c.Request = c.Request.WithContext(withToken(ctx, token))
	return token, true, nil
}

// shownBy reports whether the request still shows this very token in this way.
func (t *Token) shownBy(creds credentials) bool {
	p := t.presented()
	return p.scheme == creds.scheme && p.text == creds.token
}

// isPreflight recognises a CORS preflight request: browsers send these three
// together, and never credentials with them.
func (m DPoPMode) isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != "" && !m.hasCredentials(r.Header)
}

func (g *Guard) mustAcceptSome(method, argument string, names []string) {
	g.mustBeBuilt(method)
	if len(names) == 0 {
		panic("ginauth0api: " + method + ": " + argument + " must not be empty")
	}
	g.mustAccept(method, argument, names)
}

func (g *Guard) mustAccept(method, argument string, names []string) {
	g.mustBeBuilt(method)
	if err := checkNames(argument, names); err != nil {
		panic("ginauth0api: " + method + ": " + err.Error())
	}
}

// mustBeBuilt stops a program that went on although New had returned an error.
func (g *Guard) mustBeBuilt(method string) {
	if g == nil || g.core == nil {
		panic("ginauth0api: " + method + ": the Guard was not made by New")
	}
}
