package auth0test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"
)

// Sign makes any token, odd ones included. The header is {"alg": "RS256", "typ": "JWT", "kid": …} with the
// given members over it, of which a nil value removes one; the claims are those given and no others.
//
// The alg of the header decides how the tenant's key is used: RS256 to PS512 as they say, "none" leaves
// the signature empty, HS256 takes the public key in PEM form for a secret (the confusion that careless
// verifiers fall for). Anything else is signed with RS256, whatever the header claims.
//
// Sign panics if header or claims cannot be written as JSON.
func (t *Tenant) Sign(header map[string]any, claims Claims) string {
	key := t.signingKey()
	full := key.header()
	overlay(full, header)
	payload := map[string]any{}
	overlay(payload, claims)
	return key.sign(full, payload)
}

// issue signs what an endpoint answers with, after the change of the test, if there is one.
func (t *Tenant) issue(typ string, claims map[string]any, edit func(header, claims map[string]any)) string {
	key := t.signingKey()
	header := key.header()
	header["typ"] = typ
	if edit != nil {
		edit(header, claims)
	}
	return key.sign(header, claims)
}

func (k signingKey) header() map[string]any {
	return map[string]any{"alg": "RS256", "typ": "JWT", "kid": k.id}
}

func (k signingKey) sign(header, claims map[string]any) string {
	input := segment(header) + "." + segment(claims)
	alg, _ := header["alg"].(string)
	return input + "." + base64.RawURLEncoding.EncodeToString(signature(alg, k.private, []byte(input)))
}

// overlay puts the changes over the set: nil removes, and a time becomes a NumericDate.
func overlay(set, changes map[string]any) {
	for name, value := range changes {
		switch value := value.(type) {
		case nil:
			delete(set, name)
		case time.Time:
			set[name] = value.Unix()
		default:
			set[name] = value
		}
	}
}

func segment(object map[string]any) string {
	text, err := encodeJSON(object)
	if err != nil {
		panic(fmt.Sprintf("auth0test: a token cannot hold this: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// encodeJSON is json.Marshal without the escapes that HTML needs and tokens do not.
func encodeJSON(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

func signature(alg string, key *rsa.PrivateKey, input []byte) []byte {
	switch alg {
	case "none":
		return nil
	case "HS256":
		return confusedSignature(&key.PublicKey, input)
	}
	hash := hashOf(alg)
	h := hash.New()
	h.Write(input)
	var options crypto.SignerOpts = hash
	switch alg {
	case "PS256", "PS384", "PS512":
		// RFC 7518 section 3.5: the salt is as long as the hash.
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	sig, err := key.Sign(rand.Reader, h.Sum(nil), options)
	if err != nil {
		panic(fmt.Sprintf("auth0test: signing: %v", err))
	}
	return sig
}

// confusedSignature is HS256 under the public key in PEM form, which is no secret.
func confusedSignature(public crypto.PublicKey, input []byte) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(fmt.Sprintf("auth0test: writing a public key: %v", err))
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write(input)
	return mac.Sum(nil)
}

// hashOf is the hash of an algorithm, RFC 7518 section 3.1; SHA-256 for what is none of ours.
func hashOf(alg string) crypto.Hash {
	switch alg {
	case "RS384", "PS384", "ES384":
		return crypto.SHA384
	case "RS512", "PS512", "ES512":
		return crypto.SHA512
	}
	return crypto.SHA256
}
