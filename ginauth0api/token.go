package ginauth0api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Token is one verified access token. It never changes, may be kept and may be
// used from several goroutines. Whatever prints, logs or marshals it gets a
// redaction mark. There is no usable zero Token: only a [Guard] makes them.
type Token struct {
	// Twice behind a pointer: fmt calls no methods on what it finds in unexported
	// fields of other types, and follows one pointer there when the verb is wrong
	// for it.
	hidden **presented
}

// presented is a verified token in the way in which one request has shown it.
type presented struct {
	*verified
	handle Token      // the Token that is handed out; here, it costs no allocation of its own
	self   *presented // what handle points to
	scheme Scheme
	proof  proofClaims // over DPoP
}

// verified is what a Guard knows about a token whose signature and claims passed.
// It never changes, and requests with the same token share it.
type verified struct {
	bearer  presented // the token as every Bearer request shows it
	guard   *core
	issuer  string
	key     jws.Key // that verified it
	text    string
	payload []byte
	claims  claims
	dates   dates
	bound   confirmation
	hash    dpop.TokenHash // of a token that is bound to a key
}

// size is how many bytes of text it keeps in memory.
func (v *verified) size() int64 { return int64(len(v.text) + len(v.payload)) }

// init is for whoever has just made v.
func (v *verified) init() {
	v.bearer = presented{verified: v, scheme: SchemeBearer}
	v.bearer.init()
}

// overDPoP returns the token as one DPoP request shows it.
func (v *verified) overDPoP(proof proofClaims) *presented {
	p := &presented{verified: v, scheme: SchemeDPoP, proof: proof}
	p.init()
	return p
}

func (p *presented) init() {
	p.self = p
	p.handle.hidden = &p.self
}

func (t *Token) presented() *presented { return *t.hidden }

// Issuer returns iss, the exact issuer.
func (t *Token) Issuer() string { return t.presented().issuer }

// Subject returns sub, empty if the token has none.
func (t *Token) Subject() string { return text(t.presented().claims.subject) }

// ID returns jti, empty if the token has none.
func (t *Token) ID() string { return text(t.presented().claims.id) }

// ClientID returns the client that the token was issued to: azp, or client_id
// (RFC 9068 section 2.2) where there is no azp.
func (t *Token) ClientID() string {
	if t.presented().claims.authorizedParty.Kind == strictjson.String {
		return text(t.presented().claims.authorizedParty)
	}
	return text(t.presented().claims.clientID)
}

// OrganizationID returns org_id, empty if the token has none.
func (t *Token) OrganizationID() string { return text(t.presented().claims.organization) }

// Audience returns aud, a string being a list of one.
func (t *Token) Audience() []string {
	if aud, ok := t.presented().claims.audience.Text(); ok {
		return []string{aud}
	}
	aud, _ := t.presented().claims.audience.Strings()
	return aud
}

// Scopes returns the granted scopes in the token's order, read from the claim
// that Config.ScopeClaim names. A missing or ill-typed claim grants none.
func (t *Token) Scopes() []string { return scopeList(t.presented().claims.scope) }

// Permissions returns the claim permissions (Auth0 RBAC). A missing or ill-typed
// claim grants none.
func (t *Token) Permissions() []string {
	permissions, _ := t.presented().claims.permissions.Strings()
	return permissions
}

// HasScope reports whether the token grants the scope, compared whole and with
// case.
func (t *Token) HasScope(scope string) bool { return grantsScope(t.presented().claims.scope, scope) }

// HasPermission reports whether the claim permissions holds the permission,
// compared whole and with case.
func (t *Token) HasPermission(permission string) bool {
	return grantsPermission(t.presented().claims.permissions, permission)
}

// IssuedAt returns iat, the zero time if the token has none.
func (t *Token) IssuedAt() time.Time { return t.presented().dates.issuedAt.Time() }

// ExpiresAt returns exp.
func (t *Token) ExpiresAt() time.Time { return t.presented().dates.expiresAt.Time() }

// Scheme returns the scheme in which the request carried the token.
func (t *Token) Scheme() Scheme { return t.presented().scheme }

// Proof returns the DPoP proof with which the request showed the token. It
// reports false over Bearer.
func (t *Token) Proof() (Proof, bool) {
	p := t.presented()
	if p.scheme != SchemeDPoP {
		return Proof{}, false
	}
	return p.proof.export(), true
}

// AccessToken returns the token as it was received, to be passed on to those
// whom its audience names.
func (t *Token) AccessToken() Secret { return Secret(t.presented().text) }

// Claims decodes the payload into v with encoding/json: a struct with JSON tags
// for typed claims, or a *map[string]any. The error wraps that of encoding/json;
// [Guard.Refuse] answers it with 500.
func (t *Token) Claims(v any) error {
	// A copy: an UnmarshalJSON of v is lent the bytes and may write to them.
	if err := json.Unmarshal(bytes.Clone(t.presented().payload), v); err != nil {
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
