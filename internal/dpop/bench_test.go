package dpop_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"strconv"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// rotation is how many proofs take turns, so that nothing wins by remembering
// one.
const rotation = 4096

// BenchmarkKnownKey prints how many times the floor, the hash of the proof and a
// P-256 verification, a proof costs whose key was seen before.
func BenchmarkKnownKey(b *testing.B) {
	benchmarkProofs(b, 64, dpop.NewVerifier(rules))
}

// BenchmarkUnknownKey is the same for keys that nobody has seen: there are more of
// them than are remembered.
func BenchmarkUnknownKey(b *testing.B) {
	benchmarkProofs(b, rotation, dpop.NewVerifier(rules))
}

func benchmarkProofs(b *testing.B, keys int, v *dpop.Verifier) {
	b.Helper()
	texts := make([]string, rotation)
	inputs, ders, public := make([][]byte, rotation), make([][]byte, rotation), make([]*ecdsa.PublicKey, rotation)
	signers := make([]*ecdsa.PrivateKey, keys)
	for i := range signers {
		signers[i] = newKey(b, "ES256").(*ecdsa.PrivateKey)
	}
	for i := range texts {
		signer := signers[i%keys]
		texts[i] = mint(b, "ES256", signer, with(map[string]any{"jti": "proof " + strconv.Itoa(i)}))
		inputs[i], ders[i] = derOf(b, texts[i])
		public[i] = &signer.PublicKey
	}
	want := request()
	candidate := func(n int) {
		proof, err := v.Read(texts[n%rotation])
		if err == nil {
			_, err = v.Verify(&proof, want)
		}
		if err != nil {
			b.Fatal(err)
		}
		proof.Release()
	}
	floor := func(n int) {
		sum := sha256.Sum256(inputs[n%rotation])
		if !ecdsa.VerifyASN1(public[n%rotation], sum[:], ders[n%rotation]) {
			b.Fatal("not valid")
		}
	}
	for n := range rotation {
		candidate(n)
	}
	ratio.Report(b, candidate, floor)
}

// derOf returns the signing input of an ES256 proof and its signature as ASN.1.
func derOf(t testing.TB, text string) (input, der []byte) {
	t.Helper()
	dot := len(text) - 87
	signature := decode(t, text[dot+1:])
	der, err := asn1.Marshal([]*big.Int{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text[:dot]), der
}
