package auth0test

import (
	"net/http"
	"strings"
)

// The names of Auth0's Token Vault.
const (
	grantConnectionToken = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"
	typeConnectionToken  = "http://auth0.com/oauth/token-type/federated-connection-access-token"
	typeRefreshToken     = "urn:ietf:params:oauth:token-type:refresh_token"
)

var connectionTokenParameters = []string{"subject_token", "subject_token_type", "requested_token_type", "connection"}

// connectionToken is Auth0's grant for an access token of another provider, whose account the person has connected.
// The refresh token that stands for the person is not used up. The provider's token is a bearer token, whatever
// proof the request has.
func (t *Tenant) connectionToken(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	switch {
	case client.Public:
		return nil, refuse("unauthorized_client", "A public client cannot get tokens of a connection.")
	case p.get("subject_token_type") != typeRefreshToken:
		return nil, refuse("invalid_request", "The subject_token_type must be %s.", typeRefreshToken)
	case p.get("requested_token_type") != typeConnectionToken:
		return nil, refuse("invalid_request", "The requested_token_type must be %s.", typeConnectionToken)
	}
	if _, known := t.connection(p.get("connection")); !known {
		return nil, refuse("invalid_request", "The connection %s is unknown.", p.get("connection"))
	}
	account, refusal := t.accountOf(client, p, thumbprint)
	if refusal != nil {
		return nil, refusal
	}
	response := map[string]any{
		"access_token":      random(),
		"issued_token_type": typeConnectionToken,
		"token_type":        typeBearer,
		"expires_in":        int64(t.cfg.ConnectionTokenLifetime.Seconds()),
	}
	if len(account.scopes) > 0 { // RFC 6749 section 3.3 knows no empty scope
		response["scope"] = strings.Join(account.scopes, " ")
	}
	return response, nil
}

// accountOf finds the account of the person whose refresh token this is: the one that login_hint names, or the one
// that was connected first.
func (t *Tenant) accountOf(client *Client, p parameters, thumbprint string) (*connectedAccount, *oauthError) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	held, refusal := t.heldRefreshToken(client, p.get("subject_token"), thumbprint, now)
	if refusal != nil {
		return nil, refusal
	}
	hint := p.get("login_hint")
	for _, account := range t.store.accounts {
		if account.subject == held.grant.user.Subject && account.connection == p.get("connection") && (hint == "" || hint == account.hint) {
			return account, nil
		}
	}
	return nil, refuse("federated_connection_refresh_token_not_found", "The person has not connected such an account.").
		with(http.StatusUnauthorized)
}
