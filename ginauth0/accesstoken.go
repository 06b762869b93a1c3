package ginauth0

import (
	"errors"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// TokenOptions say which access token is wanted. The zero value is the one for
// Config.Audience with the configured scopes.
type TokenOptions struct {
	// Audience is the API that the token is for. Zero: Config.Audience.
	Audience string
	// Scopes that the token must have, beside the configured ones.
	Scopes []string
	// NoMerge leaves the configured scopes out: those of Scopes are all that is
	// asked for.
	NoMerge bool
	// ForceRefresh gets a new token although the session may have a good one, say
	// because an API refused that.
	ForceRefresh bool
}

// AccessToken lets its bearer use an API in the name of the person who is signed
// in. Token prints as [redacted] everywhere; string(t.Token) is the value. One of the
// type DPoP is bound to a key that stays in the session (Config.DPoP): it is worth
// nothing without a proof for each request, which the client of [Auth.HTTPClient] makes.
type AccessToken struct {
	Token     Secret
	Type      string    // "Bearer" or "DPoP": the scheme in which it is presented
	Audience  string    // empty for the tenant's own userinfo endpoint, and for tokens of a connection
	Scopes    []string  // that were granted, which may be fewer or more than asked for
	ExpiresAt time.Time // zero if the tenant did not say

	// Connection is the provider whose token it is (see [Auth.TokenForConnection]),
	// otherwise empty.
	Connection string
}

// AccessToken returns an access token of the session of the request. A token that
// the session has, fits and is good for more than 30 s costs no network. Otherwise
// the refresh token is used, once for all who want the same at that moment, and what
// came back is in the session before AccessToken returns. It loads the session
// itself if need be, and is to be called before the response starts, unless sessions
// are in redisstore.
//
// An audience other than the login's needs a tenant whose refresh tokens serve
// several APIs (Auth0: Multi-Resource Refresh Tokens).
//
// Errors: [ErrNoSession]; [ErrSessionExpired]; [ErrNoRefreshToken];
// *[ProviderError] with Op "refresh" (the tenant refused; with the code
// invalid_grant the refresh token is worth nothing any more and not in the session
// now); *[MFARequiredError]; [ErrBadIDToken] (the tenant answered for somebody else,
// and the session has been ended); [ErrUpstream], [ErrTokenType], [ErrConfig];
// [ErrStore], [ErrConflict], *[SessionTooLargeError]; [ErrResponseStarted] (nothing
// was asked of the tenant); [ErrBadRequest] for Scopes that are none.
func (a *Auth) AccessToken(c *gin.Context, o TokenOptions) (AccessToken, error) {
	t, err := a.obtain(c, o)
	if err != nil {
		return AccessToken{}, err
	}
	return t.handOut(), nil
}

// handOut is the token for those who asked for it.
func (t recordToken) handOut() AccessToken {
	token := AccessToken{Token: Secret(t.Token), Type: t.Type, Audience: t.Audience, Scopes: slices.Clone(t.Granted)}
	if t.Expiry != 0 {
		token.ExpiresAt = time.UnixMilli(t.Expiry)
	}
	return token
}

// obtain returns an access token that the session has or that a refresh brings.
func (a *Auth) obtain(c *gin.Context, o TokenOptions) (recordToken, error) {
	return a.fulfil(c, func(r *record) (wish, error) { return a.settings.wanted(o, r) })
}

// fulfil returns the token that is wanted of a session: it has it, or its refresh
// token brings it.
func (a *Auth) fulfil(c *gin.Context, wanted func(*record) (wish, error)) (recordToken, error) {
	v := a.load(c)
	found, err := a.liveSession(v)
	if err != nil {
		return recordToken{}, err
	}
	want, err := wanted(found.record)
	if err != nil {
		return recordToken{}, err
	}
	token, has, err := want.choose(found.record, a.now())
	if has || err != nil {
		return token, err
	}
	if cannotWrite(c) && !a.keeper.vault.rowAlone() {
		return recordToken{}, ErrResponseStarted
	}
	outcome, err := a.refresh(c.Request, found, want)
	if err != nil {
		return recordToken{}, err
	}
	return a.adopt(c, v, found.record, outcome)
}

// liveSession returns the session of a request as it is by now.
func (a *Auth) liveSession(v *visit) (kept, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.found.record
	switch {
	case v.err != nil:
		return kept{}, v.err
	case r != nil && r.ceilingPassed(a.now()):
		return kept{}, ErrSessionExpired
	case !a.keeper.live(r):
		return kept{}, ErrNoSession
	}
	return v.found, nil
}

// adopt writes what a refresh brought into the session of a request that waited for
// it, and into its answer. before is the session for which it was asked.
func (a *Auth) adopt(c *gin.Context, v *visit, before *record, o *refreshOutcome) (recordToken, error) {
	h := c.Writer.Header()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found.record == nil || v.found.record.RID != before.RID {
		return recordToken{}, ErrNoSession // this request ended it meanwhile
	}
	if o.over {
		a.keeper.clear(c.Request, h)
		v.hold(kept{})
		return recordToken{}, o.err
	}
	if o.written {
		v.hold(o.found)
		return o.token, o.err
	}
	if len(o.later) == 0 {
		return o.token, o.err
	}
	err := a.write(c, h, v, o.token.Token, o.later.apply)
	switch {
	case errors.Is(err, ErrNoSession):
		return recordToken{}, err
	case err != nil:
		return recordToken{}, errors.Join(o.err, err)
	}
	return o.token, o.err
}
