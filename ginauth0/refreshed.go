package ginauth0

import "encoding/json"

// refreshed is what one use of a refresh token brought. It is applied to the
// record of a session, more than once if need be.
type refreshed struct {
	Used         string          `json:"used"` // hash of the refresh token that was used
	At           int64           `json:"at"`   // when, Unix ms
	RefreshToken string          `json:"refresh_token"`
	Token        recordToken     `json:"token"`
	IDToken      string          `json:"id_token,omitempty"` // empty: the old one stays
	User         json.RawMessage `json:"user,omitempty"`     // nil: the old claims stay
}

// refreshes are what several uses in a row brought, oldest first.
type refreshes []*refreshed
