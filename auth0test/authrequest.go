package auth0test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authRequest is an authorization request: OpenID Connect Core section 3.1.2.1, with RFC 7636.
type authRequest struct {
	client       *Client
	redirectURI  string
	state        string
	nonce        string
	challenge    string
	thumbprint   string   // dpop_jkt
	scope        []string // granted: what the provider and the API know
	acrValues    []string
	audience     string
	organization string
	invitation   string
	details      string // authorization_details; empty for none
	loginHint    string
	subject      string   // of id_token_hint; empty for anybody
	linking      *linking // nil for none
	// transferToken is session_transfer_token, which signs somebody in without a page.
	transferToken string
	prompt        []string
	maxAge        time.Duration // negative: not asked
}

// requestParameters are what an authorization request may hold, and what is there to be refused by name: request and
// request_uri.
var requestParameters = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
	"code_challenge_method", "audience", "dpop_jkt", "organization", "invitation", "max_age", "acr_values",
	"authorization_details", "screen_hint", "login_hint", "ui_locales", "prompt", "connection", "display",
	"requested_connection", "requested_connection_scope", "id_token_hint", "session_transfer_token", "request",
	"request_uri",
}

// requestKnows tells whether an authorization request may hold the parameter. Auth0 keeps the prefix ext- for what
// the actions of a tenant read.
func requestKnows(name string) bool {
	return slices.Contains(requestParameters, name) || strings.HasPrefix(name, "ext-")
}

// readAuthRequest reads in two steps. Until client and redirect URI are known to be good the request is
// nil and the error is for the person's eyes; afterwards the client is told, at request.redirectURI.
func (t *Tenant) readAuthRequest(p parameters) (*authRequest, *oauthError) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if p.repeated(name) {
			return nil, refuse("invalid_request", "The parameter %s is there more than once.", name)
		}
		if p.get(name) == "" {
			return nil, refuse("invalid_request", "The parameter %s is missing.", name)
		}
	}
	client, ok := t.client(p.get("client_id"))
	if !ok {
		return nil, refuse("invalid_request", "There is no client with this client_id.")
	}
	if refusal := client.checkRedirect(p.get("redirect_uri")); refusal != nil {
		return nil, refusal
	}
	q := &authRequest{client: client, redirectURI: p.get("redirect_uri"), maxAge: -1}
	if !p.repeated("state") {
		q.state = p.get("state")
	}
	return q, t.fill(q, p)
}

// fill reads everything about which the client can be told.
func (t *Tenant) fill(q *authRequest, p parameters) *oauthError {
	if refusal := p.once(); refusal != nil {
		return refusal
	}
	if refusal := p.all(requestKnows); refusal != nil {
		return refusal
	}
	switch {
	case p.get("request") != "":
		return refuse("request_not_supported", "Request objects are not supported.")
	case p.get("request_uri") != "":
		return refuse("request_uri_not_supported", "The parameter request_uri is not supported.")
	case p.get("response_type") == "":
		return refuse("invalid_request", "The parameter response_type is missing.")
	case p.get("response_type") != "code":
		return refuse("unsupported_response_type", "Only the response type code is supported.")
	case p.get("response_mode") != "" && p.get("response_mode") != "query":
		return refuse("invalid_request", "Only the response mode query is supported.")
	case p.get("code_challenge") == "":
		return refuse("invalid_request", "The parameter code_challenge is missing: PKCE is required.")
	}
	if refusal := checkChallenge(p.get("code_challenge_method"), p.get("code_challenge")); refusal != nil {
		return refusal
	}
	q.challenge = p.get("code_challenge")
	// RFC 9449 section 10: the thumbprint of a key, by RFC 7638.
	if p.get("dpop_jkt") != "" && !isSHA256(p.get("dpop_jkt")) {
		return refuse("invalid_request", "The dpop_jkt is not the base64url form of a SHA-256.")
	}
	q.thumbprint = p.get("dpop_jkt")
	q.nonce = p.get("nonce")
	q.loginHint = p.get("login_hint")
	q.acrValues = split(p.get("acr_values"))
	q.transferToken = p.get("session_transfer_token")
	q.organization, q.invitation = p.get("organization"), p.get("invitation")
	if refusal := t.checkOrganization(q.organization); refusal != nil {
		return refusal
	}
	if refusal := t.checkInvitation(q); refusal != nil {
		return refusal
	}
	if refusal := q.readPrompt(p.get("prompt")); refusal != nil {
		return refusal
	}
	if refusal := q.readMaxAge(p.get("max_age")); refusal != nil {
		return refusal
	}
	if refusal := t.readHint(q, p.get("id_token_hint")); refusal != nil {
		return refusal
	}
	if refusal := t.readLinking(q, p); refusal != nil {
		return refusal
	}
	return t.readScope(q, p)
}

