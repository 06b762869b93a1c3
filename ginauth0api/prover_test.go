package ginauth0api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// prover is a client that makes DPoP proofs with a P-256 key, right and wrong
// ones. It shares nothing with the code that it tests.
type prover struct {
	key *ecdsa.PrivateKey
	now func() time.Time
}

func newProver() prover {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return prover{key, time.Now}
}

func (p prover) jwk() map[string]any {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "x": encode(string(point[1:33])), "y": encode(string(point[33:]))}
}

// thumbprint is go-jose's.
func (p prover) thumbprint() string {
	sum, err := (&jose.JSONWebKey{Key: p.key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// bound are the claims that bind a token to the key.
func (p prover) bound() claims { return claims{"cnf": map[string]string{"jkt": p.thumbprint()}} }

var proofs atomic.Int64

// claims are those of a good proof, with edits; a nil value removes one.
func (p prover) claims(method, url, token string, edits claims) claims {
	sum := sha256.Sum256([]byte(token))
	return edited(claims{
		"jti": "proof-" + strconv.FormatInt(proofs.Add(1), 10), "htm": method, "htu": url, "iat": p.now().Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(sum[:]),
	}, edits)
}

// header is that of a good proof, with edits.
func (p prover) header(edits claims) claims {
	return edited(claims{"typ": "dpop+jwt", "alg": "ES256", "jwk": p.jwk()}, edits)
}

func edited(members, edits claims) claims {
	maps.Copy(members, edits)
	maps.DeleteFunc(members, func(_ string, value any) bool { return value == nil })
	return members
}

func (p prover) proof(method, url, token string, edits claims) string {
	return p.sign(p.header(nil), p.claims(method, url, token, edits))
}

// sign signs whatever header and claims say.
func (p prover) sign(header, payload any) string {
	return p.signText(marshal(header), marshal(payload))
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (p prover) signText(header, payload string) string {
	input := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + encode(string(signature[:]))
}

// dpop asks with a token over DPoP and these proofs.
func (a api) dpop(method, path, token string, proofs ...string) answer {
	a.t.Helper()
	return a.do(method, path, http.Header{"Authorization": {"DPoP " + token}, "Dpop": proofs})
}

// dpopAPI is an API, an issuer and a client with a bound token for it.
type dpopAPI struct {
	api
	issuer *issuer
	guard  *ginauth0api.Guard
	client prover
	token  string
}

func newDPoPAPI(t testing.TB, edit func(*ginauth0api.Config)) dpopAPI {
	t.Helper()
	i := newIssuer(t)
	guard := newGuard(t, i, edit)
	client := newProver()
	return dpopAPI{protect(t, guard.RequireAuth("read:a")), i, guard, client, i.token(client.bound())}
}

// get asks for / with a good proof but for the edits of its claims.
func (a dpopAPI) get(edits claims) answer {
	a.t.Helper()
	return a.show(a.client.proof(http.MethodGet, a.URL+"/", a.token, edits))
}

// show asks for / with this very proof.
func (a dpopAPI) show(proof string) answer {
	a.t.Helper()
	return a.dpop(http.MethodGet, "/", a.token, proof)
}
