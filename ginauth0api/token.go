package ginauth0api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Token is one verified access token. It never changes, may be kept and may be
// used from several goroutines. Whatever prints, logs or marshals it gets a
// redaction mark. There is no usable zero Token: only a [Guard] makes them.
type Token struct {
	// Twice behind a pointer: fmt calls no methods on what it finds in unexported
	// fields of other types, and follows one pointer there when the verb is wrong
	// for it.
	hidden **verified
}

// verified is what a Guard knows about a token that passed every check.
type verified struct {
	handle  Token     // the Token that is handed out; here, it costs no allocation of its own
	self    *verified // what handle points to
	guard   *Guard
	scheme  Scheme
	text    string
	payload []byte
	claims  claims
	dates   dates
}

func newToken(v verified) *Token {
	v.self = &v
	v.handle.hidden = &v.self
	return &v.handle
}

func (t *Token) verified() *verified { return *t.hidden }

// Issuer returns iss, the exact issuer.
func (t *Token) Issuer() string { return text(t.verified().claims.issuer) }

// Subject returns sub, empty if the token has none.
func (t *Token) Subject() string { return text(t.verified().claims.subject) }

// ID returns jti, empty if the token has none.
func (t *Token) ID() string { return text(t.verified().claims.id) }

// ClientID returns the client that the token was issued to: azp, or client_id
// (RFC 9068 section 2.2) where there is no azp.
func (t *Token) ClientID() string {
	if t.verified().claims.authorizedParty.Kind == strictjson.String {
		return text(t.verified().claims.authorizedParty)
	}
	return text(t.verified().claims.clientID)
}

// OrganizationID returns org_id, empty if the token has none.
func (t *Token) OrganizationID() string { return text(t.verified().claims.organization) }

// Audience returns aud, a string being a list of one.
func (t *Token) Audience() []string {
	if aud, ok := t.verified().claims.audience.Text(); ok {
		return []string{aud}
	}
	aud, _ := t.verified().claims.audience.Strings()
	return aud
}

// Scopes returns the granted scopes in the token's order, read from the claim
// that Config.ScopeClaim names. A missing or ill-typed claim grants none.
func (t *Token) Scopes() []string { return scopeList(t.verified().claims.scope) }

// Permissions returns the claim permissions (Auth0 RBAC). A missing or ill-typed
// claim grants none.
func (t *Token) Permissions() []string {
	permissions, _ := t.verified().claims.permissions.Strings()
	return permissions
}

// HasScope reports whether the token grants the scope, compared whole and with
// case.
func (t *Token) HasScope(scope string) bool { return grantsScope(t.verified().claims.scope, scope) }

// HasPermission reports whether the claim permissions holds the permission,
// compared whole and with case.
func (t *Token) HasPermission(permission string) bool {
	return grantsPermission(t.verified().claims.permissions, permission)
}

// IssuedAt returns iat, the zero time if the token has none.
func (t *Token) IssuedAt() time.Time { return t.verified().dates.issuedAt.time() }

// ExpiresAt returns exp.
func (t *Token) ExpiresAt() time.Time { return t.verified().dates.expiresAt.time() }

// Scheme returns the scheme in which the request carried the token.
func (t *Token) Scheme() Scheme { return t.verified().scheme }

// AccessToken returns the token as it was received, to be passed on to those
// whom its audience names.
func (t *Token) AccessToken() Secret { return Secret(t.verified().text) }

// Claims decodes the payload into v with encoding/json: a struct with JSON tags
// for typed claims, or a *map[string]any.
func (t *Token) Claims(v any) error {
	// A copy: an UnmarshalJSON of v is lent the bytes and may write to them.
	if err := json.Unmarshal(bytes.Clone(t.verified().payload), v); err != nil {
		return fmt.Errorf("ginauth0api: decode claims: %w", err)
	}
	return nil
}

// String returns the redaction mark.
func (Token) String() string { return redacted }

// GoString returns the redaction mark.
func (Token) GoString() string { return redacted }

// Format writes the redaction mark for every verb.
func (Token) Format(f fmt.State, _ rune) { writeRedacted(f) }

// MarshalText returns the redaction mark; JSON, XML and YAML use it.
func (Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns the redaction mark.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }
