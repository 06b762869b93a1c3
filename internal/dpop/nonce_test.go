package dpop_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

const lifetime = 5 * time.Minute

var (
	nonceTime = time.Unix(0, 1750000000123456789)
	nonceKeys = [][]byte{bytes.Repeat([]byte("k"), 32), bytes.Repeat([]byte("o"), 40)}
)

// knownNonce was made at nonceTime under the first key, by node:crypto.
const knownNonce = "ARhJP7psSs0VSfLjgSh_HPpto2pi-NoLYUOG"

func TestNonceIsWhatAnotherImplementationMakes(t *testing.T) {
	t.Parallel()
	n := dpop.NewNonces(nonceKeys, lifetime)
	if got := n.Mint(nonceTime); got != knownNonce {
		t.Errorf("got %s, want %s", got, knownNonce)
	}
	if got := n.Check([]byte(knownNonce), nonceTime); got != dpop.NonceFresh {
		t.Errorf("it is %d, want fresh", got)
	}
}

func TestNonceByAge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lifetime, age time.Duration
		want          dpop.NonceState
	}{
		{lifetime, -30*time.Second - 1, dpop.NonceStale},
		{lifetime, -30 * time.Second, dpop.NonceFresh},
		{lifetime, 0, dpop.NonceFresh},
		{lifetime, 150 * time.Second, dpop.NonceFresh},
		{lifetime, 150*time.Second + 1, dpop.NonceAgeing},
		{lifetime, lifetime, dpop.NonceAgeing},
		{lifetime, lifetime + 1, dpop.NonceStale},
		{lifetime, 100 * 365 * 24 * time.Hour, dpop.NonceStale},
		{lifetime, -50 * 365 * 24 * time.Hour, dpop.NonceStale},
		{time.Second, 500 * time.Millisecond, dpop.NonceFresh},
		{time.Second, time.Second, dpop.NonceAgeing},
		{time.Second, time.Second + 1, dpop.NonceStale},
		{time.Second, -30 * time.Second, dpop.NonceFresh},
		{math.MaxInt64, 150 * 365 * 24 * time.Hour, dpop.NonceAgeing},
	} {
		n := dpop.NewNonces(nonceKeys, test.lifetime)
		if got := n.Check([]byte(n.Mint(nonceTime)), nonceTime.Add(test.age)); got != test.want {
			t.Errorf("lifetime %v, age %v: got %d, want %d", test.lifetime, test.age, got, test.want)
		}
	}
}

func TestNonceOfAnotherInstanceAndOfAnOldKey(t *testing.T) {
	t.Parallel()
	first, second := nonceKeys[0], nonceKeys[1]
	third := bytes.Repeat([]byte("x"), 32)
	nonce := []byte(dpop.NewNonces([][]byte{second, first}, lifetime).Mint(nonceTime))
	for _, test := range []struct {
		name string
		keys [][]byte
		want dpop.NonceState
	}{
		{"the same keys", [][]byte{second, first}, dpop.NonceFresh},
		{"one that has rotated", [][]byte{third, second}, dpop.NonceFresh},
		{"one that will mint with it", [][]byte{first, third, second}, dpop.NonceFresh},
		{"one that never had the minting key", [][]byte{first, third}, dpop.NonceStale},
	} {
		if got := dpop.NewNonces(test.keys, lifetime).Check(nonce, nonceTime); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

// The caller may wipe its copy of the keys.
func TestNoncesKeepNoKeyOfTheCaller(t *testing.T) {
	t.Parallel()
	key := bytes.Clone(nonceKeys[0])
	n := dpop.NewNonces([][]byte{key}, lifetime)
	clear(key)
	if got := n.Mint(nonceTime); got != knownNonce {
		t.Errorf("got %s, want %s", got, knownNonce)
	}
}

func TestNoncesNeedAKey(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("NewNonces without a key does not panic")
		}
	}()
	dpop.NewNonces(nil, lifetime)
}

// signedNonce makes a nonce as the format says, with whatever head and key.
func signedNonce(t *testing.T, key []byte, purpose string, version byte, minted int64) string {
	t.Helper()
	if purpose != "" {
		derived, err := hkdf.Key(sha256.New, key, nil, purpose, 32)
		if err != nil {
			t.Fatal(err)
		}
		key = derived
	}
	head := binary.BigEndian.AppendUint64([]byte{version}, uint64(minted))
	mac := hmac.New(sha256.New, key)
	mac.Write(head)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(head)[:27])
}

