package ginauth0api

import (
	"context"
	"fmt"

	"github.com/gin-gonic/gin"
)

// TokenFrom returns the access token of the request. It reports false where no
// guard stands before the handler, and behind [Guard.OptionalAuth] when the
// request carried no credentials.
func TokenFrom(c *gin.Context) (*Token, bool) {
	if c == nil || c.Request == nil {
		return nil, false
	}
	return TokenFromContext(c.Request.Context())
}

// TokenFromContext is [TokenFrom] for code that is handed the context of the
// request and knows nothing of Gin.
func TokenFromContext(ctx context.Context) (*Token, bool) {
	if ctx == nil {
		return nil, false
	}
	token, ok := ctx.Value(tokenKey{}).(*Token)
	return token, ok
}

// ClaimsFrom decodes the claims of the request's token into a T, as
// [Token.Claims] does. Without a token the error is [ErrNoToken].
func ClaimsFrom[T any](c *gin.Context) (T, error) {
	var claims T
	token, ok := TokenFrom(c)
	if !ok {
		return claims, ErrNoToken
	}
	err := token.Claims(&claims)
	return claims, err
}

// tokenKey asks a context for the token that was put there last.
type tokenKey struct{}

// verifiedBy asks a context for the token that this very Guard, or a view of it,
// has verified: a token in the context is no proof that it was checked for this
// API.
type verifiedBy struct{ guard *core }

// tokenContext answers both keys, so that one allocation holds what several
// handlers of one request need.
type tokenContext struct {
	context.Context
	token *Token
}

func withToken(ctx context.Context, token *Token) context.Context {
	return &tokenContext{Context: ctx, token: token}
}

// Value returns the token for the keys of this package.
func (c *tokenContext) Value(key any) any {
	switch key := key.(type) {
	case tokenKey:
		return c.token
	case verifiedBy:
		if c.token.presented().guard == key.guard {
			return c.token
		}
	}
	return c.Context.Value(key)
}

// String names the context as those of the standard library do; it keeps fmt
// away from the token.
func (c *tokenContext) String() string {
	return fmt.Sprint(c.Context) + ".WithToken"
}
