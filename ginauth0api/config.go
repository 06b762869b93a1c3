package ginauth0api

import (
	"context"
	"crypto"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
)

// Config says which tokens a [Guard] accepts. Only Domain and Audience are
// needed; every other zero is the safe choice. [New] copies it.
type Config struct {
	// Domain is the tenant that issues the tokens: a bare host such as
	// tenant.eu.auth0.com, or the URL of the issuer for other OpenID providers
	// (https; http only for localhost, 127.0.0.0/8 and [::1]). Required, unless
	// Domains or DomainResolver names the issuers.
	Domain string

	// Domains lists further trusted issuers, such as the custom domains of a
	// tenant, in the forms of Domain. The keys of one never verify the tokens of
	// another. Zero: none.
	Domains []string

	// DomainResolver names the trusted issuers of each request, in the forms of
	// Domain, for those who serve tenants of their own. It is called once per
	// request whose token is well formed, is given 5 seconds, and decides alone:
	// Domains must be empty, and Domain then serves token-endpoint calls only.
	// Its entries are compared exactly: write each issuer as its tokens do, or as
	// a host, which means https://host/. An error, a panic and an empty list are
	// answered 500, a time-out 503. It must heed its context: while a hundred
	// calls go on although theirs is done, no more are made.
	DomainResolver func(context.Context, DomainRequest) ([]string, error)

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

	// TokenChecks run on every token, whatever the route; one that returns an
	// error makes the answer 401 token_refused. Checks that depend on the route
	// belong to [Guard.RequireClaims], which answers 403.
	TokenChecks []ClaimCheck

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

	// DPoP says how bound tokens and their proofs are dealt with (RFC 9449).
	DPoP DPoPConfig

	// Proxy says under which URL clients see this API. It matters for DPoP, for
	// DomainResolver and for the protected-resource metadata; a Bearer request
	// is never refused for it.
	Proxy ProxyConfig

	// Keys replaces discovery as the source of the signing keys.
	Keys KeysConfig

	// TokenCache remembers verified tokens for a short time.
	TokenCache TokenCacheConfig

	// Resource describes this API to clients (RFC 9728).
	Resource ResourceConfig

	// Client is the application as which the Guard asks the token endpoint, for
	// [Guard.TokenForConnection], [Guard.ExchangeToken] and
	// [Guard.TokenOnBehalfOf]. Zero: these calls are refused.
	Client ClientConfig

	// HTTPClient makes the requests to the issuers. Zero: a client of the Guard's
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

// DPoPMode says which schemes a route accepts.
type DPoPMode int

// The modes. [Guard.WithDPoP] changes the mode for a route.
const (
	// DPoPAllowed accepts Bearer and DPoP; a bound token needs its proof.
	DPoPAllowed DPoPMode = iota
	// DPoPRequired accepts DPoP alone.
	DPoPRequired
	// DPoPDisabled accepts Bearer alone and ignores the header DPoP.
	DPoPDisabled
)

// DPoPConfig says how DPoP proofs are verified (RFC 9449 section 4.3).
type DPoPConfig struct {
	// Mode is the mode of every route without one of its own. Zero: DPoPAllowed.
	Mode DPoPMode

	// Algorithms lists the accepted signature algorithms, of those that
	// Config.Algorithms may list, in the order in which challenges name them.
	// Zero: ES256.
	Algorithms []string

	// MaxAge and Leeway say how far the iat of a proof may lie back and ahead,
	// both ends included. Zero: 300 s and 30 s; at most 24 hours and 5 minutes.
	MaxAge time.Duration
	Leeway time.Duration

	// Nonce asks clients for nonces of this API (RFC 9449 section 9).
	Nonce NonceConfig

	// ReplayStore remembers the proofs that were used. Zero: a memory of
	// 1 048 576 proofs in this process. Several instances of an API need a store
	// that they share, or each of them accepts a proof once.
	ReplayStore ReplayStore

	// AllowReplayStoreFailure lets a proof pass when the ReplayStore fails or is
	// full. Zero: such requests are answered 503.
	AllowReplayStoreFailure bool

	// AllowBoundTokenAsBearer accepts tokens that are bound to a DPoP key as
	// plain Bearer tokens, which gives the binding up. Only with DPoPDisabled,
	// for APIs that are on their way to DPoP.
	AllowBoundTokenAsBearer bool
}

// NonceConfig turns DPoP nonces on. They are stateless: instances that share the
// keys accept each other's.
type NonceConfig struct {
	// Keys are secrets of 32 bytes or more. The first makes nonces, all accept
	// them, so that a key can be replaced. Zero: no nonces are asked for.
	Keys []Secret

	// Lifetime is how long a nonce is accepted. Zero: 5 minutes.
	Lifetime time.Duration
}

// ProxyConfig says how the public URL of a request is known.
type ProxyConfig struct {
	// BaseURL is the public URL of this API: scheme://host[:port][/prefix], where
	// prefix is what the proxy takes off the path. It beats every header and is
	// the safest choice. Zero: the URL is derived from the connection, and from
	// the headers of Trusted proxies.
	BaseURL string

	// Trusted lists the proxies whose forwarding headers count: addresses, CIDRs,
	// or unix for peers on a Unix socket. Zero: nobody.
	Trusted []string

	// Headers lists the forwarding headers that count: Forwarded alone, or some
	// of X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port and
	// X-Forwarded-Prefix. Name only headers that the proxy overwrites on every
	// request: what it passes through is the client's choice. Zero:
	// X-Forwarded-Proto.
	Headers []string

	// AllowedHosts lists the hosts, with their port if it is not the default,
	// that a DPoP request may be addressed to. Zero: any well-formed one. Not
	// with BaseURL.
	AllowedHosts []string
}

// TokenCacheConfig bounds the memory of verified tokens. A token that was seen
// a moment ago costs no signature check; expiry, issuer, key, binding, scopes
// and proofs are judged anew with every request.
type TokenCacheConfig struct {
	// Disabled serves those who must not hold tokens in memory.
	Disabled bool

	// MaxEntries is how many tokens are remembered, within 64 MiB. Zero: 10 000.
	MaxEntries int

	// MaxAge is how long a token is remembered. Zero: 60 seconds.
	MaxAge time.Duration
}

// ResourceConfig is what [Guard.ProtectedResourceMetadata] says of this API.
// Empty fields are left out.
type ResourceConfig struct {
	// URL is the resource identifier. Zero: Proxy.BaseURL, and without that the
	// origin of the request.
	URL string
	// Name is a name for people.
	Name string
	// Documentation, PolicyURI and TermsURI are pages for developers.
	Documentation string
	PolicyURI     string
	TermsURI      string
	// Scopes are the scopes that clients may ask for.
	Scopes []string
}

// ClientConfig is an application that is registered at the issuer.
type ClientConfig struct {
	// ID is the client_id.
	ID string
	// Secret authenticates the client, by client_secret_post if the issuer
	// offers it, otherwise by HTTP Basic.
	Secret Secret
	// Assertion authenticates the client by private_key_jwt instead.
	Assertion ClientAssertion
}

// ClientAssertion signs the assertions of private_key_jwt (RFC 7523 section 2.2,
// OpenID Connect Core section 9).
type ClientAssertion struct {
	// Key is the private key: RSA, ECDSA on P-256, P-384 or P-521, or Ed25519.
	Key crypto.Signer
	// KeyID is the kid of the assertions. Zero: none.
	KeyID string
	// Algorithm is how Key signs. Zero: RS256, the ES algorithm of the curve, or
	// EdDSA.
	Algorithm string
}

// DomainRequest is what a DomainResolver gets to know of a request. It never sees
// credentials.
type DomainRequest struct {
	// URL is the public URL of the request. Its Host is empty if it cannot be
	// formed.
	URL *url.URL
	// Header is a copy without Authorization, Proxy-Authorization, Cookie and
	// DPoP.
	Header http.Header
}

// ClaimCheck judges a verified token; an error refuses it. The text of the error
// goes to the log, never to the client.
type ClaimCheck func(*Token) error

// ReplayStore remembers the DPoP proofs that were used (RFC 9449 section 11.1).
type ReplayStore interface {
	// Remember stores key for ttl and reports whether it was not there before.
	// It must be atomic across everyone who shares the store: of concurrent
	// calls with one key exactly one gets fresh. err means that the store itself
	// failed, never that the key was seen. The key has 32 characters of
	// base64url, of which the first 12 name the proof key; it holds no text of
	// the client.
	Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error)
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
