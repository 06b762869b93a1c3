package auth0test

import (
	"errors"
	"slices"
	"time"
)

// grantBackchannel is the grant type of OpenID Connect CIBA Core section 10.1.
const grantBackchannel = "urn:openid:params:grant-type:ciba"

// slowerBy is how much longer the interval gets with each poll that came too soon: CIBA Core section 11.
const slowerBy = 5 * time.Second

// backchannelState is how far a login by CIBA has come.
type backchannelState int

const (
	backchannelWaits backchannelState = iota
	backchannelApproved
	backchannelDenied
	backchannelSpent // its tokens were given out
)

// backchannelLogin is a login by CIBA. What changes is guarded by Tenant.mu.
type backchannelLogin struct {
	id       string
	turn     int // in which order they came
	grant    *grant
	message  string
	scope    string // what the client will be given
	expires  time.Time
	interval time.Duration
	polled   time.Time // the last time, or when the login was started
	state    backchannelState
}

// ErrNoBackchannelLogin is the error about a login by CIBA that is not waiting: unknown, decided, or expired.
var ErrNoBackchannelLogin = errors.New("auth0test: there is no such login waiting")

// ApproveBackchannelLogin lets the person of a login by CIBA agree, so that the next poll of the client gets tokens.
// The error is [ErrNoBackchannelLogin].
func (t *Tenant) ApproveBackchannelLogin(id string) error {
	return t.decideBackchannel(id, backchannelApproved)
}

// DenyBackchannelLogin lets the person of a login by CIBA refuse, so that polls are answered access_denied.
// The error is [ErrNoBackchannelLogin].
func (t *Tenant) DenyBackchannelLogin(id string) error {
	return t.decideBackchannel(id, backchannelDenied)
}

func (t *Tenant) decideBackchannel(id string, state backchannelState) error {
	return t.decideFirst(state, func(login *backchannelLogin) bool { return login.id == id })
}

// decideFirst decides the first login that waits and is the one that is meant.
func (t *Tenant) decideFirst(state backchannelState, meant func(*backchannelLogin) bool) error {
	now := t.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting := t.store.waiting(now)
	at := slices.IndexFunc(waiting, meant)
	if at < 0 {
		return ErrNoBackchannelLogin
	}
	waiting[at].decide(state, now)
	return nil
}

// decide is what the person does. The caller holds Tenant.mu.
func (l *backchannelLogin) decide(state backchannelState, now time.Time) {
	l.state = state
	l.grant.authTime = now
}

// waiting are the logins that the person can still decide, oldest first. The caller holds Tenant.mu.
func (s *store) waiting(now time.Time) []*backchannelLogin {
	var waiting []*backchannelLogin
	for _, login := range s.backchannel {
		if login.state == backchannelWaits && now.Before(login.expires) {
			waiting = append(waiting, login)
		}
	}
	slices.SortFunc(waiting, func(a, b *backchannelLogin) int { return a.turn - b.turn })
	return waiting
}

// pollBackchannel is the grant type of CIBA: OpenID Connect CIBA Core sections 10.1 and 11.
func (t *Tenant) pollBackchannel(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	i, refusal := t.spendBackchannel(client, p.get("auth_req_id"), thumbprint)
	if refusal != nil {
		return nil, refusal
	}
	return t.respond(i), nil
}

func (t *Tenant) spendBackchannel(client *Client, id, thumbprint string) (issued, *oauthError) {
	now := t.cfg.Now()
	auto := t.approver()
	t.mu.Lock()
	defer t.mu.Unlock()
	login, ok := t.store.backchannel[digestOf(id)]
	switch {
	case !ok || login.grant.client != client:
		return issued{}, refuse("invalid_grant", "There is no such auth_req_id for this client.")
	case login.state == backchannelSpent:
		return issued{}, refuse("invalid_grant", "The tokens of this auth_req_id were given out before.")
	case !now.Before(login.expires):
		return issued{}, refuse("expired_token", "The auth_req_id has expired.")
	}
	early := now.Sub(login.polled) < login.interval
	login.polled = now
	if !early && login.state == backchannelWaits && auto != nil && auto.Subject == login.grant.user.Subject {
		login.decide(backchannelApproved, now)
	}
	switch {
	case early:
		login.interval += slowerBy
		return issued{}, slowDown(login.interval)
	case login.state == backchannelWaits:
		return issued{}, refuse("authorization_pending", "The person has not answered yet.")
	case login.state == backchannelDenied:
		return issued{}, refuse("access_denied", "The person has refused the login.")
	}
	login.state = backchannelSpent
	return t.first(login.grant, thumbprint, now), nil
}

// slowDown says how long to wait from now on, as Auth0 does.
func slowDown(interval time.Duration) *oauthError {
	refusal := refuse("slow_down", "The client polls too often. From now on it has to wait longer each time.")
	refusal.retryAfter = interval
	return refusal
}
