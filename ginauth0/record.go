package ginauth0

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

const recordVersion = 1

// record is the one value that is kept in a session. Times are in Unix milliseconds
// unless said otherwise; 0 is none.
type record struct {
	Version      int             `json:"v"`
	RID          string          `json:"rid"` // random, new at each login
	Created      int64           `json:"created"`
	Updated      int64           `json:"updated"`
	AbsoluteEnd  int64           `json:"absolute_end"`
	Ceiling      int64           `json:"ceiling,omitempty"` // from session_expiry, in seconds
	Issuer       string          `json:"issuer"`
	Domain       string          `json:"domain"`
	SID          string          `json:"sid,omitempty"`
	User         json.RawMessage `json:"user"`
	IDToken      string          `json:"id_token,omitempty"`
	RefreshToken string          `json:"refresh_token,omitempty"`
	Tokens       []recordToken   `json:"tokens,omitempty"`
	DPoPKey      string          `json:"dpop_key,omitempty"`  // to which the tokens are bound; empty: they are Bearer
	Refreshed    int64           `json:"refreshed,omitempty"` // when refresh_token was issued, if not at the login, and 1 ms for each connection token since
	Audience     string          `json:"audience,omitempty"`  // that the login asked for
	Scopes       []string        `json:"scopes,omitempty"`    // likewise; what a refresh brings that asks for nothing else

	Connections []recordConnection `json:"connections,omitempty"`
}

// trace names the session in logs, "none" for a nil record. It leads nobody to
// the session itself.
func (r *record) trace() string {
	if r == nil {
		return "none"
	}
	sum := sha256.Sum256([]byte(r.RID))
	return hex.EncodeToString(sum[:4])
}

// subject is the sub of the user.
func (r *record) subject() string {
	sub, _ := claimOf(r.User, "sub").Text()
	return sub
}

// ceilingMargin is kept from the ceiling that the tenant sets.
const ceilingMargin = 30 * time.Second

// expiry is when the session is over. It is decided by the record; a later configuration
// can only shorten it.
func (r *record) expiry(c *SessionConfig) time.Time {
	end := min(r.AbsoluteEnd, r.Created+c.Absolute.Milliseconds())
	if !c.DisableRolling {
		end = min(end, r.Updated+c.Inactivity.Milliseconds())
	}
	if r.Ceiling != 0 {
		end = min(end, r.Ceiling*1000-ceilingMargin.Milliseconds())
	}
	return time.UnixMilli(end)
}

// ceilingPassed reports whether the session is over because of the ceiling that
// the tenant set.
func (r *record) ceilingPassed(now time.Time) bool {
	return r.Ceiling != 0 && !now.Before(time.Unix(r.Ceiling, 0).Add(-ceilingMargin))
}

// rollsAt is when the record is due to be rewritten.
func (r *record) rollsAt(c *SessionConfig) time.Time {
	interval := min(max(c.Inactivity/100, 10*time.Second), 5*time.Minute)
	return time.UnixMilli(r.Updated).Add(interval)
}

// fieldSizes returns the three biggest fields of the record.
func (r *record) fieldSizes() []FieldSize {
	size := func(tokens any) int {
		text, err := json.Marshal(tokens)
		if err != nil {
			return 0 // strings and numbers: cannot happen
		}
		return len(text)
	}
	sizes := []FieldSize{
		{"user", len(r.User)},
		{"id_token", len(r.IDToken)},
		{"refresh_token", len(r.RefreshToken)},
		{"tokens", size(r.Tokens)},
		{"connections", size(r.Connections)},
	}
	slices.SortStableFunc(sizes, func(a, b FieldSize) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return sizes[:3]
}

// dropOne removes what a record above its budget can do without, in this
// order: tokens that are over, other connection tokens with the oldest first,
// other access tokens likewise, the ID token. keep is the token just obtained.
// It is false when nothing is left to drop.
func (r *record) dropOne(keep string, now time.Time) bool {
	switch {
	case r.dropToken(func(t recordToken) bool { return t.Token != keep && t.expired(now) }):
	case r.dropConnection(func(t recordConnection) bool { return t.Token != keep && t.due(now) }):
	case r.dropConnection(func(t recordConnection) bool { return t.Token != keep }):
	case r.dropToken(func(t recordToken) bool { return t.Token != keep }):
	case r.IDToken != "":
		r.IDToken = ""
	default:
		return false
	}
	return true
}
