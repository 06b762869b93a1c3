package auth0test

import "net/http"

// serveRevocation is the revocation endpoint, RFC 7009 section 2. Only refresh tokens can be revoked, as at
// Auth0, and with one all of its login.
func (t *Tenant) serveRevocation(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, client, refusal := t.readClientForm(w, r)
	if refusal == nil {
		refusal = t.revoke(client, p)
	}
	if refusal != nil {
		refuseToken(w, r, refusal)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// revoke ends the grant of a refresh token. An unknown one is no error (RFC 7009 section 2.2), since it is what
// the client wants: worthless.
func (t *Tenant) revoke(client *Client, p parameters) *oauthError {
	if refusal := p.only("token", "token_type_hint"); refusal != nil {
		return refusal
	}
	if refusal := p.need("token"); refusal != nil {
		return refusal
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	held, known := t.store.refresh[digestOf(p.get("token"))]
	switch {
	case !known:
		return nil
	case held.grant.client != client:
		return refuse("invalid_grant", "The token was issued to another client.")
	}
	held.grant.revoked = true
	return nil
}
