package auth0test

import (
	"net/http"
	"strings"
)

// The scopes of the My Account API for connected accounts.
const (
	scopeCreateAccounts = "create:me:connected_accounts"
	scopeReadAccounts   = "read:me:connected_accounts"
	scopeDeleteAccounts = "delete:me:connected_accounts"
)

const contentTypeProblem = "application/problem+json"

// reply is a good answer of the My Account API. No body means that there is none to send.
type reply struct {
	status int
	body   map[string]any
}

// myAccount is an endpoint of the My Account API. It takes access tokens with the scope for the API that every
// tenant has.
func (t *Tenant) myAccount(scope string, serve func(http.ResponseWriter, *http.Request, shownToken) (reply, *oauthError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		forbidStoring(w)
		who, refusal := t.admitToMyAccount(w, r, scope)
		if refusal != nil {
			writeProblem(w, refusal)
			return
		}
		answer, refusal := serve(w, r, who)
		switch {
		case refusal != nil:
			writeProblem(w, refusal)
		case answer.body == nil:
			w.WriteHeader(answer.status)
		default:
			writeJSON(w, answer.status, answer.body)
		}
	}
}

func (t *Tenant) admitToMyAccount(w http.ResponseWriter, r *http.Request, scope string) (shownToken, *oauthError) {
	scheme, token, refusal := readAccessToken(r)
	var who shownToken
	if refusal == nil {
		who, refusal = t.admit(w, r, scheme, token, resource{
			url: t.URL() + r.URL.EscapedPath(), audience: t.URL() + pathMyAccount, scope: scope,
		})
	}
	if refusal == nil && who.client == nil {
		refusal = refuse("invalid_token", "The access token names no client of this tenant.").with(http.StatusUnauthorized)
	}
	if refusal != nil {
		challenge(w, scheme, refusal)
	}
	return who, refusal
}

// writeProblem is an error answer in the form of RFC 9457, as Auth0's.
func writeProblem(w http.ResponseWriter, refusal *oauthError) {
	writeJSONAs(w, contentTypeProblem, refusal.status, map[string]any{
		"type":   "urn:auth0test:problem:" + strings.ReplaceAll(refusal.codeOr("unauthorized"), "_", "-"),
		"title":  http.StatusText(refusal.status),
		"detail": refusal.description,
		"status": refusal.status,
	})
}

// readArguments reads the query of an endpoint that knows these parameters.
func readArguments(r *http.Request, known ...string) (parameters, *oauthError) {
	p, refusal := readQuery(r)
	if refusal != nil {
		return p, refusal
	}
	if refusal := p.once(); refusal != nil {
		return p, refusal
	}
	return p, p.exactly(known...)
}