func TestNonceThatIsNotOurs(t *testing.T) {
	t.Parallel()
	const purpose = "ginauth0api v1 dpop-nonce"
	key, now := nonceKeys[0], nonceTime.UnixNano()
	n := dpop.NewNonces(nonceKeys, lifetime)
	if good := signedNonce(t, key, purpose, 1, now); good != knownNonce {
		t.Fatalf("this test makes %s, want %s", good, knownNonce)
	}
	for name, nonce := range map[string]string{
		"empty":                          "",
		"one character less":             knownNonce[:35],
		"three bytes less":               knownNonce[:32],
		"one character more":             knownNonce + "A",
		"padded":                         knownNonce + "=",
		"a space before":                 " " + knownNonce,
		"a line break after":             knownNonce + "\n",
		"a line break in it":             knownNonce[:20] + "\n" + knownNonce[20:],
		"a line break in place of some":  knownNonce[:32] + "\n\n\n\n",
		"another alphabet":               strings.NewReplacer("_", "/", "-", "+").Replace(knownNonce),
		"a byte that is not ASCII":       knownNonce[:35] + "\xff",
		"very long":                      strings.Repeat(knownNonce, 1000),
		"another case":                   strings.ToLower(knownNonce),
		"zeros":                          strings.Repeat("A", 36),
		"version 0":                      signedNonce(t, key, purpose, 0, now),
		"version 2":                      signedNonce(t, key, purpose, 2, now),
		"made with the key as it is":     signedNonce(t, key, "", 1, now),
		"made for another purpose":       signedNonce(t, key, "ginauth0 v1 session", 1, now),
		"made with another key":          signedNonce(t, bytes.Repeat([]byte("z"), 32), purpose, 1, now),
		"made at the end of time":        signedNonce(t, key, purpose, 1, math.MaxInt64),
		"made before the start of time":  signedNonce(t, key, purpose, 1, math.MinInt64),
		"made long ago":                  signedNonce(t, key, purpose, 1, 0),
		"made just before our clock":     signedNonce(t, key, purpose, 1, now-int64(lifetime)-1),
		"made with a nonce's own letter": knownNonce[:12] + strings.Repeat("A", 24),
	} {
		if got := n.Check([]byte(nonce), nonceTime); got != dpop.NonceStale {
			t.Errorf("%s: got %d, want stale", name, got)
		}
	}
}

// Whoever changes a bit, be it of version, time or MAC, has no nonce any more.
func TestNonceWithAFlippedBit(t *testing.T) {
	t.Parallel()
	n := dpop.NewNonces(nonceKeys, lifetime)
	decoded, err := base64.RawURLEncoding.DecodeString(knownNonce)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(decoded) {
		flipped := bytes.Clone(decoded)
		flipped[bit/8] ^= 1 << (bit % 8)
		if got := n.Check([]byte(base64.RawURLEncoding.EncodeToString(flipped)), nonceTime); got != dpop.NonceStale {
			t.Errorf("bit %d: got %d, want stale", bit, got)
		}
	}
}

func TestConcurrentNonces(t *testing.T) {
	t.Parallel()
	n := dpop.NewNonces(nonceKeys, lifetime)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 500 {
				minted := nonceTime.Add(time.Duration(worker*1000+i) * time.Millisecond)
				if got := n.Check([]byte(n.Mint(minted)), minted); got != dpop.NonceFresh {
					t.Errorf("got %d, want fresh", got)
				}
			}
		})
	}
	group.Wait()
}

func FuzzNonces(f *testing.F) {
	f.Add([]byte(knownNonce), int64(0))
	f.Add([]byte(knownNonce[:35]+"H"), int64(0))
	f.Add([]byte(knownNonce), int64(151*time.Second))
	f.Add([]byte(knownNonce), int64(-31*time.Second))
	f.Add([]byte("AA\nA"), int64(0))
	n := dpop.NewNonces(nonceKeys, lifetime)
	f.Fuzz(func(t *testing.T, nonce []byte, age int64) {
		before := bytes.Clone(nonce)
		got := n.Check(nonce, nonceTime.Add(time.Duration(age)))
		if !bytes.Equal(nonce, before) {
			t.Error("Check writes into the nonce")
		}
		switch {
		case got != dpop.NonceStale && string(nonce) != knownNonce:
			t.Errorf("%q is accepted", nonce) // forging needs luck of 2^-144
		case string(nonce) == knownNonce && (got == dpop.NonceStale) == (age >= -int64(30*time.Second) && age <= int64(lifetime)):
			t.Errorf("age %d: got %d", age, got)
		}
		minted := nonceTime.Add(time.Duration(age % int64(1000*time.Hour)))
		if n.Check([]byte(n.Mint(minted)), minted) != dpop.NonceFresh {
			t.Errorf("a nonce minted at %v is not accepted at once", minted)
		}
	})
}

func BenchmarkNonces(b *testing.B) {
	n := dpop.NewNonces(nonceKeys, lifetime)
	nonce := []byte(knownNonce)
	b.Run("mint", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n.Mint(nonceTime)
		}
	})
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n.Check(nonce, nonceTime)
		}
	})
}
