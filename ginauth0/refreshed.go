package ginauth0

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

// refreshed is what one use of a refresh token brought, be it another refresh token
// or only a connection token. It is applied to the record of a session, more than
// once if need be, and never changes itself.
type refreshed struct {
	Used         string          `json:"used"` // hash of the refresh token that was used
	At           int64           `json:"at"`   // when, in Unix ms; later than what the record had before
	RefreshToken string          `json:"refresh_token"`
	Tokens       []recordToken   `json:"tokens,omitempty"`
	IDToken      string          `json:"id_token,omitempty"` // empty: the old one stays
	User         json.RawMessage `json:"user,omitempty"`     // nil: the old claims stay

	Connections []recordConnection `json:"connections,omitempty"` // that the session has by then
}

// refreshes are what several uses in a row brought, oldest first.
type refreshes []*refreshed

// apply brings a record up to date. What the record has already does no harm.
func (rs refreshes) apply(r *record) {
	for _, one := range rs {
		one.apply(r)
	}
}

// apply merges access tokens by audience and scopes, and connection tokens by
// account. Of two refresh tokens the newer one wins, and with it what came along.
func (n *refreshed) apply(r *record) {
	newer := n.newerThan(r)
	for _, t := range n.Tokens {
		if newer || !slices.ContainsFunc(r.Tokens, t.alike) {
			r.addToken(t, time.UnixMilli(n.At))
		}
	}
	for _, t := range n.Connections {
		if newer || !slices.ContainsFunc(r.Connections, t.alike) {
			r.addConnection(t)
		}
	}
	if !newer {
		return
	}
	r.RefreshToken, r.Refreshed = n.RefreshToken, n.At
	if n.IDToken != "" {
		r.IDToken = n.IDToken
	}
	if n.User != nil {
		r.User = n.User
	}
}

// complete adds to a result what those before it brought, as far as it is kept in
// their place. state is the session at which it was asked for.
func (n *refreshed) complete(state *record) {
	whole := *state
	n.apply(&whole)
	n.Connections = whole.Connections
	if !n.rotated() {
		n.Tokens, n.IDToken, n.User = whole.Tokens, whole.IDToken, whole.User
	}
}

// newerThan reports whether the record is from before this use. Clocks of two
// instances may differ, so the refresh token itself says it first.
func (n *refreshed) newerThan(r *record) bool {
	used := n.Used == refreshTokenHash(r.RefreshToken)
	if n.RefreshToken == "" {
		return used // the tenant refused this one and no other
	}
	return n.At > r.Refreshed || used && n.rotated()
}

// rotated reports whether another refresh token came back.
func (n *refreshed) rotated() bool { return n.Used != refreshTokenHash(n.RefreshToken) }

// refreshTokenHash stands for a refresh token where the token itself has no
// business.
func refreshTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// resultKey is what the result of a refresh is kept under. Nobody but the session finds
// it, and only with the refresh token that was used.
type resultKey [sha256.Size]byte

func resultKeyOf(rid, refreshToken string) resultKey {
	used := sha256.Sum256([]byte(refreshToken))
	var space [128]byte // a key is made for every request that has a session
	return sha256.Sum256(append(append(append(space[:0], rid...), 0), used[:]...))
}

// text is the key in a RefreshLock.
func (k resultKey) text() string { return "result:" + base64.RawURLEncoding.EncodeToString(k[:]) }

// lockKey is what the refreshes of a session lock. There is one for all of them,
// whichever refresh token each instance still has.
func lockKey(rid string) string {
	sum := sha256.Sum256([]byte(rid))
	return "refresh:" + base64.RawURLEncoding.EncodeToString(sum[:])
}
