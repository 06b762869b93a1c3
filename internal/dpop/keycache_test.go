package dpop_test

import (
	"crypto"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// Only a good signature shows that somebody holds the key; what the proof is for
// does not matter.
func TestHeaderIsRememberedAfterAGoodSignature(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	good := mint(t, "ES256", key, goodClaims())
	v := dpop.NewVerifier(rules)
	if _, err := v.Read(good); err != nil || v.Knows(good) {
		t.Errorf("remembered after reading: %v, %v", v.Knows(good), err)
	}
	forged := forge(t, newKey(t, "ES256"), goodHeader(t, key), goodPayload(t))
	if _, _, err := checkOnce(v, forged, request()); !errors.Is(err, dpop.ErrSignature) || v.Knows(forged) {
		t.Errorf("remembered after a forged proof: %v, %v", v.Knows(forged), err)
	}
	elsewhere := mint(t, "ES256", key, with(map[string]any{"htm": "POST"}))
	if _, _, err := checkOnce(v, elsewhere, request()); !errors.Is(err, dpop.ErrMethod) || !v.Knows(good) {
		t.Errorf("remembered after a proof for another request: %v, %v", v.Knows(good), err)
	}
	if _, _, err := checkOnce(v, forged, request()); !errors.Is(err, dpop.ErrSignature) {
		t.Errorf("a forged proof with a known key: %v, want ErrSignature", err)
	}
	if n := v.Remembered(); n > 1 {
		t.Errorf("%d headers of one key", n)
	}
}

// A header that differs in anything is another header, with its own verdict.
func TestHeaderIsRememberedAsAWhole(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	if _, _, err := check(t, v, forge(t, key, goodHeader(t, key), goodPayload(t)), request()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		header string
		want   error
	}{
		"another type":      {strings.Replace(goodHeader(t, key), "dpop+jwt", "jwt", 1), dpop.ErrType},
		"another algorithm": {strings.Replace(goodHeader(t, key), `"ES256"`, `"none"`, 1), dpop.ErrAlgorithm},
		"another key":       {goodHeader(t, newKey(t, "ES256")), dpop.ErrSignature},
		"a critical member": {strings.Replace(goodHeader(t, key), "{", `{"crit":[],`, 1), dpop.ErrMalformed},
		"a space more":      {goodHeader(t, key) + " ", nil},
	} {
		if _, _, err := check(t, v, forge(t, key, test.header, goodPayload(t)), request()); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// What Verifiers accept is theirs alone.
func TestVerifiersShareNoHeaders(t *testing.T) {
	t.Parallel()
	text := mint(t, "ES384", newKey(t, "ES384"), goodClaims())
	if _, _, err := check(t, dpop.NewVerifier(rules), text, request()); err != nil {
		t.Fatal(err)
	}
	other := dpop.NewVerifier(dpop.Rules{Algorithms: []string{"ES256"}, MaxAge: rules.MaxAge, Leeway: rules.Leeway})
	if _, _, err := check(t, other, text, request()); !errors.Is(err, dpop.ErrAlgorithm) {
		t.Errorf("%v, want ErrAlgorithm", err)
	}
}

// One client can send as many headers as it likes, and as long ones as fit.
func TestRememberedHeadersAreBounded(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	const limit = 1024
	for i := range 2 * limit {
		text := forge(t, key, strings.Replace(goodHeader(t, key), "{", `{"kid":`+strconv.Itoa(i)+`,`, 1), goodPayload(t))
		if _, _, err := checkOnce(v, text, request()); err != nil || !v.Knows(text) {
			t.Fatalf("number %d: %v, remembered: %v", i, err, v.Knows(text))
		}
	}
	if n := v.Remembered(); n > limit || n < limit/2 {
		t.Errorf("%d headers are remembered, want at most %d", n, limit)
	}
	length := func(size int) string { // of the header segment
		return goodHeader(t, key) + strings.Repeat(" ", size/4*3-len(goodHeader(t, key)))
	}
	for size, want := range map[int]bool{2048: true, 2052: false} {
		text := forge(t, key, length(size), goodPayload(t))
		if strings.IndexByte(text, '.') != size {
			t.Fatalf("a header segment of %d bytes instead of %d", strings.IndexByte(text, '.'), size)
		}
		if _, _, err := check(t, v, text, request()); err != nil || v.Knows(text) != want {
			t.Errorf("%d bytes: %v, remembered: %v, want %v", size, err, v.Knows(text), want)
		}
	}
}

// Many clients at once: everybody gets their own verdict, key and claims.
func TestConcurrentProofs(t *testing.T) {
	t.Parallel()
	v := dpop.NewVerifier(rules)
	keys := make([]crypto.Signer, 6)
	for i := range keys {
		keys[i] = newKey(t, "ES256")
	}
	var group sync.WaitGroup
	for i := range 12 {
		key := keys[i%len(keys)]
		id := "proof " + strconv.Itoa(i)
		good := mint(t, "ES256", key, with(map[string]any{"jti": id}))
		forged := forge(t, keys[(i+1)%len(keys)], goodHeader(t, key), goodPayload(t))
		_, want, err := checkOnce(dpop.NewVerifier(rules), good, request())
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for range 20 {
				if claims, thumbprint, err := checkOnce(v, good, request()); err != nil || string(claims.ID) != id || thumbprint != want {
					t.Errorf("%s: %q, %v", id, claims.ID, err)
				}
				if _, _, err := checkOnce(v, forged, request()); !errors.Is(err, dpop.ErrSignature) {
					t.Errorf("forged: %v", err)
				}
			}
		})
	}
	group.Wait()
}
