package ginauth0api

import "net/http"

// The OAuth error of each row of the contract.
const (
	kindUnauthorized      = "unauthorized" // in the body only: RFC 6750 section 3.1 wants no error without credentials
	kindInvalidRequest    = "invalid_request"
	kindInvalidToken      = "invalid_token"
	kindInsufficientScope = "insufficient_scope"
	kindUnavailable       = "temporarily_unavailable"
	kindServerError       = "server_error"
)

// refusal is one line of the table of error codes: all that a client is told,
// word for word.
type refusal struct {
	status      int
	kind        string
	code        string
	description string
}

// because makes the error of one request; the cause is for logs alone and may
// be nil.
func (r refusal) because(cause error) *Error {
	return &Error{Status: r.status, Kind: r.kind, Code: r.code, Description: r.description, Err: cause}
}

var (
	credentialsMissing = refusal{http.StatusUnauthorized, kindUnauthorized, "credentials_missing", "An access token is required."}
	schemeUnsupported  = refusal{http.StatusUnauthorized, kindUnauthorized, "scheme_unsupported", "The authorization scheme is not accepted here."}

	authorizationMalformed = refusal{http.StatusBadRequest, kindInvalidRequest, "authorization_malformed", "The Authorization header is malformed."}
	authorizationRepeated  = refusal{http.StatusBadRequest, kindInvalidRequest, "authorization_repeated", "The Authorization header was sent more than once."}

	tokenMalformed        = refusal{http.StatusUnauthorized, kindInvalidToken, "token_malformed", "The access token is not a JWT that this API can read."}
	tokenTooLarge         = refusal{http.StatusUnauthorized, kindInvalidToken, "token_too_large", "The access token is too large."}
	tokenTypeRefused      = refusal{http.StatusUnauthorized, kindInvalidToken, "token_type_refused", "The token is of another type than an access token."}
	invalidAlgorithm      = refusal{http.StatusUnauthorized, kindInvalidToken, "invalid_algorithm", "The signature algorithm of the access token is not accepted."}
	keyNotFound           = refusal{http.StatusUnauthorized, kindInvalidToken, "jwks_key_not_found", "The signing key of the access token is not known."}
	invalidSignature      = refusal{http.StatusUnauthorized, kindInvalidToken, "invalid_signature", "The signature of the access token is not valid."}
	invalidIssuer         = refusal{http.StatusUnauthorized, kindInvalidToken, "invalid_issuer", "The issuer of the access token is not accepted."}
	invalidAudience       = refusal{http.StatusUnauthorized, kindInvalidToken, "invalid_audience", "The access token is not meant for this API."}
	tokenExpired          = refusal{http.StatusUnauthorized, kindInvalidToken, "token_expired", "The access token has expired."}
	tokenNotYetValid      = refusal{http.StatusUnauthorized, kindInvalidToken, "token_not_yet_valid", "The access token is not valid yet."}
	invalidClaims         = refusal{http.StatusUnauthorized, kindInvalidToken, "invalid_claims", "Claims of the access token are missing or malformed."}
	tokenBindingMalformed = refusal{http.StatusUnauthorized, kindInvalidToken, "token_binding_malformed", "The confirmation claim of the access token cannot be used."}

	tokenBound          = refusal{http.StatusUnauthorized, kindInvalidToken, "token_bound", "The access token is bound to a DPoP key and needs the DPoP scheme."}
	mtlsBindingMismatch = refusal{http.StatusUnauthorized, kindInvalidToken, "mtls_binding_mismatch", "The access token is bound to another client certificate."}

	insufficientScope       = refusal{http.StatusForbidden, kindInsufficientScope, "insufficient_scope", "The access token lacks a required scope."}
	insufficientPermissions = refusal{http.StatusForbidden, kindInsufficientScope, "insufficient_permissions", "The access token lacks a required permission."}

	keysUnavailable = refusal{http.StatusServiceUnavailable, kindUnavailable, "jwks_fetch_failed", "The signing keys cannot be obtained at the moment."}
	internalError   = refusal{http.StatusInternalServerError, kindServerError, "internal_error", "The request could not be processed."}
)

// refusals lists the table, for what is kept once per error code.
func refusals() []refusal {
	return []refusal{
		credentialsMissing, schemeUnsupported,
		authorizationMalformed, authorizationRepeated,
		tokenMalformed, tokenTooLarge, tokenTypeRefused, invalidAlgorithm, keyNotFound, invalidSignature, invalidIssuer,
		invalidAudience, tokenExpired, tokenNotYetValid, invalidClaims, tokenBindingMalformed,
		tokenBound, mtlsBindingMismatch,
		insufficientScope, insufficientPermissions,
		keysUnavailable, internalError,
	}
}
