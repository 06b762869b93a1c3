package ginauth0

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// Session is a read-only snapshot of a signed-in session, as it was when it was
// asked for. It hands out no token and prints none.
type Session struct {
	record    *record
	expiresAt time.Time
	user      func() *User
	judgedAt  time.Time     // for checks of how recent the login is
	leeway    time.Duration // likewise
	asks      *stepUps      // where checks note what they ask of the login; nil outside of a guard
}

func (a *Auth) newSession(r *record) *Session {
	return &Session{
		record: r, expiresAt: r.expiry(&a.settings.Session), user: sync.OnceValue(func() *User { return parseUser(r.User) }),
		judgedAt: a.now(), leeway: a.settings.Leeway,
	}
}

// User returns the person who is signed in.
func (s *Session) User() *User { return s.user() }

// ID returns the tenant's id of the session (sid), empty if it gave none.
func (s *Session) ID() string { return s.record.SID }

// Issuer returns the issuer that the person signed in at.
func (s *Session) Issuer() string { return s.record.Issuer }

// CreatedAt returns when the person signed in.
func (s *Session) CreatedAt() time.Time { return time.UnixMilli(s.record.Created) }

// UpdatedAt returns when the session was last written.
func (s *Session) UpdatedAt() time.Time { return time.UnixMilli(s.record.Updated) }

// ExpiresAt returns when the session ends unless it is used before.
func (s *Session) ExpiresAt() time.Time { return s.expiresAt }

// HasRefreshToken reports whether a refresh token is held.
func (s *Session) HasRefreshToken() bool { return s.record.RefreshToken != "" }

// HasIDToken reports whether the ID token is held.
func (s *Session) HasIDToken() bool { return s.record.IDToken != "" }

// TokenInfo describes an access token without showing it.
type TokenInfo struct {
	Audience  string    // empty for the tenant's own userinfo endpoint, and for tokens of a connection
	Scopes    []string  // that were granted
	Type      string    // "Bearer" or "DPoP"
	ExpiresAt time.Time // zero if the tenant did not say

	// Connection is the provider whose token it is, and LoginHint what it was asked for
	// with (see [ConnectionTokenOptions]); otherwise both are empty.
	Connection, LoginHint string
}

// Tokens describes the access tokens that are held, those of connections at the end.
func (s *Session) Tokens() []TokenInfo {
	infos := make([]TokenInfo, 0, len(s.record.Tokens)+len(s.record.Connections))
	for _, t := range s.record.Tokens {
		infos = append(infos, t.info())
	}
	for _, t := range s.record.Connections {
		info := t.bearer().info()
		info.Connection, info.LoginHint = t.Connection, t.LoginHint
		infos = append(infos, info)
	}
	return infos
}

// info describes a token.
func (t recordToken) info() TokenInfo {
	token := t.handOut()
	return TokenInfo{Audience: token.Audience, Scopes: token.Scopes, Type: token.Type, ExpiresAt: token.ExpiresAt}
}

// Format writes a redaction mark for every verb.
func (Session) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("ginauth0.Session" + redacted)) }

// MarshalJSON keeps the session out of JSON.
func (Session) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue keeps the session out of logs.
func (Session) LogValue() slog.Value { return slog.StringValue(redacted) }

// SessionFrom returns the session of the request, which [Auth.Session] or
// [Auth.RequireSession] loaded. It is false when neither ran or nobody is
// signed in.
func SessionFrom(c *gin.Context) (*Session, bool) {
	if c.Request == nil {
		return nil, false
	}
	return SessionFromContext(c.Request.Context())
}

// SessionFromContext is [SessionFrom] for code that has only the context of
// the request.
func SessionFromContext(ctx context.Context) (*Session, bool) {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		return nil, false
	}
	session := v.session.Load()
	return session, session != nil
}

// UserFrom returns the person who is signed in, as [SessionFrom] does the
// session.
func UserFrom(c *gin.Context) (*User, bool) {
	s, ok := SessionFrom(c)
	if !ok {
		return nil, false
	}
	return s.User(), true
}
