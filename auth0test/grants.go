package auth0test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grantType is one way to get tokens at the token endpoint.
type grantType struct {
	name string
	// required and optional are its parameters, beside grant_type and clientParameters. Any other one is refused.
	required, optional []string
	redeem             func(t *Tenant, client *Client, p parameters, thumbprint string) (map[string]any, *oauthError)
}

var grantTypes = []grantType{
	{"authorization_code", []string{"code", "redirect_uri", "code_verifier"}, nil, (*Tenant).redeemCode},
	{"refresh_token", []string{"refresh_token"}, []string{"audience", "scope"}, (*Tenant).redeemRefreshToken},
	{"client_credentials", []string{"audience"}, []string{"scope"}, (*Tenant).clientCredentials},
	{grantExchange, []string{"subject_token", "subject_token_type"}, exchangeParameters, (*Tenant).exchangeToken},
	{grantConnectionToken, connectionTokenParameters, []string{"login_hint"}, (*Tenant).connectionToken},
	{grantBackchannel, []string{"auth_req_id"}, nil, (*Tenant).pollBackchannel},
}

// grantType finds what a token request asks for, and checks that its parameters fit.
func (t *Tenant) grantType(p parameters) (grantType, *oauthError) {
	if refusal := p.need("grant_type"); refusal != nil {
		return grantType{}, refusal
	}
	at := slices.IndexFunc(grantTypes, func(g grantType) bool { return g.name == p.get("grant_type") })
	if at < 0 {
		return grantType{}, refuse("unsupported_grant_type", "This grant type is not supported.")
	}
	g := grantTypes[at]
	known := slices.Concat([]string{"grant_type"}, g.required, g.optional)
	if g.name == grantExchange {
		known = append(known, t.cfg.ExchangeParameters...)
	}
	if refusal := p.only(known...); refusal != nil {
		return grantType{}, refusal
	}
	return g, p.need(g.required...)
}

// redeemCode is the grant type authorization_code, RFC 6749 section 4.1.3 with RFC 7636 section 4.6.
func (t *Tenant) redeemCode(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	i, refusal := t.spendCode(client, p, thumbprint)
	if refusal != nil {
		return nil, refusal
	}
	return t.respond(i), nil
}

// spendCode uses up the code. A client has one try: a wrong verifier spends the code too, or it could be guessed at.
func (t *Tenant) spendCode(client *Client, p parameters, thumbprint string) (issued, *oauthError) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.store.codes[digestOf(p.get("code"))]
	if !ok || c.grant.client != client {
		return issued{}, refuse("invalid_grant", "There is no such code for this client.")
	}
	if c.used {
		// RFC 6749 section 4.1.2: somebody else has had it in hands, so nothing issued from it can be trusted.
		c.grant.revoked = true
		return issued{}, refuse("invalid_grant", "The code was used before. What was issued from it is revoked.")
	}
	c.used = true
	switch {
	case now.After(c.expires):
		return issued{}, refuse("invalid_grant", "The code has expired.")
	case c.redirectURI != p.get("redirect_uri"):
		return issued{}, refuse("invalid_grant", "The redirect_uri is not the one of the authorization request.")
	case !verifies(p.get("code_verifier"), c.challenge):
		return issued{}, refuse("invalid_grant", "The code_verifier does not fit the code_challenge.")
	case c.thumbprint != "" && !equal(c.thumbprint, thumbprint): // RFC 9449 section 10
		return issued{}, refuse("invalid_grant", "The code needs a DPoP proof by the key of its dpop_jkt.")
	}
	i := t.first(c.grant, thumbprint, now)
	i.nonce = c.nonce
	return i, nil
}

// first is all that a grant is good for, with the first of its refresh tokens if it may have them. The caller holds
// Tenant.mu.
func (t *Tenant) first(g *grant, thumbprint string, now time.Time) issued {
	i := issued{grant: g, audience: g.audience, scope: g.scope, thumbprint: thumbprint}
	if g.has("offline_access") {
		i.refresh = t.addRefreshToken(g, thumbprint, now)
	}
	return i
}

// verifies follows RFC 7636 sections 4.1 and 4.6.
func verifies(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || strings.ContainsFunc(verifier, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
	}) {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return equal(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
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

// clientCredentials is the grant type client_credentials, RFC 6749 section 4.4, in the form of Auth0: the
// audience is required, and the subject says that there is no person behind the token.
func (t *Tenant) clientCredentials(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	if client.Public {
		return nil, refuse("unauthorized_client", "A public client cannot use client credentials.")
	}
	if p.get("audience") == t.URL()+pathMyAccount {
		return nil, refuse("unauthorized_client", "The My Account API is for people, and no person is behind client credentials.")
	}
	api, ok := t.api(p.get("audience"))
	if !ok {
		return nil, unknownService(p.get("audience"))
	}
	scope := api.Scopes
	if p.get("scope") != "" {
		scope = split(p.get("scope"))
	}
	for _, s := range scope {
		if !slices.Contains(api.Scopes, s) {
			return nil, refuse("invalid_scope", "The API does not know all of these scopes.")
		}
	}
	typ, claims := t.accessClaims(api, client.ID, scope)
	claims["sub"] = client.ID + "@clients"
	claims["permissions"] = append([]string{}, scope...)
	if !api.RFC9068 {
		claims["gty"] = "client-credentials"
	}
	bind(claims, thumbprint)
	return map[string]any{
		"access_token": t.issue(typ, claims, t.edit().accessToken),
		"token_type":   tokenType(thumbprint),
		"expires_in":   int64(t.cfg.AccessTokenLifetime.Seconds()),
		"scope":        strings.Join(scope, " "),
	}, nil
}

// unknownService is Auth0's word for what RFC 8707 calls invalid_target.
func unknownService(audience string) *oauthError {
	return refuse("access_denied", "Service not found: %s", audience).with(http.StatusForbidden)
}
