package auth0test

import "slices"

// linkAudience and the two scopes are Auth0's, as are the parameters that go with them.
const (
	linkAudience = "my-account"
	linkScope    = "link_account"
	unlinkScope  = "unlink_account"
)

// linking is what an authorization request wants besides a code: a connection to be linked, or not any more.
type linking struct {
	scope      string // linkScope or unlinkScope
	connection string
}

// readLinking reads a request that has anything of a linking in it, and wants all of it.
func (t *Tenant) readLinking(q *authRequest, p parameters) *oauthError {
	asked := split(p.get("scope"))
	link, unlink := slices.Contains(asked, linkScope), slices.Contains(asked, unlinkScope)
	about := p.get("audience") == linkAudience || p.get("requested_connection") != "" || p.get("requested_connection_scope") != ""
	if !link && !unlink && !about {
		return nil
	}
	scope := linkScope
	if unlink {
		scope = unlinkScope
	}
	switch {
	case link == unlink:
		return refuse("invalid_scope", "Linking needs one of the scopes %s and %s.", linkScope, unlinkScope)
	case p.get("audience") != linkAudience:
		return refuse("invalid_request", "Linking needs the audience %s.", linkAudience)
	case unlink && p.get("requested_connection_scope") != "":
		return refuse("invalid_request", "The parameter requested_connection_scope does not go with %s.", unlinkScope)
	}
	if refusal := p.need("requested_connection", "id_token_hint"); refusal != nil {
		return refusal
	}
	if _, known := t.connection(p.get("requested_connection")); !known {
		return refuse("invalid_request", "There is no such requested_connection.")
	}
	q.linking = &linking{scope: scope, connection: p.get("requested_connection")}
	return nil
}

// readHint reads who the client thinks is signed in: OpenID Connect Core section 3.1.2.1. The hint may have expired,
// as it lets nobody in.
func (t *Tenant) readHint(q *authRequest, hint string) *oauthError {
	if hint == "" {
		return nil
	}
	claims, ok := t.verified(hint)
	if !ok || !claims.isIDToken(q.client) {
		return refuse("invalid_request", "The id_token_hint is not an ID token of this tenant for this client.")
	}
	q.subject = claims.Subject
	return nil
}

// link does what a linking asks for. Who unlinks what is not linked has it as it should be.
func (t *Tenant) link(l *linking, user User) {
	t.mu.Lock()
	defer t.mu.Unlock()
	linked := t.store.linked[user.Subject]
	switch {
	case l.scope == unlinkScope:
		linked = slices.DeleteFunc(linked, func(name string) bool { return name == l.connection })
	case !slices.Contains(linked, l.connection):
		linked = append(linked, l.connection)
	}
	t.store.linked[user.Subject] = linked
}

// LinkedConnections are the names of the connections that a user has linked to the account at this tenant and not
// unlinked since, in the order of the linking. The user is named as for [Tenant.SetAutoApprove].
func (t *Tenant) LinkedConnections(user string) []string {
	subject := t.user(user).Subject
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.store.linked[subject])
}
