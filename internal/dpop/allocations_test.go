//go:build !race

package dpop_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"strconv"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// The race detector allocates too, so these run without it. What crypto/ecdsa
// allocates is its own affair and differs between versions of Go.
func TestAllocationsOfAKnownKey(t *testing.T) {
	key := newKey(t, "ES256")
	text := mint(t, "ES256", key, goodClaims())
	v := dpop.NewVerifier(rules)
	want := request()
	accept := func() {
		proof, err := v.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(&proof, want); err != nil {
			t.Fatal(err)
		}
		proof.Release()
	}
	accept()
	const own = 2 // the payload, the signature in another form
	floor := allocationsOfP256(t, key.Public().(*ecdsa.PublicKey), text)
	if n := testing.AllocsPerRun(200, accept); n > floor+own {
		t.Errorf("%v allocations, want at most %d besides the %v of crypto/ecdsa", n, own, floor)
	}
	if n := testing.AllocsPerRun(200, func() {
		proof, _ := v.Read(text)
		proof.Release()
	}); n > 1 {
		t.Errorf("%v allocations to read, want at most 1", n)
	}
}

func TestAllocationsOfAnUnknownKey(t *testing.T) {
	const runs = 100
	texts := make([]string, runs+1)
	for i := range texts {
		texts[i] = mint(t, "ES256", newKey(t, "ES256"), with(map[string]any{"jti": strconv.Itoa(i)}))
	}
	v := dpop.NewVerifier(rules)
	want := request()
	n := 0
	const limit = 27
	if got := testing.AllocsPerRun(runs, func() {
		proof, err := v.Read(texts[n])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(&proof, want); err != nil {
			t.Fatal(err)
		}
		proof.Release()
		n++
	}); got > limit {
		t.Errorf("%v allocations, want at most %d", got, limit)
	}
}

func TestAllocationsOfMatches(t *testing.T) {
	to := target(t, "https://api.example:443/v1 /things/.well-known/~a,b")
	htu := []byte("https://api.example/v1/things/a")
	to.Path = "/things/a"
	if n := testing.AllocsPerRun(200, func() {
		if !to.Matches(htu) {
			t.Fatal("no match")
		}
	}); n > 0 {
		t.Errorf("%v allocations to compare two plain URLs", n)
	}
}

func TestAllocationsOfHashToken(t *testing.T) {
	token := string(make([]byte, 970))
	if n := testing.AllocsPerRun(200, func() { dpop.HashToken(token) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func allocationsOfP256(t *testing.T, key *ecdsa.PublicKey, text string) float64 {
	t.Helper()
	input, der := derOf(t, text)
	return testing.AllocsPerRun(200, func() {
		sum := sha256.Sum256(input)
		if !ecdsa.VerifyASN1(key, sum[:], der) {
			t.Fatal("not valid")
		}
	})
}
