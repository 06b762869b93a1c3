package ginauth0api_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// proofRotation is how many proofs take turns. Each is used once before the
// memory of proofs is emptied.
const proofRotation = 4096

// manyClients is how many clients take turns where none may be known: more than a
// Guard remembers the keys of.
const manyClients = 2048

// dpopBench is a route with a scope, bound tokens and proofs for them.
type dpopBench struct {
	guard    *ginauth0api.Guard
	router   *gin.Engine
	response discard
	requests []*http.Request
	tokens   []string
	bearer   *bearerBench // the floor of the tokens
	proofs   []signedProof
	reached  int
}

// signedProof is what the floor needs of a proof.
type signedProof struct {
	key       *ecdsa.PublicKey
	input     []byte
	signature []byte // in DER
}

// newDPoPBench makes a token for each of the clients, and shares the proofs among
// them.
func newDPoPBench(t testing.TB, cache ginauth0api.TokenCacheConfig, clients int) *dpopBench {
	t.Helper()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.TokenCache = cache })
	if err := guard.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	bench := &dpopBench{guard: guard, router: gin.New(), response: discard{http.Header{}}, bearer: &bearerBench{}}
	bench.router.GET("/messages", guard.RequireAuth("read:messages"), func(*gin.Context) { bench.reached++ })
	provers := make([]prover, clients)
	for n := range provers {
		provers[n] = newProver()
		c := benchClaims(n)
		c["cnf"] = provers[n].bound()["cnf"]
		token := i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"k1"}`, c)
		bench.tokens = append(bench.tokens, token)
		bench.bearer.addFloor(t, token)
	}
	for n := range proofRotation {
		token := bench.tokens[n%clients]
		proof := provers[n%clients].proof(http.MethodGet, "http://api.example/messages", token, nil)
		request := bearerRequest(t, token)
		request.Host = "api.example"
		request.Header["Authorization"] = []string{"DPoP " + token}
		request.Header["Dpop"] = []string{proof}
		bench.requests = append(bench.requests, request)
		bench.proofs = append(bench.proofs, newSignedProof(t, &provers[n%clients].key.PublicKey, proof))
	}
	return bench
}

func newSignedProof(t testing.TB, key *ecdsa.PublicKey, proof string) signedProof {
	t.Helper()
	input, signature := cutSignature(proof)
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return signedProof{key, []byte(input), der}
}

// candidate serves one request through Gin.
func (b *dpopBench) candidate(n int) {
	if n%proofRotation == 0 {
		ginauth0api.ForgetProofs(b.guard)
	}
	b.router.ServeHTTP(b.response, b.requests[n%proofRotation])
}

// proofFloor is what no verification of a proof can do without.
func (b *dpopBench) proofFloor(n int) {
	proof := &b.proofs[n%proofRotation]
	sum := sha256.Sum256(proof.input)
	if !ecdsa.VerifyASN1(proof.key, sum[:], proof.signature) {
		panic("the floor does not verify")
	}
}

// floor adds what the token takes: its signature, and its hash for ath.
func (b *dpopBench) floor(n int) {
	b.proofFloor(n)
	b.bearer.floor(n % len(b.tokens))
	sum := sha256.Sum256([]byte(b.tokens[n%len(b.tokens)]))
	if sum == [32]byte{} {
		panic("no hash")
	}
}

// BenchmarkDPoP prints how many times the floor a DPoP request costs.
func BenchmarkDPoP(b *testing.B) {
	b.Run("nothing known", func(b *testing.B) {
		bench := newDPoPBench(b, cacheMissing, manyClients)
		ratio.Report(b, bench.candidate, bench.floor)
		bench.wantAll(b)
	})
	b.Run("token and key known", func(b *testing.B) {
		bench := newDPoPBench(b, cacheHitting, rotation)
		ratio.Report(b, bench.candidate, bench.proofFloor)
		bench.wantAll(b)
	})
}

// wantAll checks that requests were accepted: a refusal costs less.
func (b *dpopBench) wantAll(t testing.TB) {
	t.Helper()
	before := b.reached
	for n := range proofRotation {
		b.candidate(n)
	}
	if b.reached != before+proofRotation {
		t.Fatalf("%d of %d requests were accepted", b.reached-before, proofRotation)
	}
}
