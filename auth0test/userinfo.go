package auth0test

import "net/http"

// serveUserinfo is the userinfo endpoint, OpenID Connect Core section 5.3, with the refusals of RFC 6750
// section 3 and RFC 9449 section 7.1.
func (t *Tenant) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	scheme, token, refusal := readAccessToken(r)
	var claims map[string]any
	if refusal == nil {
		claims, refusal = t.userinfo(w, r, scheme, token)
	}
	if refusal != nil {
		challenge(w, scheme, refusal)
		writeJSON(w, refusal.status, map[string]any{
			"error": refusal.codeOr("unauthorized"), "error_description": refusal.description,
		})
		return
	}
	writeJSON(w, http.StatusOK, claims)
}

func (t *Tenant) userinfo(w http.ResponseWriter, r *http.Request, scheme, token string) (map[string]any, *oauthError) {
	address := t.URL() + pathUserinfo
	shown, refusal := t.admit(w, r, scheme, token, resource{url: address, audience: address, scope: "openid"})
	if refusal != nil {
		return nil, refusal
	}
	claims := shown.user.claims(shown.scope)
	claims["sub"] = shown.user.Subject
	return claims, nil
}
