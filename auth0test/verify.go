package auth0test

import (
	"encoding/json"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// ownClaims are the claims of a token that comes back to the tenant.
type ownClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Expiry   int64    `json:"exp"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope"`
	// Events are those of a logout token, which is no ID token although it looks like one.
	Events json.RawMessage `json:"events"`
	// The client that the token was issued to: azp in Auth0's own form, client_id in that of RFC 9068.
	AuthorizedParty string `json:"azp"`
	ClientID        string `json:"client_id"`
	// Confirmation is the binding to a key, RFC 7800; nil for none.
	Confirmation *struct {
		Thumbprint string `json:"jkt"`
	} `json:"cnf"`
}

func (c ownClaims) client() string {
	if c.AuthorizedParty != "" {
		return c.AuthorizedParty
	}
	return c.ClientID
}

// audience is a string or an array of strings, RFC 7519 section 4.1.3.
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if err := json.Unmarshal(text, &one); err == nil {
		*a = audience{one}
		return nil
	}
	var several []string
	err := json.Unmarshal(text, &several)
	*a = several
	return err
}

// isIDToken tells whether the claims are those of an ID token for the client.
func (c ownClaims) isIDToken(client *Client) bool {
	return len(c.Audience) == 1 && c.Audience[0] == client.ID && c.Subject != "" && c.Events == nil
}

// verified reads a token that one of the published keys has signed for this issuer. Its expiry is the
// caller's to judge.
func (t *Tenant) verified(token string) (ownClaims, bool) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return ownClaims{}, false
	}
	keys := t.publishedKeys()
	at := slices.IndexFunc(keys, func(k signingKey) bool { return k.id == signed.Signatures[0].Header.KeyID })
	if at < 0 {
		return ownClaims{}, false
	}
	payload, err := signed.Verify(&keys[at].private.PublicKey)
	if err != nil {
		return ownClaims{}, false
	}
	var claims ownClaims
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != t.Issuer() {
		return ownClaims{}, false
	}
	return claims, true
}
