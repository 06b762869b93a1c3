package auth0test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// serveToken is the token endpoint, RFC 6749 section 3.2.
func (t *Tenant) serveToken(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	response, refusal := t.grantTokens(w, r)
	if refusal != nil {
		refuseToken(w, r, refusal)
		return
	}
	if edit := t.edit().tokenResponse; edit != nil {
		edit(response)
	}
	writeJSON(w, http.StatusOK, response)
}

// refuseToken is the error answer of RFC 6749 section 5.2.
func refuseToken(w http.ResponseWriter, r *http.Request, refusal *oauthError) {
	if refusal.status == http.StatusUnauthorized && r.Header.Get("Authorization") != "" {
		w.Header().Set(headerChallenge, `Basic realm="auth0test"`)
	}
	if refusal.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(wholeSeconds(refusal.retryAfter), 10))
	}
	body := map[string]any{"error": refusal.code, "error_description": refusal.description}
	maps.Copy(body, refusal.members)
	writeJSON(w, refusal.status, body)
}

// readClientForm reads the form of an endpoint that clients call, and who calls.
func (t *Tenant) readClientForm(w http.ResponseWriter, r *http.Request) (parameters, *Client, *oauthError) {
	// A secret in a URL ends up in logs; RFC 6749 section 2.3.1 forbids it.
	if r.URL.RawQuery != "" {
		return parameters{}, nil, refuse("invalid_request", "Parameters belong in the body.")
	}
	p, refusal := readForm(w, r)
	if refusal != nil {
		return parameters{}, nil, refusal
	}
	if refusal := p.once(); refusal != nil {
		return parameters{}, nil, refusal
	}
	client, refusal := t.authenticate(r, p)
	if refusal != nil {
		return parameters{}, nil, refusal
	}
	return p, client, nil
}

func (t *Tenant) grantTokens(w http.ResponseWriter, r *http.Request) (map[string]any, *oauthError) {
	p, client, refusal := t.readClientForm(w, r)
	if refusal != nil {
		return nil, refusal
	}
	thumbprint, refusal := t.prove(w, r, proofTarget{method: r.Method, url: t.URL() + pathToken})
	if refusal != nil {
		return nil, refusal
	}
	g, refusal := t.grantType(p)
	if refusal != nil {
		return nil, refusal
	}
	return g.redeem(t, client, p, thumbprint)
}

// issued is what one answer of the token endpoint grants to a person's client.
type issued struct {
	grant    *grant
	audience string
	scope    []string
	nonce    string // of the login; none after a refresh (OpenID Connect Core section 12.2)
	refresh  string
	// thumbprint is of the DPoP key that the access token is bound to; empty without a proof.
	thumbprint string
}

// respond is the answer of every grant type that issues tokens for a person. What the person may is looked at each time, so
// that a client may ask again for all that it has asked for at the login.
func (t *Tenant) respond(i issued) map[string]any {
	api, _ := t.api(i.audience)
	i.scope = i.grant.user.allowed(api, i.scope)
	access := t.accessTokenFor(i)
	response := map[string]any{
		"access_token": access,
		"token_type":   tokenType(i.thumbprint),
		"expires_in":   int64(t.cfg.AccessTokenLifetime.Seconds()),
	}
	if len(i.scope) > 0 { // RFC 6749 section 3.3 knows no empty scope
		response["scope"] = strings.Join(i.scope, " ")
	}
	if slices.Contains(i.scope, "openid") {
		claims := t.idClaims(i.grant, i.scope)
		claims["at_hash"] = accessTokenHash(access)
		if i.nonce != "" {
			claims["nonce"] = i.nonce
		}
		response["id_token"] = t.issue("JWT", claims, t.edit().idToken)
	}
	if i.refresh != "" {
		response["refresh_token"] = i.refresh
	}
	i.grant.addDetails(response, i.audience)
	return response
}

// accessTokenFor makes a JWT for an API. Without an audience the token is for userinfo alone, and opaque,
// as at Auth0.
func (t *Tenant) accessTokenFor(i issued) string {
	api, known := t.api(i.audience)
	if !known {
		token := random()
		t.remember(keyOfOpaque(token), i)
		return token
	}
	typ, claims := t.accessClaims(api, i.grant.client.ID, i.scope)
	claims["sub"] = i.grant.user.Subject
	claims["permissions"] = i.grant.user.permissions(api)
	maps.Copy(claims, t.organizationClaims(i.grant.organization))
	delegate(claims, i.grant.actor)
	i.grant.addDetails(claims, i.audience)
	bind(claims, i.thumbprint)
	if slices.Contains(i.scope, "openid") {
		claims["aud"] = []string{api.Audience, t.URL() + pathUserinfo}
		id, _ := claims["jti"].(string)
		t.remember(keyOfJWT(id), i)
	}
	return t.issue(typ, claims, t.edit().accessToken)
}

// remember lets userinfo know what an access token is worth, and that it ends with its grant.
func (t *Tenant) remember(key digest, i issued) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store.sweep(now)
	t.store.access[key] = &accessToken{
		grant: i.grant, scope: i.scope, thumbprint: i.thumbprint, expires: now.Add(t.cfg.AccessTokenLifetime),
	}
}
