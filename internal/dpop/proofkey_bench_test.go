package dpop_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

func BenchmarkProofOfKey(b *testing.B) {
	key, at := dpop.NewProofKey(), time.Now()
	for b.Loop() {
		if _, err := key.Proof("GET", "https://api.example/things", "", accessToken, at); err != nil {
			b.Fatal(err)
		}
	}
}

// What a proof cannot cost less than.
func BenchmarkSignatureAlone(b *testing.B) {
	key := newKey(b, "ES256")
	digest := make([]byte, 32)
	for b.Loop() {
		if _, err := key.Sign(nil, digest, crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseProofKey(b *testing.B) {
	text := dpop.NewProofKey().Text()
	for b.Loop() {
		if _, err := dpop.ParseProofKey(text); err != nil {
			b.Fatal(err)
		}
	}
}
