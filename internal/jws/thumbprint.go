package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
)

// thumbprintBytes holds the canonical form of every key but RSA ones, which
// grow.
const thumbprintBytes = 256

// Thumbprint returns the JWK thumbprint of a public key (RFC 7638 with SHA-256,
// RFC 8037 section 2 for Ed25519): the hash of its required members in one fixed
// form, whatever the JWK looked like that it was read from. The key is an
// *rsa.PublicKey, an *ecdsa.PublicKey on P-256, P-384 or P-521, or an
// ed25519.PublicKey, as [ParsePublicKey] makes them. The error is [ErrKey] or nil.
func Thumbprint(public crypto.PublicKey) ([sha256.Size]byte, error) {
	form := make([]byte, 0, thumbprintBytes)
	switch key := public.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil || key.N.Sign() <= 0 || key.E <= 0 {
			return [sha256.Size]byte{}, ErrKey
		}
		// RFC 7518 section 6.3.1: no leading zero octets.
		form = appendMember(append(form, `{"e":"`...), big.NewInt(int64(key.E)).Bytes())
		form = appendMember(append(form, `","kty":"RSA","n":"`...), key.N.Bytes())
	case *ecdsa.PublicKey:
		if key == nil || key.Curve == nil {
			return [sha256.Size]byte{}, ErrKey
		}
		name := key.Curve.Params().Name
		point, err := key.Bytes() // 4, x, y; both as long as the field
		if err != nil || name != "P-256" && name != "P-384" && name != "P-521" {
			return [sha256.Size]byte{}, ErrKey
		}
		size := len(point) / 2
		form = append(append(form, `{"crv":"`...), name...)
		form = appendMember(append(form, `","kty":"EC","x":"`...), point[1:1+size])
		form = appendMember(append(form, `","y":"`...), point[1+size:])
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			return [sha256.Size]byte{}, ErrKey
		}
		form = appendMember(append(form, `{"crv":"Ed25519","kty":"OKP","x":"`...), key)
	default:
		return [sha256.Size]byte{}, ErrKey
	}
	return sha256.Sum256(append(form, `"}`...)), nil
}

func appendMember(form, value []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(form, value)
}
