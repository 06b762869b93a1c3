package auth0test

import (
	"slices"
	"time"
)

// refreshToken is one link in the chain of a grant's refresh tokens.
type refreshToken struct {
	grant      *grant
	thumbprint string // of the DPoP key that it is bound to, if it is a public client's
	used       bool
	expires    time.Time
}

// redeemRefreshToken is the grant type refresh_token, RFC 6749 section 6. Every use makes a new token; an
// old one that comes back revokes them all (RFC 9700 section 4.14.2).
func (t *Tenant) redeemRefreshToken(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	i, refusal := t.rotate(client, p, thumbprint)
	if refusal != nil {
		return nil, refusal
	}
	return t.respond(i), nil
}

// rotate puts a new refresh token in the place of the old one, in one step, so that of two requests with
// the same token only one gets anything.
func (t *Tenant) rotate(client *Client, p parameters, thumbprint string) (issued, *oauthError) {
	now := t.now()
	api, known := t.api(p.get("audience"))
	t.mu.Lock()
	defer t.mu.Unlock()
	old, refusal := t.heldRefreshToken(client, p.get("refresh_token"), thumbprint, now)
	if refusal != nil {
		return issued{}, refusal
	}
	i, refusal := old.grant.narrow(p, api, known)
	if refusal != nil {
		return issued{}, refusal // the token is still good for a better request
	}
	old.used = true
	i.thumbprint = thumbprint
	i.refresh = t.addRefreshToken(old.grant, thumbprint, now)
	return i, nil
}

// heldRefreshToken finds a refresh token that is good for this client and key. The caller holds Tenant.mu.
func (t *Tenant) heldRefreshToken(client *Client, token, thumbprint string, now time.Time) (*refreshToken, *oauthError) {
	held, ok := t.store.refresh[digestOf(token)]
	switch {
	case !ok || held.grant.client != client:
		return nil, refuse("invalid_grant", "There is no such refresh token for this client.")
	case held.grant.revoked:
		return nil, refuse("invalid_grant", "The refresh token is revoked.")
	case held.thumbprint != "" && !equal(held.thumbprint, thumbprint):
		// RFC 9449 section 5. Whoever lacks the key can neither use the token nor have it revoked.
		return nil, refuse("invalid_grant", "The refresh token needs a DPoP proof by the key that it is bound to.")
	case held.used:
		held.grant.revoked = true
		return nil, refuse("invalid_grant", "The refresh token was used before. All tokens of this login are revoked.")
	case now.After(held.expires):
		return nil, refuse("invalid_grant", "The refresh token has expired.")
	case t.mfaRequired:
		return nil, secondFactorRequired()
	}
	return held, nil
}

// narrow reads what a refresh asks for: no more than the login was given (RFC 6749 section 6), or what
// another API of the tenant offers, which the caller has looked up.
func (g *grant) narrow(p parameters, api API, known bool) (issued, *oauthError) {
	i := issued{grant: g, audience: g.audience, scope: g.scope}
	if audience := p.get("audience"); audience != "" && audience != g.audience {
		if !known {
			return issued{}, unknownService(audience)
		}
		i.audience = audience
		i.scope = nil
		for _, scope := range g.scope {
			if slices.Contains(openIDScopes, scope) {
				i.scope = append(i.scope, scope)
			}
		}
		i.scope = append(i.scope, api.Scopes...)
	}
	if p.get("scope") == "" {
		return i, nil
	}
	asked := split(p.get("scope"))
	for _, scope := range asked {
		if !slices.Contains(i.scope, scope) {
			return issued{}, refuse("invalid_scope", "The login was not given all of these scopes.")
		}
	}
	i.scope = asked
	return i, nil
}

// addRefreshToken makes a refresh token. The caller holds Tenant.mu. That of a public client is bound to the
// DPoP key, as nothing else protects it; a confidential client authenticates (RFC 9449 section 5).
func (t *Tenant) addRefreshToken(g *grant, thumbprint string, now time.Time) string {
	if !g.client.Public {
		thumbprint = ""
	}
	secret := random()
	t.store.sweep(now)
	t.store.refresh[digestOf(secret)] = &refreshToken{
		grant: g, thumbprint: thumbprint, expires: now.Add(t.cfg.RefreshTokenLifetime),
	}
	return secret
}
