package auth0test

import "net/http"

// serveRevocation is the revocation endpoint, RFC 7009 section 2. Only refresh tokens can be revoked, as at
// Auth0, and with one all of its login.
func (t *Tenant) serveRevocation(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, client, err := t.readClientForm(w, r)
	if err == nil {
		err = t.revoke(client, p.get("token"))
	}
	if err != nil {
		refuseToken(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// revoke ends the grant of a refresh token. An unknown one is no error (RFC 7009 section 2.2), since it is what
// the client wants: worthless.
func (t *Tenant) revoke(client *Client, token string) error {
	if token == "" {
		return refuse("invalid_request", "The parameter token is missing.")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	held, known := t.store.refresh[digestOf(token)]
	switch {
	case !known:
		return nil
	case held.grant.client != client:
		return refuse("invalid_grant", "The token was issued to another client.")
	}
	held.grant.revoked = true
	return nil
}
