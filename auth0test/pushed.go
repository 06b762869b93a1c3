package auth0test

import (
	"net/http"
	"strings"
	"time"
)

const (
	// pushedPrefix is what RFC 9126 section 2.2 suggests.
	pushedPrefix   = "urn:ietf:params:oauth:request_uri:"
	pushedLifetime = 30 * time.Second
)

// pushed is an authorization request that waits for the browser: RFC 9126. It was read when it arrived.
type pushed struct {
	request *authRequest
	expires time.Time
}

// servePushed is the endpoint for pushed authorization requests, RFC 9126 section 2.
func (t *Tenant) servePushed(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	q, refusal := t.readPushed(w, r)
	if refusal != nil {
		refuseToken(w, r, refusal)
		return
	}
	secret := random()
	now := t.now()
	t.mu.Lock()
	t.store.sweep(now)
	t.store.pushed[digestOf(secret)] = &pushed{request: q, expires: now.Add(pushedLifetime)}
	t.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]any{
		"request_uri": pushedPrefix + secret, "expires_in": int64(pushedLifetime.Seconds()),
	})
}

func (t *Tenant) readPushed(w http.ResponseWriter, r *http.Request) (*authRequest, *oauthError) {
	p, _, refusal := t.readClientForm(w, r)
	if refusal != nil {
		return nil, refusal
	}
	thumbprint, refusal := t.prove(w, r, proofTarget{method: r.Method, url: t.URL() + pathPushed})
	if refusal != nil {
		return nil, refusal
	}
	if p.get("request_uri") != "" { // RFC 9126 section 2.1
		return nil, refuse("invalid_request", "A pushed request does not refer to another one.")
	}
	// What is left is the request. Its client_id is the one that has authenticated, or readClientForm would have
	// refused it.
	q, refusal := t.readAuthRequest(p.without("client_secret", "client_assertion", "client_assertion_type"))
	switch {
	case refusal != nil:
		return nil, refusal
	case thumbprint != "" && q.thumbprint != "" && !equal(thumbprint, q.thumbprint): // RFC 9449 section 10.1
		return nil, refuse("invalid_request", "The dpop_jkt is not the key of the DPoP proof.")
	case thumbprint != "":
		q.thumbprint = thumbprint
	}
	return q, nil
}

// readRequest reads what the browser brings: a whole request, or the name of a pushed one. As with
// readAuthRequest, the error is for the person's eyes as long as the request is nil.
func (t *Tenant) readRequest(p parameters) (*authRequest, *oauthError) {
	if strings.HasPrefix(p.get("request_uri"), pushedPrefix) {
		return t.takePushed(p)
	}
	q, refusal := t.readAuthRequest(p)
	if q != nil && q.client.RequirePAR {
		return q, refuse("invalid_request", "This client has to push its authorization requests.")
	}
	return q, refusal
}

// takePushed uses up a pushed request: RFC 9126 section 4. Another client's stays.
func (t *Tenant) takePushed(p parameters) (*authRequest, *oauthError) {
	for name := range p.values {
		if name != "client_id" && name != "request_uri" || p.repeated(name) {
			return nil, refuse("invalid_request", "With a pushed request there are client_id and request_uri, once each, and nothing else.")
		}
	}
	key := digestOf(strings.TrimPrefix(p.get("request_uri"), pushedPrefix))
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	held, ok := t.store.pushed[key]
	if !ok || now.After(held.expires) || held.request.client.ID != p.get("client_id") {
		return nil, refuse("invalid_request", "There is no such pushed request for this client, or it was used before, or it has expired.")
	}
	delete(t.store.pushed, key)
	return held.request, nil
}
