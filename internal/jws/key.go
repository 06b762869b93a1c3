package jws

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math/big"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

var (
	// ErrKey says that a JWK is not an acceptable public key.
	ErrKey = errors.New("jws: key not acceptable")
	// ErrKeySet says that a document is not a JWK Set with at least one entry.
	ErrKeySet = errors.New("jws: no JWK Set")
)

// Bounds of a key. Larger RSA keys make verification slow for everybody.
const (
	minRSABits       = 2048
	maxRSABits       = 8192
	maxKeySetEntries = 100
)

// Key is one public key. ID and Algorithm are empty if the JWK does not say
// them. Keys are immutable.
type Key struct {
	ID        string
	Algorithm string
	Public    crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// Fits reports whether the key may verify signatures of alg: by its type and
// curve, and by its own algorithm if it names one.
func (k Key) Fits(alg string) bool {
	return (k.Algorithm == "" || k.Algorithm == alg) && FitsAlgorithm(alg, k.Public)
}

// Same reports whether public is the same key by its material.
func (k Key) Same(public crypto.PublicKey) bool {
	switch mine := k.Public.(type) {
	case *rsa.PublicKey:
		other, ok := public.(*rsa.PublicKey)
		return ok && (mine == other || mine.Equal(other))
	case *ecdsa.PublicKey:
		other, ok := public.(*ecdsa.PublicKey)
		return ok && (mine == other || mine.Equal(other))
	case ed25519.PublicKey:
		return mine.Equal(public)
	}
	return false
}

// jwk is what is read of a JSON Web Key (RFC 7517, RFC 7518 section 6). Its
// members alias the text.
type jwk struct {
	kty, crv, kid, alg, use []byte
	n, e, x, y              []byte
	hasUse                  bool
	keyOps                  strictjson.Value
	illTyped                bool // a member of these is no string
}

// ParsePublicKey reads the key of one JWK object and nothing else of it: members
// that do not make up the key, such as `kid` and `alg`, may be anything. It
// refuses, as [ErrKey], what is no public signature key: symmetric keys, any
// private member, RSA outside 2048 to 8192 bits, with an exponent even or below 3
// or with a modulus that is known to be weak (ROCA), coordinates of another length
// than the curve's, points off the curve, unknown types and curves, and an object
// that is malformed.
func ParsePublicKey(object []byte) (crypto.PublicKey, error) {
	raw, err := readJWK(object)
	if err != nil {
		return nil, err
	}
	key, err := raw.key()
	return key.Public, err
}

// ParseKeySet reads a JWK Set (RFC 7517 section 5). Entries that are no usable
// signature keys are left out one by one: those that [ParsePublicKey] refuses,
// those with a `kid`, `alg` or another such member that is no string, those with
// another `use` than "sig", those whose `key_ops` lack "verify", and those behind
// the hundredth. So a set may come out empty without an error. [ErrKeySet] is
// returned if there is no `keys` array with at least one entry.
func ParseKeySet(document []byte) ([]Key, error) {
	// A map keeps the member names exact, which a struct would not. The entries
	// are read strictly; one bad entry must not take the others with it.
	var members map[string]json.RawMessage
	var entries []json.RawMessage
	if json.Unmarshal(document, &members) != nil ||
		json.Unmarshal(members["keys"], &entries) != nil || len(entries) == 0 {
		return nil, ErrKeySet
	}
	keys := make([]Key, 0, min(len(entries), maxKeySetEntries))
	for _, entry := range entries[:min(len(entries), maxKeySetEntries)] {
		raw, err := readJWK(entry)
		if err != nil || !raw.verifies() {
			continue
		}
		if key, err := raw.published(); err == nil {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func readJWK(object []byte) (jwk, error) {
	var k jwk
	s := strictjson.Object(object)
	for s.Next() {
		var field *[]byte
		switch string(s.Name()) {
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
			return jwk{}, ErrKey
		case "key_ops":
			k.keyOps = s.Value()
		case "use":
			k.hasUse = true
			field = &k.use
		case "kty":
			field = &k.kty
		case "crv":
			field = &k.crv
		case "kid":
			field = &k.kid
		case "alg":
			field = &k.alg
		case "n":
			field = &k.n
		case "e":
			field = &k.e
		case "x":
			field = &k.x
		case "y":
			field = &k.y
		}
		if field != nil {
			var ok bool
			*field, ok = s.Value().Bytes()
			k.illTyped = k.illTyped || !ok
		}
	}
	if s.Err() != nil {
		return jwk{}, ErrKey
	}
	return k, nil
}

// verifies reports whether the publisher meant the key for signatures
// (RFC 7517 sections 4.2 and 4.3).
func (k jwk) verifies() bool {
	if k.hasUse && string(k.use) != "sig" {
		return false
	}
	if k.keyOps.Kind == strictjson.Invalid {
		return true
	}
	for op := range k.keyOps.Elements() {
		if text, ok := op.Text(); ok && text == "verify" {
			return true
		}
	}
	return false
}

// published is key for one that an issuer publishes: what it says besides must be
// readable too.
func (k jwk) published() (Key, error) {
	if k.illTyped {
		return Key{}, ErrKey
	}
	return k.key()
}

func (k jwk) key() (Key, error) {
	var public crypto.PublicKey
	var err error
	switch string(k.kty) {
	case "RSA":
		public, err = k.rsa()
	case "EC":
		public, err = k.ec()
	case "OKP":
		public, err = k.okp()
	default:
		err = ErrKey
	}
	if err != nil {
		return Key{}, err
	}
	return Key{ID: string(k.kid), Algorithm: string(k.alg), Public: public}, nil
}

func (k jwk) rsa() (*rsa.PublicKey, error) {
	n, err := decode(k.n)
	if err != nil {
		return nil, err
	}
	e, err := decode(k.e)
	if err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if bits := modulus.BitLen(); bits < minRSABits || bits > maxRSABits || modulus.Bit(0) == 0 || isROCA(n) {
		return nil, ErrKey
	}
	// crypto/rsa takes exponents up to 2^31-1.
	if exponent.BitLen() > 31 || exponent.Bit(0) == 0 || exponent.Int64() < 3 {
		return nil, ErrKey
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func (k jwk) ec() (*ecdsa.PublicKey, error) {
	var curve elliptic.Curve
	switch string(k.crv) {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return nil, ErrKey
	}
	// RFC 7518 section 6.2.1.2: exactly as long as the curve's field.
	size := (curve.Params().BitSize + 7) / 8
	point := append(make([]byte, 0, 1+2*size), 4)
	for i, coordinate := range [...][]byte{k.x, k.y} {
		var err error
		if point, err = appendDecoded(point, coordinate); err != nil || len(point) != 1+(i+1)*size {
			return nil, ErrKey
		}
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point) // checks that it is on the curve
	if err != nil {
		return nil, ErrKey
	}
	return public, nil
}

func (k jwk) okp() (ed25519.PublicKey, error) {
	x, err := decode(k.x)
	if err != nil || string(k.crv) != "Ed25519" || len(x) != ed25519.PublicKeySize {
		return nil, ErrKey
	}
	return ed25519.PublicKey(x), nil
}

// decode reads one base64url member of a key.
func decode(member []byte) ([]byte, error) { return appendDecoded(nil, member) }

func appendDecoded(dst, member []byte) ([]byte, error) {
	// The decoder ignores line breaks, strict or not.
	if len(member) == 0 || bytes.ContainsAny(member, "\r\n") {
		return nil, ErrKey
	}
	dst, err := strictBase64.AppendDecode(dst, member)
	if err != nil {
		return nil, ErrKey
	}
	return dst, nil
}
