package auth0test

import (
	"slices"
	"time"
)

// The names of RFC 8693 sections 2.1 and 3.
const (
	grantExchange   = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeAccessToken = "urn:ietf:params:oauth:token-type:access_token"
	typeIDToken     = "urn:ietf:params:oauth:token-type:id_token"
)

var exchangeParameters = []string{"audience", "scope", "requested_token_type", "actor_token", "actor_token_type", "organization"}

// reservedParameters are those of the grant itself.
func reservedParameters() []string {
	return slices.Concat([]string{"grant_type", "subject_token", "subject_token_type"}, exchangeParameters, clientParameters)
}

// exchange is who a token exchange is about.
type exchange struct {
	subject User
	actor   string // the sub; empty for none
}

// AcceptSubjectToken makes a token of a type of your own good for a person, as the code of a tenant would that knows
// such tokens: a token exchange takes it as subject and as actor, as often as it is shown. The user is named as for
// [Tenant.SetAutoApprove]. Access tokens and ID tokens of this tenant are good under their standard types without it.
func (t *Tenant) AcceptSubjectToken(tokenType, token, user string) {
	u := t.user(user)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store.subjects[keyOfSubject(tokenType, token)] = u
}

func keyOfSubject(tokenType, token string) digest { return digestOf(tokenType + " " + token) }

// exchangeToken is the grant type of RFC 8693, section 2.
func (t *Tenant) exchangeToken(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	e, refusal := t.readExchange(client, p)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := t.checkOrganization(p.get("organization")); refusal != nil {
		return nil, refusal
	}
	if p.get("audience") == t.sessionTransferAudience() {
		return t.transferSession(e, p)
	}
	if wanted := p.get("requested_token_type"); wanted != "" && wanted != typeAccessToken {
		return nil, refuse("invalid_request", "The requested_token_type must be %s.", typeAccessToken)
	}
	g, refusal := t.exchanged(client, e, p)
	if refusal != nil {
		return nil, refusal
	}
	now := t.now()
	t.mu.Lock()
	i := t.first(g, thumbprint, now)
	t.mu.Unlock()
	response := t.respond(i)
	response["issued_token_type"] = typeAccessToken
	return response, nil
}

// readExchange finds out who is meant. A bad token is an invalid_request: RFC 8693 section 2.2.2.
func (t *Tenant) readExchange(client *Client, p parameters) (*exchange, *oauthError) {
	subject, refusal := t.party(client, "subject_token", p)
	if refusal != nil {
		return nil, refusal
	}
	switch hasToken, hasType := p.get("actor_token") != "", p.get("actor_token_type") != ""; {
	case hasToken != hasType: // section 2.1
		return nil, refuse("invalid_request", "The parameters actor_token and actor_token_type go together.")
	case !hasToken:
		return &exchange{subject: subject}, nil
	}
	actor, refusal := t.party(client, "actor_token", p)
	if refusal != nil {
		return nil, refusal
	}
	return &exchange{subject: subject, actor: actor.Subject}, nil
}

// party is whom the token of a parameter stands for.
func (t *Tenant) party(client *Client, parameter string, p parameters) (User, *oauthError) {
	token, tokenType := p.get(parameter), p.get(parameter+"_type")
	t.mu.Lock()
	u, accepted := t.store.subjects[keyOfSubject(tokenType, token)]
	t.mu.Unlock()
	if accepted {
		return u, nil
	}
	claims, own := t.verified(token)
	switch {
	case !own || !t.goodFor(client, tokenType, claims):
		return User{}, refuse("invalid_request", "The %s is not valid, or not of the type that is said.", parameter)
	case !t.now().Before(time.Unix(claims.Expiry, 0)):
		return User{}, refuse("invalid_request", "The %s has expired.", parameter)
	}
	return t.owner(claims.Subject), nil
}

// goodFor tells whether the claims are those of an access token for an API of the tenant, or of an ID token that
// the client was given itself.
func (t *Tenant) goodFor(client *Client, tokenType string, claims ownClaims) bool {
	switch tokenType {
	case typeIDToken:
		return claims.isIDToken(client)
	case typeAccessToken:
		known, good := t.recall(keyOfJWT(claims.ID), t.now())
		return (known == nil || good) && slices.ContainsFunc(claims.Audience, func(audience string) bool {
			_, known := t.api(audience)
			return known
		})
	}
	return false
}

// exchanged is what the client is given. Who asks for no scope gets those of the API, as with client credentials;
// what nobody knows is left out, as at a login.
func (t *Tenant) exchanged(client *Client, e *exchange, p parameters) (*grant, *oauthError) {
	audience := p.get("audience")
	api, known := t.api(audience)
	if audience != "" && !known {
		return nil, unknownService(audience)
	}
	scope := slices.Clone(api.Scopes)
	if p.get("scope") != "" {
		scope = slices.DeleteFunc(split(p.get("scope")), func(s string) bool {
			return !slices.Contains(openIDScopes, s) && !slices.Contains(api.Scopes, s)
		})
	}
	return &grant{
		client: client, user: e.subject, actor: e.actor, scope: scope, audience: audience, organization: p.get("organization"),
	}, nil
}

// delegate says in the claims of a token who acts for the person: RFC 8693 section 4.1.
func delegate(claims map[string]any, actor string) {
	if actor != "" {
		claims["act"] = map[string]any{"sub": actor}
	}
}
