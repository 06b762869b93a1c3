package oidc

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// errExchange stands for errors whose text may quote what was sent or received.
var errExchange = errors.New("oidc: the exchange with the endpoint failed")

// connectionError wraps what says how an exchange failed and leaves the rest
// out: errors of net/http name the address with its parameters, and some quote
// what the server sent.
func connectionError(ctx context.Context, err error) *UnavailableError {
	return &UnavailableError{RetryAfter: time.Second, Err: connectionCause(ctx, err)}
}

// connectionCause returns the part of the error that is fit for a log.
func connectionCause(ctx context.Context, err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &network):
		return network
	case errors.As(err, &certificate):
		return certificate
	case errors.As(err, &record):
		return record
	case errors.Is(err, http.ErrSchemeMismatch):
		return http.ErrSchemeMismatch
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &timeout) && timeout.Timeout():
		return errWait
	}
	return errExchange
}
