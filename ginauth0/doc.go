// Package ginauth0 signs people in to a Gin application through Auth0 or any
// other OpenID provider.
//
// Make an [Auth] from a [Config], mount its routes and protect what needs a
// session:
//
//	cfg, err := ginauth0.ConfigFromEnv() // AUTH0_DOMAIN, AUTH0_CLIENT_ID, …
//	if err != nil {
//		return err
//	}
//	auth, err := ginauth0.New(ctx, cfg)
//	if err != nil {
//		return err // names every setting that is wrong
//	}
//	defer auth.Close()
//
//	auth.Mount(router) // /auth/login, /auth/callback, /auth/logout, /auth/backchannel-logout
//	router.GET("/profile", auth.RequireSession(), func(c *gin.Context) {
//		user, _ := ginauth0.UserFrom(c)
//		c.String(http.StatusOK, "Hello %s", user.Name)
//	})
//
// The tenant must know the callback URL, here https://<host>/auth/callback, and
// the address to which a logout returns. For a start without a tenant see
// package auth0test.
//
// # Login
//
// The login route sends the browser to the tenant; [Auth.Login] does the same from a
// handler, with [LoginOptions]. It is the authorization code flow with PKCE,
// state and nonce (OpenID Connect Core, RFC 7636, RFC 9207, RFC 9700). Each login
// has a sealed cookie of its own, so that logins in several tabs do not disturb
// each other. A link may name a way back, /auth/login?returnTo=/cart, which never
// leads to another site, and the parameters of Config.ForwardParams.
//
// The application proves who it is by a secret or by a private key
// ([ClientAssertion]), and may keep its requests out of the browser (Config.PAR).
// A login may be for an organization (Config.Organization,
// LoginOptions.Organization), and then is refused if it comes back for another.
// Config.OnCallback sees how each one ended.
//
// # Sessions
//
// What comes of a login is a [Session]: the person ([UserFrom]), the times and the
// tokens, which the browser never reads. It ends after 24 hours without a request
// and after 72 hours in any case, by what stands inside it and not by the clock
// of a browser or a store. [SessionConfig] has the limits and the cookies,
// Config.BeforeSave changes the claims that are kept.
//
// [Auth.RequireSession] lets signed-in people pass. Others are sent to log in if
// they look at a page, and get 401 with JSON if it is a script that asks.
// [Auth.Session] only loads the session, for pages that serve everybody.
//
// RequireSession takes checks: of claims ([ClaimEquals], [ClaimIncludes],
// [ClaimMatches]), of organizations ([InOrganization]), and of how strong and how
// recent the login is ([RequireMFA], [RequireACR], [RequireRecentLogin]). Who lacks
// a claim gets 403; whose login is too weak is sent to the tenant and back.
//
// # Logout
//
// The logout route and [Auth.Logout] end the session first and then tell the tenant
// ([LogoutConfig]). The tenant can end sessions too, by a back-channel logout. Either
// way a mark in the [LogoutStore] keeps copies of the cookie out.
//
// # Tokens
//
// A session holds the ID token ([Auth.IDToken]), access tokens and, with the scope
// offline_access, a refresh token. [Auth.AccessToken] gives one that is good for at least
// 30 seconds, for Config.Audience or another API. If there is none, the refresh token is
// used, once for all requests that ask at the same time. Tokens are of the type
// [Secret], which prints as [redacted]. [Auth.RevokeRefreshToken] gives the refresh
// token up.
//
// # Calling APIs
//
// [Auth.HTTPClient] calls an API in the name of the person. With Config.DPoP (RFC 9449)
// tokens are bound to a key that stays in the session, and each request brings a
// proof: a thief can do nothing with a token alone.
//
// Auth0 also keeps tokens of other services, at which the person has connected an
// account: [Auth.StartConnectAccount] connects one, [Auth.TokenForConnection] brings its
// token, [Auth.ListConnectedAccounts] and [Auth.DeleteConnectedAccount] are for a page of
// settings. [Auth.StartLink] and [Auth.StartUnlink] are something else: they make
// several identities one user.
//
// # Other ways to sign in
//
// [Auth.StartBackchannelLogin] and [Auth.PollBackchannelLogin] are for people who confirm
// on a device of their own (CIBA), [Auth.LoginWithTokenExchange] for those who bring
// a token from elsewhere (RFC 8693). [Auth.ExchangeToken] exchanges a token without a
// session. [Auth.SessionTransferToken] and [SessionTransferURL] sign a person in to
// another application.
//
// # Errors
//
// Errors are typed, for [errors.Is] and [errors.As], and answered in one place:
// [Auth.Fail] makes a page with a way back for people, and JSON for programs. A
// handler passes on what it cannot help, and returns:
//
//	token, err := auth.AccessToken(c, ginauth0.TokenOptions{})
//	if err != nil {
//		auth.Fail(c, err)
//		return
//	}
//
// A tenant or a store that cannot be reached is 503: behind RequireSession nobody is
// taken for signed out because of it. No text of an error holds a token, code, cookie or key. Config.OnError
// shows pages of your own, with a reference that the log has too ([ReferenceFrom]);
// Config.Logger and Config.OnEvent ([Event]) are for those who run the application.
//
// # Stores and several instances
//
// Sessions are kept in sealed cookies ([CookieStore]), in Redis (package redisstore),
// or in any store of gin-contrib/sessions (SessionConfig.Store); package storetest
// tells whether one will do. Instances of an application share Config.Secrets,
// and besides a [LogoutStore] and a [RefreshLock], which the store of redisstore
// brings with it. Without, a logout is known to one instance only.
//
// An application under several domains names the tenant's domain for each request
// (Config.DomainResolver) and lists its own URLs (Config.ExtraBaseURLs).
//
// # Tests
//
// Package auth0test is a tenant for your tests: its Tenant.Login signs a client in, so
// that the test of a handler needs no login page.
package ginauth0
