package auth0test

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// serveUserinfo is the userinfo endpoint, OpenID Connect Core section 5.3, with the refusals of RFC 6750 section 3.
func (t *Tenant) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		refuseBearer(w, http.StatusUnauthorized, "", "")
		return
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	switch {
	case len(headers) > 1:
		refuseBearer(w, http.StatusBadRequest, "invalid_request", "There is more than one Authorization header.")
		return
	case !strings.EqualFold(scheme, "Bearer"):
		refuseBearer(w, http.StatusUnauthorized, "", "")
		return
	}
	user, scope, ok := t.bearer(strings.TrimSpace(token))
	switch {
	case !ok:
		refuseBearer(w, http.StatusUnauthorized, "invalid_token", "The access token is not valid here.")
	case !slices.Contains(scope, "openid"):
		refuseBearer(w, http.StatusForbidden, "insufficient_scope", "The scope openid is missing.")
	default:
		claims := user.claims(scope)
		claims["sub"] = user.Subject
		writeJSON(w, http.StatusOK, claims)
	}
}

// bearer tells whose access token this is, if it is good for userinfo.
func (t *Tenant) bearer(token string) (user User, scope []string, ok bool) {
	now := t.now()
	if known, good := t.recall(keyOfOpaque(token), now); known != nil {
		return known.grant.user, known.scope, good
	}
	claims, ok := t.verified(token)
	if !ok || !now.Before(time.Unix(claims.Expiry, 0)) || !slices.Contains(claims.Audience, t.URL()+pathUserinfo) {
		return User{}, nil, false
	}
	if known, good := t.recall(keyOfJWT(claims.ID), now); known != nil {
		return known.grant.user, known.scope, good
	}
	// A minted token: nobody signed in for it.
	for _, u := range t.cfg.Users {
		if u.Subject == claims.Subject {
			return u, split(claims.Scope), true
		}
	}
	return User{Name: claims.Subject, Subject: claims.Subject}, split(claims.Scope), true
}

// recall finds an access token by what it was remembered under, and tells whether it is still good.
func (t *Tenant) recall(key digest, now time.Time) (known *accessToken, good bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.store.access[key]
	return known, ok && now.Before(known.expires) && !known.grant.revoked
}

// refuseBearer is the challenge of RFC 6750 section 3; without an error for a request that shows no token.
func refuseBearer(w http.ResponseWriter, status int, code, description string) {
	challenge := `Bearer realm="auth0test"`
	body := map[string]any{"error": "unauthorized", "error_description": "An access token is required."}
	if code != "" {
		challenge += `, error="` + code + `", error_description="` + description + `"`
		body = map[string]any{"error": code, "error_description": description}
	}
	w.Header().Set(headerChallenge, challenge)
	writeJSON(w, status, body)
}
