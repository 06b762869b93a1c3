// Package ginauth0api protects the routes of a Gin API with OAuth 2.0 access
// tokens from Auth0 or any other OpenID provider.
//
//	guard, err := ginauth0api.New(ctx, ginauth0api.Config{
//		Domain:   "tenant.eu.auth0.com",
//		Audience: []string{"https://api.example.com"},
//	})
//	if err != nil {
//		return err
//	}
//	defer guard.Close()
//
//	router.GET("/messages", guard.RequireAuth("read:messages"), func(c *gin.Context) {
//		token, _ := ginauth0api.TokenFrom(c)
//		c.JSON(http.StatusOK, gin.H{"user_id": token.Subject()})
//	})
//
// Audience is the identifier of the API at the tenant. For a start without a tenant
// see package auth0test, which mints tokens in one line.
//
// # What happens to a request
//
// A [Guard] reads the Authorization header, takes the token apart once and
// strictly, refuses what can be refused without a key (type, algorithm, issuer,
// audience, times), finds the signing key among those that the issuer publishes,
// checks the signature, and checks that a token bound to a key or a client
// certificate is used by their holder. The route's scopes, permissions and checks
// come last. Then the [Token] stands in the context of the request, where
// [TokenFrom], [TokenFromContext] and [ClaimsFrom] find it.
//
// A token that was verified a moment ago costs no signature check again: it is
// remembered for at most a minute, as long as its key is still published. Whether
// it has expired, whose it is and what the route wants is judged each time.
// [TokenCacheConfig] bounds this memory or turns it off.
//
// # Scopes, permissions and checks
//
// Each Require method does all of it, so that none can be forgotten. Several of
// them, on a group and on a route, add up, and the token is verified once.
//
//   - [Guard.RequireAuth] wants every scope that it names; without one it wants a
//     token and no more. With [Guard.RequireAnyScope] one is enough.
//   - [Guard.RequirePermissions] and [Guard.RequireAnyPermission] want the permissions
//     of Auth0's RBAC.
//   - [Guard.RequireClaims] wants claims: [ClaimEquals], [ClaimIncludes],
//     [ClaimIncludesAny], [IssuedWithin], or a [ClaimCheck] of your own. Those of
//     Config.TokenChecks are for every route.
//   - [Guard.RequireStepUp] wants a stronger or more recent login (RFC 9470).
//   - [Guard.OptionalAuth] lets requests without credentials through.
//
// Middleware of another shape decides with [Guard.Check] and answers with
// [Guard.Refuse].
//
// # DPoP
//
// A token may be bound to a key of the client (RFC 9449). It then travels as
//
//	Authorization: DPoP <token>
//	DPoP: <proof>
//
// where the proof is a fresh JWT, signed with that key, for this method, this URL
// and this token. The zero Config accepts Bearer and DPoP, and a bound token only
// with its proof. DPoPConfig.Mode and [Guard.WithDPoP] require DPoP, or turn it off.
// Every proof is accepted once: the Guard remembers them. Several instances of
// an API need a memory that they share, such as the one of package redisstore, in
// DPoPConfig.ReplayStore; nonces ([NonceConfig]) need keys that they share.
//
// # Proxies
//
// Since a proof names the URL as the client sees it, a Guard behind a proxy has to
// know it: set ProxyConfig.BaseURL, or list the proxies that are trusted and the
// headers that they overwrite ([ProxyConfig]). Bearer tokens do not need it.
//
// # Several issuers
//
// Config.Domains lists further issuers, such as custom domains.
// Config.DomainResolver names them for each request. Keys of one issuer never
// verify the tokens of another, and a token of an issuer that is not trusted
// causes no request at all.
//
// # Errors
//
// Every refusal is a status, challenges where new credentials can help, and one
// JSON object:
//
//	{"error": "invalid_token", "error_description": "…", "error_code": "token_expired"}
//
// Texts are fixed: nothing of the token or of the cause reaches the client. The
// cause is in the [Error], which goes to gin.Context.Errors, to Config.OnError and,
// sampled, to Config.Logger. [errors.Is] tells its kind, such as [ErrBadToken];
// Error.Code says it exactly. Config.OnEvent counts ([Event]).
//
// 401 means that the token is not good, 403 that it does not suffice, and 503 that
// it cannot be known at the moment: an outage of the issuer, or of the memory of
// proofs, never looks like a bad token. Browsers see the challenges only when
// the CORS middleware, mounted before the Guard, sends
//
//	Access-Control-Expose-Headers: WWW-Authenticate, DPoP-Nonce, Retry-After
//
// [Guard.ProtectedResourceMetadata] tells clients which issuers and scopes this API
// knows (RFC 9728).
//
// # Signing keys
//
// [New] makes no request. The first token, or [Guard.Warm], reads the issuer's
// discovery document and keys; they are refreshed in the background, an unknown
// key is asked for within a budget, and while the issuer is down the last good
// keys serve for up to a day. [KeysConfig] names them directly.
//
// # Calling the next API
//
// With Config.Client the Guard asks the issuer's token endpoint on behalf of whom
// a token is about: [Guard.TokenOnBehalfOf] for another API,
// [Guard.ExchangeToken] for token exchange in general (RFC 8693), and
// [Guard.TokenForConnection] for the token of a connected account at Auth0.
// [Token.CurrentActor] says who acts for the subject of a token. Errors are a
// *[TokenEndpointError].
package ginauth0api
