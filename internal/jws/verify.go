package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
)

// ErrSignature says that a signature does not verify, or that key and
// algorithm do not belong together.
var ErrSignature = errors.New("jws: signature not valid")

// scheme is how an algorithm signs (RFC 7518 section 3.1, RFC 8037).
type scheme struct {
	family family
	hash   crypto.Hash
	curve  elliptic.Curve // of the ES algorithms
}

type family uint8

const (
	unknown family = iota
	pkcs1
	pss
	ecdsaFixed
	eddsa
)

// schemeOf returns the scheme of an algorithm name. `none` and the HS
// algorithms have none: nothing here ever verifies with a shared secret.
func schemeOf(alg string) scheme {
	switch alg {
	case "RS256":
		return scheme{pkcs1, crypto.SHA256, nil}
	case "RS384":
		return scheme{pkcs1, crypto.SHA384, nil}
	case "RS512":
		return scheme{pkcs1, crypto.SHA512, nil}
	case "PS256":
		return scheme{pss, crypto.SHA256, nil}
	case "PS384":
		return scheme{pss, crypto.SHA384, nil}
	case "PS512":
		return scheme{pss, crypto.SHA512, nil}
	case "ES256":
		return scheme{ecdsaFixed, crypto.SHA256, elliptic.P256()}
	case "ES384":
		return scheme{ecdsaFixed, crypto.SHA384, elliptic.P384()}
	case "ES512":
		return scheme{ecdsaFixed, crypto.SHA512, elliptic.P521()}
	case "EdDSA":
		return scheme{eddsa, 0, nil}
	}
	return scheme{}
}

// Known reports whether alg is one of RS256, RS384, RS512, PS256, PS384,
// PS512, ES256, ES384, ES512 and EdDSA, spelled exactly so.
func Known(alg string) bool { return schemeOf(alg).family != unknown }

// FitsAlgorithm reports whether key is of the type, and for ES algorithms on
// the curve, that alg signs with.
func FitsAlgorithm(alg string, key crypto.PublicKey) bool {
	return schemeOf(alg).fits(key)
}

func (s scheme) fits(key crypto.PublicKey) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return s.family == pkcs1 || s.family == pss
	case *ecdsa.PublicKey:
		return s.family == ecdsaFixed && k.Curve == s.curve
	case ed25519.PublicKey:
		return s.family == eddsa && len(k) == ed25519.PublicKeySize
	}
	return false
}

// Verify checks a signature over signingInput. key must be one that
// [ParsePublicKey] accepts: *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
// The error is [ErrSignature] or nil.
func Verify(alg string, key crypto.PublicKey, signingInput, signature []byte) error {
	s := schemeOf(alg)
	if !s.fits(key) {
		return ErrSignature
	}
	valid := false
	switch k := key.(type) {
	case *rsa.PublicKey:
		var sum [sha512.Size]byte
		digest := s.digest(&sum, signingInput)
		if s.family == pkcs1 {
			valid = rsa.VerifyPKCS1v15(k, s.hash, digest, signature) == nil
		} else {
			// RFC 7518 section 3.5: the salt is as long as the hash.
			valid = rsa.VerifyPSS(k, s.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		var sum [sha512.Size]byte
		var der [maxDERBytes]byte
		size := (k.Curve.Params().BitSize + 7) / 8
		// RFC 7518 section 3.4: r and s, each exactly as long as the order.
		if len(signature) == 2*size {
			valid = ecdsa.VerifyASN1(k, s.digest(&sum, signingInput), appendDER(der[:0], signature[:size], signature[size:]))
		}
	case ed25519.PublicKey:
		valid = ed25519.Verify(k, signingInput, signature)
	}
	if !valid {
		return ErrSignature
	}
	return nil
}

func (s scheme) digest(sum *[sha512.Size]byte, data []byte) []byte {
	switch s.hash {
	case crypto.SHA256:
		h := sha256.Sum256(data)
		return append(sum[:0], h[:]...)
	case crypto.SHA384:
		h := sha512.Sum384(data)
		return append(sum[:0], h[:]...)
	default:
		h := sha512.Sum512(data)
		return append(sum[:0], h[:]...)
	}
}

// maxDERBytes holds the DER form of a P-521 signature: a sequence header of
// three bytes and two integers of at most 66 bytes with headers of two bytes.
const maxDERBytes = 3 + 2*(2+66)

// appendDER writes r and s as the ASN.1 sequence of two integers that
// crypto/ecdsa reads.
func appendDER(der, r, s []byte) []byte {
	r, s = trimZeros(r), trimZeros(s)
	n := integerBytes(r) + integerBytes(s)
	der = append(der, 0x30)
	if n >= 0x80 {
		der = append(der, 0x81)
	}
	der = append(der, byte(n)) //nolint:gosec // at most maxDERBytes
	return appendInteger(appendInteger(der, r), s)
}

func trimZeros(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// integerBytes is the length of the DER integer, header included.
func integerBytes(b []byte) int { return 2 + len(b) + int(b[0]>>7) }

func appendInteger(der, b []byte) []byte {
	der = append(der, 0x02, byte(integerBytes(b)-2)) //nolint:gosec // likewise
	if b[0]>>7 == 1 {                                // a leading zero keeps it positive
		der = append(der, 0)
	}
	return append(der, b...)
}
