package auth0test

import (
	"maps"
	"time"
)

const (
	// What can be used once is remembered for longer than it lives: a code that comes again revokes what was issued
	// from it, and a client that polls again is told why it gets nothing.
	spentMemory = time.Hour
	sweepEvery  = time.Minute
)

// store is what the tenant remembers, in memory, guarded by Tenant.mu. The keys are hashes of the secrets.
type store struct {
	// Logins and what they gave.
	sessions    map[digest]*session
	attempts    map[digest]*attempt
	pushed      map[digest]*pushed
	backchannel map[digest]*backchannelLogin // by auth_req_id
	codes       map[digest]*code
	refresh     map[digest]*refreshToken
	access      map[digest]*accessToken
	transfers   map[digest]*sessionTransfer

	// What was used, until it is too old for another use.
	proofs     map[digest]time.Time // by key and jti
	assertions map[digest]time.Time // by client and jti
	// invitations are never forgotten, as the configuration names them.
	invitations map[invitation]bool

	// What belongs to people.
	subjects map[digest]User            // what AcceptSubjectToken says
	connects map[digest]*connectRequest // each by its auth_session and by its ticket
	accounts []*connectedAccount        // oldest first
	linked   map[string][]string        // connections, by the sub of the person

	turns int // counts what has an order: backchannel and accounts
	swept time.Time
}

func newStore() store {
	return store{
		sessions:    map[digest]*session{},
		attempts:    map[digest]*attempt{},
		pushed:      map[digest]*pushed{},
		backchannel: map[digest]*backchannelLogin{},
		codes:       map[digest]*code{},
		refresh:     map[digest]*refreshToken{},
		access:      map[digest]*accessToken{},
		transfers:   map[digest]*sessionTransfer{},
		proofs:      map[digest]time.Time{},
		assertions:  map[digest]time.Time{},
		invitations: map[invitation]bool{},
		subjects:    map[digest]User{},
		connects:    map[digest]*connectRequest{},
		linked:      map[string][]string{},
	}
}

// sweep forgets what has expired. The caller holds Tenant.mu.
func (s *store) sweep(now time.Time) {
	if now.Sub(s.swept).Abs() < sweepEvery {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.sessions, func(_ digest, v *session) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.attempts, func(_ digest, v *attempt) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.codes, func(_ digest, v *code) bool { return now.After(v.expires.Add(spentMemory)) })
	maps.DeleteFunc(s.refresh, func(_ digest, v *refreshToken) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.access, func(_ digest, v *accessToken) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.proofs, func(_ digest, expires time.Time) bool { return now.After(expires) })
	maps.DeleteFunc(s.assertions, func(_ digest, expires time.Time) bool { return now.After(expires) })
	maps.DeleteFunc(s.pushed, func(_ digest, v *pushed) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.transfers, func(_ digest, v *sessionTransfer) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.connects, func(_ digest, v *connectRequest) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.backchannel, func(_ digest, v *backchannelLogin) bool { return now.After(v.expires.Add(spentMemory)) })
}

// turn is the next number of what has an order. The caller holds Tenant.mu.
func (s *store) turn() int {
	s.turns++
	return s.turns
}
