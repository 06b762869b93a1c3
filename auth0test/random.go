package auth0test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// random returns 32 random bytes in base64url: a code, a token, a cookie, an id.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest stands for a secret in the store. What is looked up is the hash, so that the time of a look-up
// says nothing about the secret.
type digest [sha256.Size]byte

func digestOf(secret string) digest {
	return sha256.Sum256([]byte(secret))
}
