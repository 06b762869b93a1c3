package ginauth0api

import "net/http"

// The OAuth errors of refusals.
const (
	kindUnauthorized      = "unauthorized" // in the body only: RFC 6750 section 3.1 wants no error without credentials
	kindInvalidRequest    = "invalid_request"
	kindInvalidToken      = "invalid_token"
	kindInvalidProof      = "invalid_dpop_proof"               // RFC 9449 section 7.1
	kindUseNonce          = "use_dpop_nonce"                   // RFC 9449 section 9
	kindInsufficientScope = "insufficient_scope"               // RFC 6750 section 3.1
	kindStepUp            = "insufficient_user_authentication" // RFC 9470 section 3
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
	dpopProofUnexpected    = refusal{http.StatusBadRequest, kindInvalidRequest, "dpop_proof_unexpected", "A DPoP proof was sent without the DPoP authorization scheme."}
	publicURLInvalid       = refusal{http.StatusBadRequest, kindInvalidRequest, "public_url_invalid", "The host or the forwarding headers of the request are not valid."}

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
	tokenRefused          = refusal{http.StatusUnauthorized, kindInvalidToken, "token_refused", "The access token is not accepted by this API."}
	tokenBindingMalformed = refusal{http.StatusUnauthorized, kindInvalidToken, "token_binding_malformed", "The confirmation claim of the access token cannot be used."}

	tokenBound          = refusal{http.StatusUnauthorized, kindInvalidToken, "token_bound", "The access token is bound to a DPoP key and needs the DPoP scheme."}
	tokenNotBound       = refusal{http.StatusUnauthorized, kindInvalidToken, "token_not_bound", "The access token is not bound to a DPoP key."}
	dpopBindingMismatch = refusal{http.StatusUnauthorized, kindInvalidToken, "dpop_binding_mismatch", "The access token is bound to another DPoP key."}
	mtlsBindingMismatch = refusal{http.StatusUnauthorized, kindInvalidToken, "mtls_binding_mismatch", "The access token is bound to another client certificate."}

	dpopProofMissing     = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_missing", "A DPoP proof is required."}
	dpopProofRepeated    = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_repeated", "Exactly one DPoP proof is required."}
	dpopProofMalformed   = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_malformed", "The DPoP proof is not a JWT that this API can read."}
	dpopTypeRefused      = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_type_refused", "The type of the DPoP proof is not dpop+jwt."}
	dpopAlgorithmRefused = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_algorithm_refused", "The signature algorithm of the DPoP proof is not accepted."}
	dpopKeyRefused       = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_key_refused", "The key in the DPoP proof is not acceptable."}
	dpopSignatureInvalid = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_signature_invalid", "The signature of the DPoP proof is not valid."}
	dpopClaimsInvalid    = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_claims_invalid", "Claims of the DPoP proof are missing or malformed."}
	dpopMethodMismatch   = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_htm_mismatch", "The DPoP proof was made for another method."}
	dpopURLMismatch      = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_htu_mismatch", "The DPoP proof was made for another URL."}
	dpopTokenMismatch    = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_ath_mismatch", "The DPoP proof was made for another access token."}
	dpopProofExpired     = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_expired", "The DPoP proof is too old."}
	dpopProofTooNew      = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_too_new", "The DPoP proof lies in the future."}
	dpopProofReplayed    = refusal{http.StatusUnauthorized, kindInvalidProof, "dpop_proof_replayed", "The DPoP proof was used before."}

	dpopNonceRequired = refusal{http.StatusUnauthorized, kindUseNonce, "dpop_nonce_required", "The DPoP proof must carry a nonce from this API."}
	dpopNonceStale    = refusal{http.StatusUnauthorized, kindUseNonce, "dpop_nonce_stale", "The nonce of the DPoP proof is no longer accepted."}

	insufficientScope       = refusal{http.StatusForbidden, kindInsufficientScope, "insufficient_scope", "The access token lacks a required scope."}
	insufficientPermissions = refusal{http.StatusForbidden, kindInsufficientScope, "insufficient_permissions", "The access token lacks a required permission."}
	claimRefused            = refusal{http.StatusForbidden, kindInsufficientScope, "claim_refused", "The access token does not allow this request."}
	stepUpRequired          = refusal{http.StatusUnauthorized, kindStepUp, "step_up_required", "A stronger or more recent login is required."}

	keysUnavailable        = refusal{http.StatusServiceUnavailable, kindUnavailable, "jwks_fetch_failed", "The signing keys cannot be obtained at the moment."}
	replayStoreUnavailable = refusal{http.StatusServiceUnavailable, kindUnavailable, "replay_store_unavailable", "Replay protection is not available at the moment."}
	resolverTimeout        = refusal{http.StatusServiceUnavailable, kindUnavailable, "resolver_timeout", "The accepted issuers cannot be determined at the moment."}

	resolverFailed = refusal{http.StatusInternalServerError, kindServerError, "resolver_failed", "The request could not be processed."}
	internalError  = refusal{http.StatusInternalServerError, kindServerError, "internal_error", "The request could not be processed."}
)

// refusals lists the table, for what is kept once per error code.
func refusals() []refusal {
	return []refusal{
		credentialsMissing, schemeUnsupported,
		authorizationMalformed, authorizationRepeated, dpopProofUnexpected, publicURLInvalid,
		tokenMalformed, tokenTooLarge, tokenTypeRefused, invalidAlgorithm, keyNotFound, invalidSignature, invalidIssuer, invalidAudience, tokenExpired, tokenNotYetValid, invalidClaims, tokenRefused, tokenBindingMalformed,
		tokenBound, tokenNotBound, dpopBindingMismatch, mtlsBindingMismatch,
		dpopProofMissing, dpopProofRepeated, dpopProofMalformed, dpopTypeRefused, dpopAlgorithmRefused, dpopKeyRefused, dpopSignatureInvalid, dpopClaimsInvalid, dpopMethodMismatch, dpopURLMismatch, dpopTokenMismatch, dpopProofExpired, dpopProofTooNew, dpopProofReplayed,
		dpopNonceRequired, dpopNonceStale,
		insufficientScope, insufficientPermissions, claimRefused, stepUpRequired,
		keysUnavailable, replayStoreUnavailable, resolverTimeout,
		resolverFailed, internalError,
	}
}
