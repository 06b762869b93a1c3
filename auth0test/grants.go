package auth0test

import (
	"net/http"
	"slices"
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
	secondFactor bool
	revoked      bool
}

// has tells whether the grant has a scope.
func (g *grant) has(scope string) bool {
	return slices.Contains(g.scope, scope)
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

// unknownService is Auth0's word for what RFC 8707 calls invalid_target.
func unknownService(audience string) *oauthError {
	return refuse("access_denied", "Service not found: %s", audience).with(http.StatusForbidden)
}
