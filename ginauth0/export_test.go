package ginauth0

import (
	"context"
	"time"
)

// NewAt is New with another clock.
func NewAt(ctx context.Context, cfg Config, now func() time.Time) (*Auth, error) {
	return newAuth(ctx, cfg, now)
}

// NewCookieStoreAt is NewCookieStore with another clock.
func NewCookieStoreAt(now func() time.Time, secrets ...Secret) (*CookieStore, error) {
	s, err := NewCookieStore(secrets...)
	if err == nil {
		s.now = now
	}
	return s, err
}

// ResolveReturnTo is resolveReturnTo for a base URL given as text.
func ResolveReturnTo(raw, base string, own ...string) (string, bool) {
	b, err := parseBaseURL(base, true)
	if err != nil {
		panic(err)
	}
	return resolveReturnTo(raw, b, own)
}

// PageRequest reads a request.
var PageRequest = pageRequest

// NewMemoryMarks is the LogoutStore of an application that names none.
func NewMemoryMarks(now func() time.Time) LogoutStore { return newMemoryMarks(now) }
