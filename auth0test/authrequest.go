package auth0test

// authRequest is an authorization request that has been found good.
type authRequest struct{}
