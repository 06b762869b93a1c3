package auth0test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
)

// sign makes the signature that the alg of a proof's header asks for, as far as the key can.
func (k *ProofKey) sign(alg string, input []byte) []byte {
	switch alg {
	case "none":
		return nil
	case "HS256":
		return confusedSignature(k.private.Public(), input)
	}
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		return signECDSA(private, k.alg, input)
	case ed25519.PrivateKey:
		return ed25519.Sign(private, input)
	case *rsa.PrivateKey:
		if !isRSA(alg) {
			alg = k.alg
		}
		return signature(alg, private, input)
	}
	panic(fmt.Sprintf("auth0test: a key of type %T", k.private))
}

func isRSA(alg string) bool {
	return slices.Contains(proofAlgorithms, alg) && (strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS"))
}

// signECDSA follows RFC 7518 section 3.4: r and s, each as long as the curve's order, one after the other.
func signECDSA(private *ecdsa.PrivateKey, alg string, input []byte) []byte {
	h := hashOf(alg).New()
	h.Write(input)
	r, s, err := ecdsa.Sign(rand.Reader, private, h.Sum(nil))
	if err != nil {
		panic(fmt.Sprintf("auth0test: signing: %v", err))
	}
	size := (private.Curve.Params().N.BitLen() + 7) / 8
	sig := make([]byte, 2*size)
	r.FillBytes(sig[:size])
	s.FillBytes(sig[size:])
	return sig
}
