package auth0test

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenRequired is for a request that shows no token: a refusal without an error, RFC 6750 section 3.1.
func tokenRequired() *oauthError {
	return &oauthError{status: http.StatusUnauthorized, description: "An access token is required."}
}

// readAccessToken returns the scheme in which an error is to be told, Bearer or DPoP, and the token.
func readAccessToken(r *http.Request) (scheme, token string, refusal *oauthError) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return typeBearer, "", tokenRequired()
	}
	if len(headers) > 1 {
		return typeBearer, "", refuse("invalid_request", "There is more than one Authorization header.")
	}
	scheme, token, _ = strings.Cut(headers[0], " ")
	switch {
	case strings.EqualFold(scheme, typeBearer):
		return typeBearer, strings.TrimSpace(token), nil
	case strings.EqualFold(scheme, typeDPoP):
		return typeDPoP, strings.TrimSpace(token), nil
	}
	return typeBearer, "", tokenRequired()
}

// resource is what a request with an access token asks for at the tenant.
type resource struct {
	url      string // for which a DPoP proof has to be made
	audience string
	scope    string // needed
}

// admit takes the access token of a request, with the refusals of RFC 6750 section 3 and RFC 9449 section 7.1.
func (t *Tenant) admit(w http.ResponseWriter, r *http.Request, scheme, token string, at resource) (shownToken, *oauthError) {
	invalid := func(description string) *oauthError {
		return refuse("invalid_token", "%s", description).with(http.StatusUnauthorized)
	}
	shown, ok := t.shown(token, at.audience)
	switch {
	case !ok:
		return shownToken{}, invalid("The access token is not valid here.")
	case scheme == typeBearer && shown.thumbprint != "":
		return shownToken{}, invalid("The access token is bound to a key, and needs the DPoP scheme.")
	case scheme == typeDPoP && shown.thumbprint == "":
		return shownToken{}, invalid("The access token is not bound to a key.")
	case scheme == typeBearer && r.Header.Get(headerProof) != "":
		return shownToken{}, refuse("invalid_request", "A DPoP proof goes with the DPoP scheme.")
	case scheme == typeDPoP:
		thumbprint, refusal := t.prove(w, r, proofTarget{method: r.Method, url: at.url, accessToken: token})
		switch {
		case refusal != nil:
			return shownToken{}, refusal.with(http.StatusUnauthorized)
		case thumbprint == "":
			return shownToken{}, refuseProof("A DPoP proof is required.").with(http.StatusUnauthorized)
		case !equal(thumbprint, shown.thumbprint):
			return shownToken{}, invalid("The access token is bound to another key.")
		}
	}
	if !slices.Contains(shown.scope, at.scope) {
		return shownToken{}, refuse("insufficient_scope", "The scope %s is missing.", at.scope).with(http.StatusForbidden)
	}
	return shown, nil
}

// shownToken is what an access token that comes back to the tenant is worth.
type shownToken struct {
	user       User
	client     *Client // that it was issued to, nil for an unknown one
	scope      []string
	thumbprint string // of the DPoP key that it is bound to
}

// shown tells whose access token this is, if it is good for the audience. An opaque one is for userinfo alone.
func (t *Tenant) shown(token, audience string) (shownToken, bool) {
	now := t.now()
	if known, good := t.recall(keyOfOpaque(token), now); known != nil {
		return shownToken{known.grant.user, known.grant.client, known.scope, known.thumbprint}, good && audience == t.URL()+pathUserinfo
	}
	claims, ok := t.verified(token)
	if !ok || !now.Before(time.Unix(claims.Expiry, 0)) || !slices.Contains(claims.Audience, audience) {
		return shownToken{}, false
	}
	shown := shownToken{user: t.owner(claims.Subject), scope: split(claims.Scope)}
	shown.client, _ = t.client(claims.client())
	if claims.Confirmation != nil {
		if shown.thumbprint = claims.Confirmation.Thumbprint; shown.thumbprint == "" {
			return shownToken{}, false // bound to something that nobody can prove here
		}
	}
	if known, good := t.recall(keyOfJWT(claims.ID), now); known != nil {
		shown.user, shown.scope = known.grant.user, known.scope
		return shown, good
	}
	return shown, true // minted: nobody signed in for it
}

// accessToken is kept for what userinfo has to know.
type accessToken struct {
	grant      *grant
	scope      []string
	thumbprint string // of the DPoP key that it is bound to
	expires    time.Time
}

// An opaque token is known by itself, a JWT by its jti. A jti is no secret, so it must not pass for a token.
func keyOfOpaque(token string) digest { return digestOf("opaque " + token) }

func keyOfJWT(id string) digest { return digestOf("jwt " + id) }

// recall finds an access token by what it was remembered under, and tells whether it is still good.
func (t *Tenant) recall(key digest, now time.Time) (known *accessToken, good bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.store.access[key]
	return known, ok && now.Before(known.expires) && !known.grant.revoked
}

// challenge challenges in both schemes, and tells the error in the one that was used.
func challenge(w http.ResponseWriter, scheme string, refusal *oauthError) {
	const realm = ` realm="auth0test"`
	algs := `, algs="` + strings.Join(proofAlgorithms, " ") + `"`
	problem := ""
	if refusal.code != "" {
		problem = `, error="` + refusal.code + `", error_description="` + refusal.description + `"`
	}
	if scheme == typeDPoP {
		w.Header().Add(headerChallenge, typeBearer+realm)
		w.Header().Add(headerChallenge, typeDPoP+realm+problem+algs)
	} else {
		w.Header().Add(headerChallenge, typeBearer+realm+problem)
		w.Header().Add(headerChallenge, typeDPoP+realm+algs)
	}
}
