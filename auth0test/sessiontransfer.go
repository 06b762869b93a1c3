package auth0test

import (
	"net/url"
	"time"
)

const (
	typeSessionTransfer     = "urn:auth0:params:oauth:token-type:session_transfer_token"
	sessionTransferLifetime = time.Minute
	// notApplicable is the token_type of what is no access token: RFC 8693 section 2.2.1.
	notApplicable = "N_A"
)

// sessionTransfer signs somebody in at the authorization endpoint, in the name of an actor.
type sessionTransfer struct {
	user         User
	actor        string
	organization string
	expires      time.Time
}

// sessionTransferAudience names the tenant by its host, without a port, as at Auth0.
func (t *Tenant) sessionTransferAudience() string {
	u, err := url.Parse(t.Issuer())
	if err != nil {
		return "" // validate has read the issuer: cannot happen
	}
	return "urn:" + u.Hostname() + ":session_transfer"
}

// transferSession is a token exchange for a session transfer token. The token is nobody's in particular: the client
// that gets it sends the browser to another one.
func (t *Tenant) transferSession(e *exchange, p parameters) (map[string]any, *oauthError) {
	switch {
	case e.actor == "":
		return nil, refuse("invalid_request", "A session transfer needs an actor_token.")
	case p.get("requested_token_type") != "":
		return nil, refuse("invalid_request", "A session transfer takes no requested_token_type.")
	case p.get("scope") != "":
		return nil, refuse("invalid_request", "A session transfer takes no scope.")
	}
	secret := random()
	now := t.now()
	t.mu.Lock()
	t.store.sweep(now)
	t.store.transfers[digestOf(secret)] = &sessionTransfer{
		user: e.subject, actor: e.actor, organization: p.get("organization"), expires: now.Add(sessionTransferLifetime),
	}
	t.mu.Unlock()
	return map[string]any{
		"access_token":      secret,
		"issued_token_type": typeSessionTransfer,
		"token_type":        notApplicable,
		"expires_in":        int64(sessionTransferLifetime.Seconds()),
	}, nil
}

// transferred uses up the session_transfer_token of a request, and returns whom it signs in. One that is for an
// organization stays good for a login that asks for it.
func (t *Tenant) transferred(q *authRequest) (*sessionTransfer, *oauthError) {
	key := digestOf(q.transferToken)
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	held, ok := t.store.transfers[key]
	switch {
	case !ok || now.After(held.expires):
		return nil, refuse("invalid_request", "There is no such session_transfer_token, or it was used before, or it has expired.")
	case held.organization != "" && t.organizationClaims(held.organization)["org_id"] != t.organizationClaims(q.organization)["org_id"]:
		return nil, refuse("invalid_request", "The session_transfer_token is for another organization.")
	}
	delete(t.store.transfers, key)
	return held, nil
}
