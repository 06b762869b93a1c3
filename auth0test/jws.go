package auth0test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

// joseHeader is the header of a token that a client has signed, not yet verified.
type joseHeader map[string]json.RawMessage

// extended tells whether the header asks for something that RFC 7515 section 4.1.11 or RFC 7797 lets it ask for, which
// none of these tokens has.
func (h joseHeader) extended() bool {
	_, critical := h["crit"]
	_, unencoded := h["b64"]
	return critical || unencoded
}

// readSegments decodes strictly, so that of two spellings of a token only one passes.
func readSegments(text string) (header joseHeader, payload []byte, ok bool) {
	segments := strings.Split(text, ".")
	if len(segments) != 3 {
		return nil, nil, false
	}
	var decoded [3][]byte
	for i, segment := range segments {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(segment); err != nil {
			return nil, nil, false
		}
	}
	var claims map[string]json.RawMessage
	if !utf8.Valid(decoded[0]) || json.Unmarshal(decoded[0], &header) != nil ||
		!utf8.Valid(decoded[1]) || json.Unmarshal(decoded[1], &claims) != nil {
		return nil, nil, false
	}
	return header, decoded[1], true
}

// textOf is empty for what is no string.
func textOf(value json.RawMessage) string {
	var text string
	_ = json.Unmarshal(value, &text)
	return text
}

// fitsKey follows RFC 7518 sections 3.3 to 3.5 and RFC 8037 section 3.1. It knows public keys only.
func fitsKey(alg string, key any) bool {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return alg == map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.Curve.Params().Name]
	case ed25519.PublicKey:
		return alg == "EdDSA"
	case *rsa.PublicKey:
		size := key.N.BitLen()
		return isRSA(alg) && size >= 2048 && size <= 8192 && key.E >= 3 && key.E%2 == 1
	}
	return false
}
