package auth0test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// AccessToken mints an access token that verifies. Without claims it is one for the first API and the
// first user, with every scope of that API, issued now to the first client: iss, aud, sub, azp, iat, exp,
// jti, scope. The claims given replace these or add to them; nil removes one. If the API that aud names
// has RFC9068 set, the token has that form.
//
// It panics if the tenant has no issuer yet, or if the claims cannot be written as JSON.
func (t *Tenant) AccessToken(claims Claims) string {
	api := t.cfg.APIs[0]
	if audience, ok := claims["aud"].(string); ok {
		if other, known := t.api(audience); known {
			api = other
		}
	}
	typ, full := t.accessClaims(api, t.cfg.Clients[0].ID, api.Scopes)
	full["sub"] = t.cfg.Users[0].Subject
	overlay(full, claims)
	return t.Sign(map[string]any{"typ": typ}, full)
}

// IDToken mints an ID token that verifies. Without claims it is one of the first user for the first
// client, issued now: iss, aud, sub, iat, exp, auth_time, sid and the claims of the user. The claims given
// replace these or add to them; nil removes one. A nonce is not among them, so give the one that was sent.
//
// It panics if the tenant has no issuer yet, or if the claims cannot be written as JSON.
func (t *Tenant) IDToken(claims Claims) string {
	now := t.now()
	full := t.idClaims(&grant{
		client: &t.cfg.Clients[0], user: t.cfg.Users[0], scope: openIDScopes, sid: random(), authTime: now,
	}, openIDScopes)
	overlay(full, claims)
	return t.Sign(nil, full)
}

// knownIssuer is the issuer for a token; a token without one would be no use to anybody.
func (t *Tenant) knownIssuer() string {
	issuer := t.Issuer()
	if issuer == "" {
		panic("auth0test: the tenant has no issuer yet: call Listen first, or set Config.Issuer")
	}
	return issuer
}

// accessClaims are the header's typ and the claims of every JWT access token, but sub.
func (t *Tenant) accessClaims(api API, clientID string, scope []string) (typ string, claims map[string]any) {
	now := t.now()
	claims = map[string]any{
		"iss":   t.knownIssuer(),
		"aud":   api.Audience,
		"iat":   now.Unix(),
		"exp":   now.Add(t.cfg.AccessTokenLifetime).Unix(),
		"jti":   random(),
		"scope": strings.Join(scope, " "),
	}
	if api.RFC9068 {
		claims["client_id"] = clientID // RFC 9068 section 2.2
		return "at+jwt", claims
	}
	claims["azp"] = clientID
	return "JWT", claims
}

// idClaims are the claims of an ID token (OpenID Connect Core section 2), but for nonce and at_hash.
func (t *Tenant) idClaims(g *grant, scope []string) map[string]any {
	now := t.now()
	claims := g.user.claims(scope)
	maps.Copy(claims, map[string]any{
		"iss": t.knownIssuer(),
		"sub": g.user.Subject,
		"aud": g.client.ID,
		"iat": now.Unix(),
		"exp": now.Add(t.cfg.IDTokenLifetime).Unix(),
	})
	if !g.authTime.IsZero() {
		claims["auth_time"] = g.authTime.Unix()
	}
	if g.secondFactor {
		claims["acr"], claims["amr"] = multiFactor, []string{"mfa"} // RFC 8176 section 2
	}
	if g.sid != "" {
		claims["sid"] = g.sid
	}
	maps.Copy(claims, t.organizationClaims(g.organization))
	delegate(claims, g.actor)
	return claims
}

// accessTokenHash is at_hash for RS256: OpenID Connect Core section 3.1.3.6.
func accessTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// split reads a space-separated list and drops repetitions.
func split(list string) []string {
	var parts []string
	for _, part := range strings.Fields(list) {
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}
