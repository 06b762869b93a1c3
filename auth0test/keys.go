package auth0test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// signingKey is one key pair; its id is the RFC 7638 thumbprint.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func newSigningKey() signingKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("auth0test: generating a key: %v", err)) // the machine has no randomness
	}
	thumbprint, err := (&jose.JSONWebKey{Key: &private.PublicKey}).Thumbprint(crypto.SHA256)
	if err != nil {
		panic(fmt.Sprintf("auth0test: thumbprint of a new RSA key: %v", err))
	}
	return signingKey{id: base64.RawURLEncoding.EncodeToString(thumbprint), private: private}
}

// jwk is the public half as a JSON object that an edit may change.
func (k signingKey) jwk() map[string]any {
	public := jose.JSONWebKey{
		Key: &k.private.PublicKey, KeyID: k.id, Algorithm: string(jose.RS256), Use: "sig",
	}
	text, err := public.MarshalJSON()
	if err != nil {
		panic(fmt.Sprintf("auth0test: writing a public RSA key: %v", err))
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		panic(fmt.Sprintf("auth0test: reading a public RSA key: %v", err))
	}
	return object
}

// RotateKeys makes a new key that signs from now on. The old ones stay published, as in an orderly
// rotation: tokens from before still verify.
func (t *Tenant) RotateKeys() {
	fresh := newSigningKey()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys = append([]signingKey{fresh}, t.keys...)
}

// ReplaceKeys makes a new key and drops all others without notice, as after a leak: no token from before
// verifies any more.
func (t *Tenant) ReplaceKeys() {
	fresh := newSigningKey()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys = []signingKey{fresh}
}

// KeyID returns the kid of the key that signs now.
func (t *Tenant) KeyID() string {
	return t.signingKey().id
}

func (t *Tenant) signingKey() signingKey {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys[0]
}

func (t *Tenant) publishedKeys() []signingKey {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys // never changed in place
}

// serveKeys is the jwks_uri, RFC 7517 section 5.
func (t *Tenant) serveKeys(w http.ResponseWriter, _ *http.Request) {
	keys := []any{}
	for _, key := range t.publishedKeys() {
		keys = append(keys, key.jwk())
	}
	t.servePublic(w, map[string]any{"keys": keys}, t.edit().keys)
}
