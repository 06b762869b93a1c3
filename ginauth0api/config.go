package ginauth0api

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Config says which tokens a [Guard] accepts. Only Domain and Audience are
// needed; every other zero is the safe choice. [New] copies it.
type Config struct {
	// Domain is the tenant that issues the tokens: a bare host such as
	// tenant.eu.auth0.com, or the URL of the issuer for other OpenID providers
	// (https; http only for localhost, 127.0.0.0/8 and [::1]). Required.
	Domain string

	// Audience lists the identifiers of this API. One of them must stand in the
	// token's aud. Required: a token for another API is not one for this.
	Audience []string

	// Algorithms lists the accepted signature algorithms, of RS256, RS384,
	// RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA. Zero: RS256.
	Algorithms []string

	// Leeway is added to exp, and to iat and nbf where it is more than the 30
	// seconds that those two have anyway. Zero: none; at most 5 minutes. It
	// lengthens the life of every token.
	Leeway time.Duration

	// RequireRFC9068 accepts only tokens in the JWT profile of RFC 9068: the typ
	// at+jwt, and the claims sub, client_id, iat and jti.
	RequireRFC9068 bool

	// ScopeClaim is the claim that holds the scopes, a string with spaces
	// between them or an array of strings. Zero: scope. Some providers use scp.
	ScopeClaim string

	// Realm stands in every challenge. Zero: api.
	Realm string

	// AllowPreflight lets CORS preflight requests through unauthenticated:
	// OPTIONS with Origin and Access-Control-Request-Method and no credentials.
	// Not needed when the CORS middleware is mounted before the Guard.
	AllowPreflight bool

	// ClientCertificate finds the client certificate of a request, for tokens
	// bound to one (RFC 8705), when TLS ends at a proxy. Zero: the certificate
	// of the connection. It must not believe a header that a client can set.
	ClientCertificate func(*http.Request) *x509.Certificate

	// Keys replaces discovery as the source of the signing keys.
	Keys KeysConfig

	// HTTPClient makes the requests to the issuer. Zero: a client of the Guard's
	// own. Time limits, size caps and redirect rules hold for both.
	HTTPClient *http.Client

	// Logger gets refusals and key trouble, at most one line per second and error
	// code, and never a secret. Zero: nothing is logged.
	Logger *slog.Logger

	// OnError sees each refusal after the request was aborted and the headers
	// were set. If it writes, the default body is left out; it cannot let the
	// request through. It may not call Refuse.
	OnError func(*gin.Context, *Error)

	// OnEvent counts. It is called on the request's own way and must return fast.
	OnEvent func(context.Context, Event)
}

// KeysConfig names the signing keys directly. At most one of its fields may be
// set; with either of them Domain counts exactly as it is written, since there
// is no discovery document to ask for the issuer's spelling.
type KeysConfig struct {
	// JWKSURI is the address of the issuer's key set (https, or http on a
	// loopback host). Zero: the jwks_uri of the discovery document.
	JWKSURI string

	// Static is a JWK Set document with public keys. Nothing is ever fetched.
	Static []byte
}
