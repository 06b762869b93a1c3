package oidc

import "time"

// The budget for asking after unknown keys.
const (
	searchBurst      = 5
	searchInterval   = 10 * time.Second
	unknownLifetime  = 10 * time.Second
	maxUnknownKeyIDs = 1000
)

// unknownKeys remembers for a short time which key ids the issuer did not
// know, and holds the token bucket for asking after others. The lock of the
// Provider guards it.
type unknownKeys struct {
	tokens float64
	filled time.Time
	until  map[string]time.Time
}

func (u *unknownKeys) init(now time.Time) {
	u.tokens, u.filled = searchBurst, now
	u.until = map[string]time.Time{}
}

// spend takes one token, if there is one.
func (u *unknownKeys) spend(now time.Time) bool {
	u.tokens = min(searchBurst, u.tokens+float64(now.Sub(u.filled))/float64(searchInterval))
	u.filled = now
	if u.tokens < 1 {
		return false
	}
	u.tokens--
	return true
}

// remember notes that a key id is unknown. When the memory is full of live
// entries the id is not remembered; the bucket still bounds the fetches.
func (u *unknownKeys) remember(kid string, now time.Time) {
	if len(u.until) >= maxUnknownKeyIDs {
		for id, end := range u.until {
			if !now.Before(end) {
				delete(u.until, id)
			}
		}
	}
	if len(u.until) < maxUnknownKeyIDs {
		u.until[kid] = now.Add(unknownLifetime)
	}
}

func (u *unknownKeys) remembers(kid string, now time.Time) bool {
	end, found := u.until[kid]
	return found && now.Before(end)
}
