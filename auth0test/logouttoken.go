package auth0test

import "time"

// logoutTokenLifetime is Auth0's.
const logoutTokenLifetime = 2 * time.Minute

// logoutEvent is what a logout token says has happened: OpenID Connect Back-Channel Logout section 2.4.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutToken mints a logout token that verifies, in the form that Auth0 sends: of the type JWT, with the claims of
// [Tenant.LogoutClaims].
//
// It panics if the tenant has no issuer yet, or if the claims cannot be written as JSON.
func (t *Tenant) LogoutToken(claims Claims) string {
	return t.Sign(nil, t.LogoutClaims(claims))
}

// LogoutClaims are the claims of a logout token that verifies: without claims those of one about the first user, for
// the first client, issued now and valid for two minutes: iss, aud, sub, sid, iat, exp, jti, events. The claims given
// replace these or add to them; nil removes one, and json.RawMessage("null") writes null. Together with [Tenant.Sign]
// they make a token with another header:
//
//	tenant.Sign(map[string]any{"typ": "logout+jwt"}, tenant.LogoutClaims(nil))
//
// It panics if the tenant has no issuer yet.
func (t *Tenant) LogoutClaims(claims Claims) Claims {
	full := t.logoutClaims(&t.cfg.Clients[0], t.cfg.Users[0].Subject, random())
	overlay(full, claims)
	return full
}

// logoutClaims are the claims of a logout token: OpenID Connect Back-Channel Logout section 2.4.
func (t *Tenant) logoutClaims(client *Client, subject, sid string) map[string]any {
	now := t.now()
	return map[string]any{
		"iss":    t.knownIssuer(),
		"aud":    client.ID,
		"sub":    subject,
		"sid":    sid,
		"iat":    now.Unix(),
		"exp":    now.Add(logoutTokenLifetime).Unix(),
		"jti":    random(),
		"events": map[string]any{logoutEvent: map[string]any{}},
	}
}
