package auth0test

import (
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

const (
	// typeAssertion is the client_assertion_type of RFC 7523 section 2.2.
	typeAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionReach is how far ahead the exp of an assertion may lie.
	assertionReach = 5 * time.Minute
	maxAssertion   = 8 << 10
	maxAssertionID = 256
)

// assertionAlgorithms are those of private_key_jwt.
var assertionAlgorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
}

// assertion is how a client with keys says who it is: RFC 7523 section 3.
type assertion struct {
	text       string
	alg, keyID string
	claims     assertionClaims
}

// assertionClaims has the audience as a string, as it can name nobody else beside the tenant.
type assertionClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  string   `json:"aud"`
	ID        string   `json:"jti"`
	Expiry    *float64 `json:"exp"`
	IssuedAt  *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
}

func refuseAssertion(description string) *oauthError {
	return refuse("invalid_client", "%s", description).with(http.StatusUnauthorized)
}

// authenticateByKey is private_key_jwt, OpenID Connect Core section 9.
func (t *Tenant) authenticateByKey(r *http.Request, p parameters) (*Client, *oauthError) {
	switch {
	case len(r.Header.Values("Authorization")) > 0 || p.get("client_secret") != "":
		return nil, refuse("invalid_request", "The client authenticates in two ways at once.")
	case p.get("client_assertion_type") != typeAssertion:
		return nil, refuse("invalid_request", "The client_assertion_type must be %s.", typeAssertion)
	case p.get("client_assertion") == "":
		return nil, refuse("invalid_request", "The parameter client_assertion is missing.")
	}
	a, refusal := readAssertion(p.get("client_assertion"))
	if refusal != nil {
		return nil, refusal
	}
	// RFC 7521 section 4.2: the assertion names the client, and client_id may say no other.
	if id := p.get("client_id"); id != "" && id != a.claims.Subject {
		return nil, refuseAssertion("The sub of the assertion is not the client_id.")
	}
	client, known := t.client(a.claims.Subject)
	if !known || !a.signedBy(client.Keys) {
		return nil, refuseAssertion("The client is unknown, or none of its keys has signed the assertion.")
	}
	now := t.now()
	if refusal := a.check(client.ID, t.Issuer(), now); refusal != nil {
		return nil, refusal
	}
	if !t.spendAssertion(client, a, now) {
		return nil, refuseAssertion("The assertion was used before.")
	}
	return client, nil
}

// readAssertion reads what nobody has verified yet.
func readAssertion(text string) (*assertion, *oauthError) {
	if len(text) > maxAssertion {
		return nil, refuseAssertion("The assertion is too large.")
	}
	header, payload, ok := readSegments(text)
	if !ok {
		return nil, refuseAssertion("The assertion is not a signed JWT.")
	}
	if header.extended() {
		return nil, refuseAssertion("The header of the assertion asks for an extension.")
	}
	a := &assertion{text: text, alg: textOf(header["alg"]), keyID: textOf(header["kid"])}
	if err := json.Unmarshal(payload, &a.claims); err != nil {
		return nil, refuseAssertion("A claim of the assertion has another type than it must.")
	}
	return a, nil
}

// signedBy tells whether one of the keys has made the signature. A key with an id has to be named.
func (a *assertion) signedBy(keys []ClientKey) bool {
	for _, key := range keys {
		if key.KeyID != "" && key.KeyID != a.keyID || !signsAssertions(a.alg, key.Key) {
			continue
		}
		signed, err := jose.ParseSignedCompact(a.text, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(a.alg)})
		if err != nil {
			return false
		}
		if _, err := signed.Verify(key.Key); err == nil {
			return true
		}
	}
	return false
}

// signsAssertions tells whether an algorithm is one of private_key_jwt and fits the public key.
func signsAssertions(alg string, key any) bool {
	return alg != "EdDSA" && fitsKey(alg, key)
}

// check follows RFC 7523 section 3, but for the signature and for another use.
func (a *assertion) check(client, issuer string, now time.Time) *oauthError {
	c := a.claims
	switch {
	case c.Issuer != client || c.Subject != client:
		return refuseAssertion("The assertion needs the client_id as iss and as sub.")
	case c.Audience != issuer:
		return refuseAssertion("The aud of the assertion is not the issuer of this tenant.")
	case c.ID == "" || len(c.ID) > maxAssertionID:
		return refuseAssertion("The jti of the assertion is missing or too long.")
	case c.Expiry == nil:
		return refuseAssertion("The exp of the assertion is missing.")
	case *c.Expiry <= seconds(now):
		return refuseAssertion("The assertion has expired.")
	case *c.Expiry > seconds(now.Add(assertionReach)):
		return refuseAssertion("The exp of the assertion is more than five minutes ahead.")
	case c.IssuedAt != nil && *c.IssuedAt > seconds(now), c.NotBefore != nil && *c.NotBefore > seconds(now):
		return refuseAssertion("The assertion is not valid yet.")
	}
	return nil
}

// spendAssertion tells whether the jti is new; it counts for each client by itself.
func (t *Tenant) spendAssertion(client *Client, a *assertion, now time.Time) bool {
	key := digestOf(client.ID + "\x00" + a.claims.ID)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store.sweep(now)
	if expires, ok := t.store.assertions[key]; ok && !now.After(expires) {
		return false
	}
	t.store.assertions[key] = now.Add(assertionReach)
	return true
}
