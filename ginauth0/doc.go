// Package ginauth0 signs people in to a Gin application through Auth0 or any
// other OpenID provider.
//
// Make an [Auth] from a [Config], mount its routes and protect what needs a
// session:
//
//	cfg, err := ginauth0.ConfigFromEnv()
//	auth, err := ginauth0.New(ctx, cfg)
//	auth.Mount(router)
//	router.GET("/profile", auth.RequireSession(), profile)
//
// A login runs the authorization code flow with PKCE, state and nonce (OpenID
// Connect Core, RFC 7636, RFC 9207, RFC 9700). Each one has a sealed cookie of
// its own, so that logins in several tabs do not disturb each other. What comes
// of it is a session: the person ([UserFrom]), the times and the tokens, which
// the browser never reads.
//
// Sessions are kept in sealed cookies, in Redis (package redisstore), or in any
// store of gin-contrib/sessions ([SessionConfig].Store). A session ends after 24
// hours without a request and after 72 hours in any case, by what stands inside
// it and not by the clock of a browser or a store. A logout ends it first and
// then tells the tenant; the tenant can end it too, by a back-channel logout.
// Either way a mark in the [LogoutStore] keeps copies of its cookie out.
//
// [Auth.RequireSession] takes checks: of claims, organizations, and of how strong
// and how recent the login is.
//
// [Auth.HTTPClient] calls an API in the name of the person, with an access token that
// is refreshed if need be, once for all who ask at the same time, and that a thief
// cannot use if it is bound to the key of the session ([Config].DPoP).
// [Auth.TokenForConnection] does the same for other services at which the person has
// connected an account ([Auth.StartConnectAccount]).
//
// Beside the login page there are [Auth.PollBackchannelLogin], for people who confirm
// on a device of their own (CIBA), and [Auth.LoginWithTokenExchange] (RFC 8693). The
// application proves who it is by a secret or a private key ([ClientAssertion]), and
// may keep its requests out of the browser ([Config].PAR).
//
// Errors are typed and answered in one place, [Auth.Fail]. A tenant or a store
// that cannot be reached is 503; nobody is taken for signed out because of it.
package ginauth0
