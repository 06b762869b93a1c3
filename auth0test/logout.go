package auth0test

import (
	"net/http"
	"net/url"
	"slices"
)

// logout is the end_session_endpoint: OpenID Connect RP-Initiated Logout section 2. A request that is
// refused ends nothing.
func (t *Tenant) logout(w http.ResponseWriter, r *http.Request) {
	p, refusal := readEither(w, r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	t.logOut(w, r, p)
}

// logoutAuth0 is Auth0's own /v2/logout, with returnTo and neither hint nor state.
func (t *Tenant) logoutAuth0(w http.ResponseWriter, r *http.Request) {
	p, refusal := readQuery(r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	t.logOut(w, r, parameters{url.Values{
		"client_id":                p.values["client_id"],
		"post_logout_redirect_uri": p.values["returnTo"],
	}})
}

func (t *Tenant) logOut(w http.ResponseWriter, r *http.Request, p parameters) {
	target, refusal := t.logoutTarget(p)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	t.tellClients(t.signOut(w, r))
	if target == "" {
		t.show(w, http.StatusOK, "loggedout", page{Title: "Signed out"})
		return
	}
	forbidStoring(w)
	redirect(w, r, target)
}

// logoutTarget is where the browser goes after the logout, or "" for a page of the tenant.
func (t *Tenant) logoutTarget(p parameters) (string, *oauthError) {
	if refusal := p.once(); refusal != nil {
		return "", refusal
	}
	client, refusal := t.logoutClient(p)
	if refusal != nil {
		return "", refusal
	}
	target := p.get("post_logout_redirect_uri")
	switch {
	case target == "":
		return "", nil
	case client == nil:
		return "", refuse("invalid_request", "A post_logout_redirect_uri needs a client_id or an id_token_hint.")
	case !client.mayLogOutTo(target):
		return "", refuse("invalid_request", "This post_logout_redirect_uri is not registered for the client.")
	}
	result := url.Values{}
	if state := p.get("state"); state != "" {
		result.Set("state", state)
	}
	return withQuery(target, result), nil
}

// logoutClient is the client that asks, as client_id and id_token_hint name it; nil if neither is there.
func (t *Tenant) logoutClient(p parameters) (*Client, *oauthError) {
	id := p.get("client_id")
	if hint := p.get("id_token_hint"); hint != "" {
		// The hint may have expired: it says who was signed in, and lets nobody in.
		claims, ok := t.verified(hint)
		if !ok || len(claims.Audience) != 1 {
			return nil, refuse("invalid_request", "The id_token_hint is not an ID token of this tenant.")
		}
		if id != "" && !slices.Contains(claims.Audience, id) {
			return nil, refuse("invalid_request", "The id_token_hint was issued to another client.")
		}
		id = claims.Audience[0]
	}
	if id == "" {
		return nil, nil
	}
	client, ok := t.client(id)
	if !ok {
		return nil, refuse("invalid_request", "There is no client with this client_id.")
	}
	return client, nil
}
