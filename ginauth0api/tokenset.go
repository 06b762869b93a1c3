package ginauth0api

import (
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// TokenSet is what the token endpoint has issued (RFC 6749 section 5.1, RFC 8693
// section 2.2.1). What was not in the answer is the zero value. The tokens print
// as a redaction mark.
type TokenSet struct {
	// AccessToken is never blank.
	AccessToken Secret
	// IDToken was not verified; do not trust its claims before it is.
	IDToken Secret
	// RefreshToken gets another AccessToken, at the token endpoint.
	RefreshToken Secret

	// TokenType says how to use AccessToken: Bearer, as a rule, and N_A for a
	// token that is no access token (RFC 8693 section 2.2.1).
	TokenType string
	// IssuedTokenType is the token type identifier of AccessToken.
	IssuedTokenType string
	// Scope is what was granted, with spaces between. Empty means as requested.
	Scope string

	// Connection and LoginHint are those of the [ConnectionRequest].
	Connection string
	LoginHint  string

	// ExpiresAt is when AccessToken expires, counted from before the request.
	// The zero time: the answer does not say.
	ExpiresAt time.Time
}

func newTokenSet(answer *oidc.TokenResponse, asked time.Time) *TokenSet {
	set := &TokenSet{
		AccessToken:     Secret(answer.AccessToken),
		IDToken:         Secret(answer.IDToken),
		RefreshToken:    Secret(answer.RefreshToken),
		TokenType:       answer.TokenType,
		IssuedTokenType: answer.IssuedTokenType,
		Scope:           answer.Scope,
	}
	if answer.HasExpiresIn {
		set.ExpiresAt = asked.Add(answer.ExpiresIn)
	}
	return set
}
