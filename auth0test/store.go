package auth0test

import (
	"maps"
	"slices"
	"time"
)

const (
	codeLifetime    = time.Minute
	attemptLifetime = 15 * time.Minute
	sessionLifetime = 3 * 24 * time.Hour
	// A code is remembered for longer than it lives, since its reuse revokes what was issued from it.
	codeMemory = time.Hour
	sweepEvery = time.Minute
)

// store is what the tenant remembers, in memory, guarded by Tenant.mu. Its keys are hashes of the secrets.
type store struct {
	sessions map[digest]*session
	attempts map[digest]*attempt
	codes    map[digest]*code
	refresh  map[digest]*refreshToken
	access   map[digest]*accessToken
	proofs   map[digest]time.Time // used ones, until they are too old for another use
	// assertions of clients are used ones too, by client and jti.
	assertions map[digest]time.Time
	pushed     map[digest]*pushed
	// backchannel are the logins of CIBA, by auth_req_id.
	backchannel map[digest]*backchannelLogin
	accounts    []*connectedAccount // oldest first
	subjects    map[digest]User     // what AcceptSubjectToken says
	transfers   map[digest]*sessionTransfer
	connects    map[digest]*connectRequest // each by its auth_session and by its ticket
	turns       int                        // counts what has an order: backchannel and accounts
	// invitations are the used ones. They are never forgotten, as the configuration names them.
	invitations map[invitation]bool
	linked      map[string][]string // connections, by the sub of the person
	swept       time.Time
}

func newStore() store {
	return store{
		sessions:    map[digest]*session{},
		attempts:    map[digest]*attempt{},
		codes:       map[digest]*code{},
		refresh:     map[digest]*refreshToken{},
		access:      map[digest]*accessToken{},
		proofs:      map[digest]time.Time{},
		assertions:  map[digest]time.Time{},
		pushed:      map[digest]*pushed{},
		invitations: map[invitation]bool{},
		linked:      map[string][]string{},

		backchannel: map[digest]*backchannelLogin{},
		connects:    map[digest]*connectRequest{},
		subjects:    map[digest]User{},
		transfers:   map[digest]*sessionTransfer{},
	}
}

// session is somebody signed in at the tenant itself, in one browser.
type session struct {
	sid      string
	user     User
	actor    string // the sub of who has signed in for the user; empty for the user
	authTime time.Time
	expires  time.Time
	clients  map[*Client]bool // that were given a code; guarded by Tenant.mu
	chosen   bool             // by Tenant.Login, so that the auto-approve mode leaves it as it is
}

// attempt is a login that waits for a person to answer the login page.
type attempt struct {
	request *authRequest
	browser digest // the cookie of the browser that started it
	expires time.Time
}

// grant is what one login gave to one client. All tokens that follow from it end with it.
type grant struct {
	client       *Client
	user         User
	scope        []string
	audience     string
	organization string
	actor        string // the sub of who acts for the user; empty for nobody
	details      string // authorization_details that hold for the audience; empty for none
	sid          string
	authTime     time.Time
	revoked      bool
}

// code is an authorization code, RFC 6749 section 4.1.2.
type code struct {
	grant       *grant
	redirectURI string
	challenge   string
	nonce       string
	thumbprint  string // dpop_jkt: the key whose proof the code needs
	used        bool
	expires     time.Time
}

// refreshToken is one link in the chain of a grant's refresh tokens.
type refreshToken struct {
	grant      *grant
	thumbprint string // of the DPoP key that it is bound to, if it is a public client's
	used       bool
	expires    time.Time
}

// accessToken is kept for what userinfo has to know.
type accessToken struct {
	grant      *grant
	scope      []string
	thumbprint string // of the DPoP key that it is bound to
	expires    time.Time
}

// An opaque token is known by itself, a JWT by its jti. A jti is no secret, so it must not pass for a token.
func keyOfOpaque(token string) digest { return digestOf("opaque " + token) }

func keyOfJWT(id string) digest { return digestOf("jwt " + id) }

// sweep forgets what has expired. The caller holds Tenant.mu.
func (s *store) sweep(now time.Time) {
	if now.Sub(s.swept).Abs() < sweepEvery {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.sessions, func(_ digest, v *session) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.attempts, func(_ digest, v *attempt) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.codes, func(_ digest, v *code) bool { return now.After(v.expires.Add(codeMemory)) })
	maps.DeleteFunc(s.refresh, func(_ digest, v *refreshToken) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.access, func(_ digest, v *accessToken) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.proofs, func(_ digest, expires time.Time) bool { return now.After(expires) })
	maps.DeleteFunc(s.assertions, func(_ digest, expires time.Time) bool { return now.After(expires) })
	maps.DeleteFunc(s.pushed, func(_ digest, v *pushed) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.transfers, func(_ digest, v *sessionTransfer) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.connects, func(_ digest, v *connectRequest) bool { return now.After(v.expires) })
	maps.DeleteFunc(s.backchannel, func(_ digest, v *backchannelLogin) bool { return now.After(v.expires.Add(codeMemory)) })
}

// turn is the next number of what has an order. The caller holds Tenant.mu.
func (s *store) turn() int {
	s.turns++
	return s.turns
}

// has tells whether the grant has a scope.
func (g *grant) has(scope string) bool {
	return slices.Contains(g.scope, scope)
}