// checkChallenge wants the one method of RFC 7636 section 4.2 that hides the verifier, and what that makes.
func checkChallenge(method, challenge string) *oauthError {
	switch {
	case method != "S256":
		return refuse("invalid_request", "The code_challenge_method must be S256.")
	case !isSHA256(challenge):
		return refuse("invalid_request", "The code_challenge is not the base64url form of a SHA-256.")
	}
	return nil
}

func isSHA256(text string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

func (q *authRequest) readPrompt(value string) *oauthError {
	q.prompt = split(value)
	for _, prompt := range q.prompt {
		switch prompt {
		case "login", "consent", "select_account":
		case "none":
			if len(q.prompt) > 1 {
				return refuse("invalid_request", "The prompt none does not go together with another one.")
			}
		default:
			return refuse("invalid_request", "The value of prompt is unknown.")
		}
	}
	return nil
}

func (q *authRequest) readMaxAge(value string) *oauthError {
	if value == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return refuse("invalid_request", "The value of max_age is not a number of seconds.")
	}
	q.maxAge = time.Duration(seconds) * time.Second
	return nil
}

// readScope reads what is asked for: scope, audience and authorization_details.
func (t *Tenant) readScope(q *authRequest, p parameters) (refusal *oauthError) {
	asked := split(p.get("scope"))
	if !slices.Contains(asked, "openid") {
		return refuse("invalid_scope", "The scope openid is missing.")
	}
	audience := p.get("audience")
	api, ok := t.api(audience)
	if audience != "" && !ok && q.linking == nil {
		return unknownService(audience)
	}
	q.audience = audience
	if q.details, refusal = readDetails(p.get("authorization_details"), api); refusal != nil {
		return refusal
	}
	// RFC 6749 section 3.3 lets the provider leave out what it does not know, and so does Auth0.
	for _, s := range asked {
		if slices.Contains(openIDScopes, s) || slices.Contains(api.Scopes, s) || q.linking != nil && s == q.linking.scope {
			q.scope = append(q.scope, s)
		}
	}
	return nil
}

// silent tells whether the client wants an answer without any page.
func (q *authRequest) silent() bool { return slices.Contains(q.prompt, "none") }

// accepts tells whether an earlier login will do.
func (q *authRequest) accepts(s *session, now time.Time) bool {
	switch {
	case s == nil, slices.Contains(q.prompt, "login"), slices.Contains(q.prompt, "select_account"):
		return false
	case q.maxAge == 0: // OpenID Connect Core: the same as prompt=login
		return false
	}
	return q.maxAge < 0 || now.Sub(s.authTime) <= q.maxAge
}

// answer is the address that tells the client how it went. Every answer names the issuer (RFC 9207), so
// that a client of several providers knows whose answer it is.
func (q *authRequest) answer(issuer string, result url.Values) string {
	if q.state != "" {
		result.Set("state", q.state)
	}
	result.Set("iss", issuer)
	return withQuery(q.redirectURI, result)
}

func (q *authRequest) refusal(issuer string, refused *oauthError) string {
	return q.answer(issuer, url.Values{"error": {refused.code}, "error_description": {refused.description}})
}
