package auth0test

import (
	"crypto"
	"encoding/base64"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

const (
	maxProof   = 8 << 10
	maxProofID = 256
	// proofWindow is how far the iat of a proof may lie back and ahead.
	proofWindow = time.Minute
)

// proof is a DPoP proof that its own key has signed: RFC 9449 section 4.2.
type proof struct {
	thumbprint string // RFC 7638, of the key
	claims     proofClaims
}

type proofClaims struct {
	ID        string   `json:"jti"`
	Method    string   `json:"htm"`
	URL       string   `json:"htu"`
	IssuedAt  *float64 `json:"iat"`
	Expiry    *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
	TokenHash *string  `json:"ath"`
	Nonce     string   `json:"nonce"`
}

func refuseProof(description string) *oauthError {
	return refuse("invalid_dpop_proof", "%s", description)
}

// readProof checks what a proof says about itself: RFC 9449 section 4.3, items 2 to 7. The signatures are
// go-jose's to verify.
func readProof(text string) (*proof, *oauthError) {
	if len(text) > maxProof {
		return nil, refuseProof("The DPoP proof is too large.")
	}
	header, payload, ok := readSegments(text)
	if !ok {
		return nil, refuseProof("The DPoP proof is not a signed JWT.")
	}
	if header.extended() {
		return nil, refuseProof("The header of the DPoP proof asks for an extension.")
	}
	if typ := textOf(header["typ"]); typ != "dpop+jwt" {
		return nil, refuseProof("The typ of the DPoP proof is not dpop+jwt.")
	}
	alg := textOf(header["alg"])
	key, ok := readProofKey(header["jwk"])
	if !ok {
		return nil, refuseProof("The DPoP proof does not hold a public key as jwk.")
	}
	if !fitsKey(alg, key.Key) {
		return nil, refuseProof("The alg of the DPoP proof is not supported, or does not fit its key.")
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		return nil, refuseProof("The DPoP proof is not a signed JWT.")
	}
	if _, err := signed.Verify(key.Key); err != nil {
		return nil, refuseProof("The signature of the DPoP proof is not valid.")
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, refuseProof("The key of the DPoP proof is not usable.")
	}
	p := &proof{thumbprint: base64.RawURLEncoding.EncodeToString(sum)}
	if err := json.Unmarshal(payload, &p.claims); err != nil {
		return nil, refuseProof("A claim of the DPoP proof has another type than it must.")
	}
	return p, nil
}

// readProofKey wants a public key and nothing of a private or symmetric one: RFC 9449 section 4.3, item 7.
func readProofKey(text json.RawMessage) (key jose.JSONWebKey, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return key, false
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, there := members[name]; there {
			return key, false
		}
	}
	return key, key.UnmarshalJSON(text) == nil
}

// proofTarget is what a proof has to be made for.
type proofTarget struct {
	method, url, accessToken string // no token at the token endpoint
}

// check compares the proof with the request: RFC 9449 section 4.3, items 3 and 8 to 12, but for nonce and jti.
func (p *proof) check(want proofTarget, now time.Time) *oauthError {
	c := p.claims
	switch {
	case c.ID == "" || c.Method == "" || c.URL == "" || c.IssuedAt == nil:
		return refuseProof("The DPoP proof lacks one of jti, htm, htu and iat.")
	case len(c.ID) > maxProofID:
		return refuseProof("The jti of the DPoP proof is too long.")
	case c.Method != want.method:
		return refuseProof("The DPoP proof was made for another method.")
	case !namesEndpoint(c.URL, want.url):
		return refuseProof("The DPoP proof was made for another URL.")
	case math.Abs(*c.IssuedAt-seconds(now)) > proofWindow.Seconds():
		return refuseProof("The iat of the DPoP proof is too far from now.")
	case c.Expiry != nil && *c.Expiry <= seconds(now), c.NotBefore != nil && *c.NotBefore > seconds(now):
		return refuseProof("The DPoP proof is not valid now.")
	case want.accessToken == "":
		return nil
	case c.TokenHash == nil || !equal(*c.TokenHash, proofTokenHash(want.accessToken)):
		return refuseProof("The DPoP proof was made for another access token.")
	}
	return nil
}

func seconds(at time.Time) float64 { return float64(at.Unix()) }

// namesEndpoint compares after the normalization that RFC 9449 section 4.3 asks for: letter case of scheme
// and host, default port. A client leaves query and fragment out (section 4.2); many a server would
// forgive one that does not.
func namesEndpoint(htu, endpoint string) bool {
	a, err := url.Parse(htu)
	if err != nil || a.User != nil || strings.ContainsAny(htu, "?#") {
		return false
	}
	b, err := url.Parse(endpoint)
	return err == nil && a.Scheme == b.Scheme && authority(a) == authority(b) && a.EscapedPath() == b.EscapedPath()
}

// authority is host and port, without a port that is the default of the scheme.
func authority(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme { // url.Parse writes it in lower case
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":")
}
