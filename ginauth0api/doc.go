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
// # What happens to a request
//
// A [Guard] reads the Authorization header (RFC 6750), takes the token apart
// once and strictly, refuses what can be refused without a key (type, algorithm,
// issuer, audience, times), finds the signing key among those that the issuer
// publishes, checks the signature, and checks that a token bound to a key or a
// client certificate is used by their holder. The route's scopes or permissions
// come last. Then the [Token] stands in the context of the request, where
// [TokenFrom], [TokenFromContext] and [ClaimsFrom] find it.
//
// Each Require method does all of it, so that none can be forgotten. Several of
// them, on a group and on a route, add up, and the token is verified once.
//
// # What a client is told
//
// Every refusal is a status, a WWW-Authenticate challenge where new credentials
// can help, and one JSON object:
//
//	{"error": "invalid_token", "error_description": "…", "error_code": "token_expired"}
//
// Texts are fixed: nothing of the token or of the cause reaches the client. The
// cause is in the [Error], which goes to gin.Context.Errors, to Config.OnError
// and, sampled, to Config.Logger.
//
// 401 means that the token is not good, 403 that it does not suffice, and 503
// that it cannot be known at the moment: an outage of the issuer never looks
// like a bad token. Browsers see the challenge only when the CORS middleware,
// mounted before the Guard, sends
//
//	Access-Control-Expose-Headers: WWW-Authenticate, Retry-After
//
// # Signing keys
//
// [New] makes no request. The first token, or [Guard.Warm], reads the issuer's
// discovery document and keys; they are refreshed in the background, an unknown
// key is asked for within a budget, and while the issuer is down the last good
// keys serve for up to a day. A token from another issuer causes no request.
package ginauth0api
