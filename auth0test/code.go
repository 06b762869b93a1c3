package auth0test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

const codeLifetime = time.Minute

// code is an authorization code, RFC 6749 section 4.1.2.
type code struct {
	grant       *grant
	redirectURI string
	challenge   string
	nonce       string
	thumbprint  string // dpop_jkt: the key whose proof the code needs
	used        bool
	expires     time.Time
}

// redeemCode is the grant type authorization_code, RFC 6749 section 4.1.3 with RFC 7636 section 4.6.
func (t *Tenant) redeemCode(client *Client, p parameters, thumbprint string) (map[string]any, *oauthError) {
	i, refusal := t.spendCode(client, p, thumbprint)
	if refusal != nil {
		return nil, refusal
	}
	return t.respond(i), nil
}

// spendCode uses up the code. A client has one try: a wrong verifier spends the code too, or it could be guessed at.
func (t *Tenant) spendCode(client *Client, p parameters, thumbprint string) (issued, *oauthError) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.store.codes[digestOf(p.get("code"))]
	if !ok || c.grant.client != client {
		return issued{}, refuse("invalid_grant", "There is no such code for this client.")
	}
	if c.used {
		// RFC 6749 section 4.1.2: somebody else has had it in hands, so nothing issued from it can be trusted.
		c.grant.revoked = true
		return issued{}, refuse("invalid_grant", "The code was used before. What was issued from it is revoked.")
	}
	c.used = true
	switch {
	case now.After(c.expires):
		return issued{}, refuse("invalid_grant", "The code has expired.")
	case c.redirectURI != p.get("redirect_uri"):
		return issued{}, refuse("invalid_grant", "The redirect_uri is not the one of the authorization request.")
	case !verifies(p.get("code_verifier"), c.challenge):
		return issued{}, refuse("invalid_grant", "The code_verifier does not fit the code_challenge.")
	case c.thumbprint != "" && !equal(c.thumbprint, thumbprint): // RFC 9449 section 10
		return issued{}, refuse("invalid_grant", "The code needs a DPoP proof by the key of its dpop_jkt.")
	}
	i := t.first(c.grant, thumbprint, now)
	i.nonce = c.nonce
	return i, nil
}

// verifies follows RFC 7636 sections 4.1 and 4.6.
func verifies(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || strings.ContainsFunc(verifier, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
	}) {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return equal(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}
