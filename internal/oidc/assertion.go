package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

const (
	// assertionLifetime is short: an assertion is made for one request.
	assertionLifetime = 60 * time.Second

	minSigningBits = 2048
	maxSigningBits = 8192
)

var (
	// ErrSigningKey says that a key cannot sign client assertions.
	ErrSigningKey = errors.New("oidc: the key is not RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, or Ed25519")
	// ErrSigningAlgorithm says that an algorithm is unknown or not one of the key.
	ErrSigningAlgorithm = errors.New("oidc: the algorithm is not one that the key can sign with")
	// ErrAssertion says that the key failed to sign.
	ErrAssertion = errors.New("oidc: the client assertion cannot be signed")
)

// Assertion makes client assertions for private_key_jwt (RFC 7523 section 2.2,
// OpenID Connect Core section 9). It prints nothing of the key.
type Assertion struct {
	key       crypto.Signer
	public    crypto.PublicKey
	keyID     string
	algorithm string
	hash      crypto.Hash // 0 for EdDSA, which takes the message itself
}

// NewAssertion takes the private key, which may live in a device: only its
// methods Public, now, and Sign, for each assertion, are called. keyID is the
// kid, none if empty. algorithm is empty for RS256, the ES algorithm of the
// curve, or EdDSA. Errors are [ErrSigningKey] and [ErrSigningAlgorithm].
func NewAssertion(key crypto.Signer, keyID, algorithm string) (*Assertion, error) {
	public, usual := inspect(key)
	if usual == "" {
		return nil, ErrSigningKey
	}
	if algorithm == "" {
		algorithm = usual
	}
	if !jws.FitsAlgorithm(algorithm, public) {
		return nil, ErrSigningAlgorithm
	}
	return &Assertion{key: key, public: public, keyID: keyID, algorithm: algorithm, hash: hashOf(algorithm)}, nil
}

// Try signs once for nobody, so that a key which does not work is found when the
// program starts. The error is [ErrAssertion].
func (a *Assertion) Try() error {
	if _, err := a.sign([]byte("trial")); err != nil {
		return fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	return nil
}

// String says how it signs.
func (a *Assertion) String() string { return "client assertion " + a.algorithm }

// GoString leaves the key out.
func (a *Assertion) GoString() string { return a.String() }

// inspect returns the public key and its usual algorithm, which is empty for a
// key that will not do. Keys of the standard library that are nil, empty or cut
// off panic when they are looked at.
func inspect(key crypto.Signer) (public crypto.PublicKey, usual string) {
	defer func() {
		if recover() != nil {
			public, usual = nil, ""
		}
	}()
	public = key.Public()
	return public, usualAlgorithm(public)
}

func usualAlgorithm(public crypto.PublicKey) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= minSigningBits && bits <= maxSigningBits {
			return "RS256"
		}
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return "ES256"
		case elliptic.P384():
			return "ES384"
		case elliptic.P521():
			return "ES512"
		}
	case ed25519.PublicKey:
		return "EdDSA"
	}
	return ""
}

func hashOf(algorithm string) crypto.Hash {
	switch algorithm {
	case "RS256", "PS256", "ES256":
		return crypto.SHA256
	case "RS384", "PS384", "ES384":
		return crypto.SHA384
	case "RS512", "PS512", "ES512":
		return crypto.SHA512
	}
	return 0
}

// assertionHeader and assertionClaims are the two parts (RFC 7523 section 3).
type assertionHeader struct {
	Algorithm string `json:"alg"`
	Type      string `json:"typ"`
	KeyID     string `json:"kid,omitempty"`
}

type assertionClaims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	ID        string `json:"jti"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expiry    int64  `json:"exp"`
}

// issue makes the assertion for one request to the issuer. The audience is the
// issuer and nothing else: an assertion for another address can be carried on
// to a server that it was not meant for.
func (a *Assertion) issue(clientID, issuer string, now time.Time) (string, error) {
	header, err := json.Marshal(assertionHeader{a.algorithm, "JWT", a.keyID})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	claims, err := json.Marshal(assertionClaims{
		Issuer: clientID, Subject: clientID, Audience: issuer,
		ID: rand.Text(), IssuedAt: now.Unix(), NotBefore: now.Unix(), Expiry: now.Add(assertionLifetime).Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	text := base64.RawURLEncoding.AppendEncode(nil, header)
	text = base64.RawURLEncoding.AppendEncode(append(text, '.'), claims)
	signature, err := a.sign(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), signature)), nil
}

// sign returns the signature in the form of RFC 7518 section 3.
func (a *Assertion) sign(input []byte) ([]byte, error) {
	options := crypto.SignerOpts(a.hash)
	if a.algorithm[0] == 'P' {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
	}
	signature, err := signedBy(a.key, a.digest(input), options)
	if err != nil {
		return nil, err
	}
	if public, ok := a.public.(*ecdsa.PublicKey); ok {
		if signature, err = fixedSignature(signature, (public.Params().BitSize+7)/8); err != nil {
			return nil, err
		}
	}
	// A device may have been set up with another key than it says. Nobody but
	// this program should have to find out.
	if err := jws.Verify(a.algorithm, a.public, input, signature); err != nil {
		return nil, err
	}
	return signature, nil
}

var errSigner = errors.New("oidc: the signer panicked")

// signedBy signs. Keys of the standard library of which only the public half is there
// panic, and what they say then is no text of ours.
func signedBy(key crypto.Signer, digest []byte, options crypto.SignerOpts) (signature []byte, err error) {
	defer func() {
		if recover() != nil {
			signature, err = nil, errSigner
		}
	}()
	return key.Sign(rand.Reader, digest, options)
}

func (a *Assertion) digest(input []byte) []byte {
	switch a.hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512(input)
		return sum[:]
	}
	return input
}

var errSignatureForm = errors.New("oidc: the signer returned no ASN.1 signature")

// fixedSignature turns the ASN.1 form that crypto.Signer returns into r and s,
// each as long as the order of the curve (RFC 7518 section 3.4).
func fixedSignature(der []byte, size int) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 {
		return nil, errSignatureForm
	}
	for _, n := range []*big.Int{pair.R, pair.S} {
		if n.Sign() <= 0 || n.BitLen() > 8*size {
			return nil, errSignatureForm
		}
	}
	signature := make([]byte, 2*size)
	pair.R.FillBytes(signature[:size])
	pair.S.FillBytes(signature[size:])
	return signature, nil
}
