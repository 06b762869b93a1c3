package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// callError is a call that Redis did not answer as it should. Its text names the
// kind of trouble only: errors of the network show addresses, and those of Redis
// may show whatever it likes.
type callError struct{ cause error }

func (e *callError) Error() string { return "redisstore: " + e.reason() }

// Unwrap returns the error of the client or of the context.
func (e *callError) Unwrap() error { return e.cause }

func (e *callError) reason() string {
	var (
		reply       redis.Error
		timeout     net.Error
		number      syscall.Errno
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(e.cause, context.Canceled):
		return "cancelled"
	case errors.Is(e.cause, redis.ErrClosed):
		return "the client is closed"
	case errors.As(e.cause, &reply):
		return "Redis refuses with " + code(reply.Error())
	case errors.As(e.cause, &name):
		return "the host of Redis is not known"
	case errors.As(e.cause, &timeout) && timeout.Timeout():
		return "Redis does not answer in time"
	case errors.As(e.cause, &number):
		return "no connection to Redis: " + number.Error()
	case errors.As(e.cause, &certificate):
		return "the certificate of Redis is not accepted"
	case errors.Is(e.cause, io.EOF), errors.Is(e.cause, io.ErrUnexpectedEOF):
		return "Redis closed the connection"
	}
	return "no answer from Redis"
}

// code returns the first word of an error reply, such as OOM or NOAUTH.
func code(reply string) string {
	word, _, _ := strings.Cut(reply, " ")
	for i := range len(word) {
		if word[i] < 'A' || word[i] > 'Z' {
			return "an error"
		}
	}
	if word == "" {
		return "an error"
	}
	return word
}
