package auth0test

import (
	"slices"
	"strings"
)

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
