package oidc

import (
	"errors"
	"net"
	"time"
)

var (
	// ErrIssuer says that a token names this issuer by another spelling than
	// its discovery document does.
	ErrIssuer = errors.New("oidc: not the exact issuer")
	// ErrKeyNotFound says that the issuer publishes no such key, or that the
	// budget for asking again is used up.
	ErrKeyNotFound = errors.New("oidc: signing key not known")

	errClosed = errors.New("oidc: closed, nothing is fetched any more")
	errWait   = errors.New("oidc: the issuer takes too long")
)

// UnavailableError says that something of the issuer could not be obtained and
// that nothing usable is held. It is never a statement about a token.
type UnavailableError struct {
	// RetryAfter is how long no new attempt will be made, at least a second.
	RetryAfter time.Duration
	// Err is the cause. It shows no response body.
	Err error
}

func (e *UnavailableError) Error() string { return "oidc: issuer not available: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Timeout reports whether time ran out, be it that of the exchange or that of
// the context.
func (e *UnavailableError) Timeout() bool {
	var timeout net.Error // context.DeadlineExceeded is one
	return errors.Is(e.Err, errWait) || errors.As(e.Err, &timeout) && timeout.Timeout()
}
