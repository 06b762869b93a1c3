package ginauth0api

import (
	"errors"
	"net/http"
	"time"
)

// The sentinels say which kind of refusal an [Error] is; errors.Is holds for
// exactly one of them.
var (
	// ErrNoToken: the request carries no access token, or one in a scheme that
	// is not accepted here (401).
	ErrNoToken = errors.New("ginauth0api: no access token")
	// ErrBadRequest: the credentials are malformed or repeated (400).
	ErrBadRequest = errors.New("ginauth0api: malformed credentials")
	// ErrBadToken: the access token fails verification, or is bound to a key
	// or certificate that the request does not prove (401).
	ErrBadToken = errors.New("ginauth0api: access token refused")
	// ErrBadProof: the DPoP proof is missing, fails a check, was used before or
	// needs another nonce (401).
	ErrBadProof = errors.New("ginauth0api: DPoP proof refused")
	// ErrScope: the access token lacks a required scope or permission, or a
	// check of the route refuses it (403).
	ErrScope = errors.New("ginauth0api: scope or permission missing")
	// ErrStepUp: the route wants a stronger or more recent login (401, RFC 9470).
	ErrStepUp = errors.New("ginauth0api: step-up required")
	// ErrUpstream: what is needed to decide cannot be obtained at the moment,
	// which says nothing about the token (503).
	ErrUpstream = errors.New("ginauth0api: temporarily unable to decide")
	// ErrInternal: a failure of this program (500).
	ErrInternal = errors.New("ginauth0api: internal failure")
)

// Error is one refused request. Status, Kind, Code and Description are what the
// client sees; Err is the cause, for logs alone, nil when the code says it all.
// No part of an Error that a [Guard] makes holds a token, key, nonce or secret.
//
// An application may make its own Error and hand it to [Guard.Refuse].
type Error struct {
	// Status is the HTTP status, 400 to 599.
	Status int
	// Kind is the OAuth error (RFC 6750 section 3.1), the member "error" of the
	// body: "unauthorized" where the challenge must not name one.
	Kind string
	// Code is the stable member "error_code" of the body.
	Code string
	// Description is the fixed member "error_description" of the body.
	Description string
	// Scheme is the scheme in which the request carried its token; empty when
	// it carried none that is accepted.
	Scheme Scheme
	// Err is the cause.
	Err error

	// What the challenge lists: RFC 6750 section 3, RFC 9470 section 3.
	scope, acrValues, maxAge string
	nonce                    string        // a new DPoP-Nonce, where one is asked for
	retryAfter               time.Duration // of keys that cannot be had; 0: the usual one
}

// Error returns the code and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return "ginauth0api: " + e.Code
	}
	return "ginauth0api: " + e.Code + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of this error.
func (e *Error) Is(target error) bool { return target != nil && target == e.sentinel() }

func (e *Error) sentinel() error {
	switch e.Kind {
	case kindUnauthorized:
		return ErrNoToken
	case kindInvalidRequest:
		return ErrBadRequest
	case kindInvalidToken:
		return ErrBadToken
	case kindInvalidProof, kindUseNonce:
		return ErrBadProof
	case kindInsufficientScope:
		return ErrScope
	case kindStepUp:
		return ErrStepUp
	case kindUnavailable:
		return ErrUpstream
	case kindServerError:
		return ErrInternal
	}
	return nil
}

// asError returns the *Error inside err if it can be answered, a malformed actor
// as a bad claim, and any other error as an internal failure.
func asError(err error) *Error {
	var e *Error
	switch found := errors.As(err, &e); {
	case !found && errors.Is(err, ErrMalformedActor):
		return invalidClaims.because(err)
	case !found:
		return internalError.because(err)
	case e == nil:
		return internalError.because(nil)
	case e.Status < http.StatusBadRequest || e.Status > 599:
		return internalError.because(e)
	}
	return e
}
