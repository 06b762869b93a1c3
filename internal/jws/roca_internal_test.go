package jws

import (
	"crypto/rand"
	"math/big"
	"testing"
)

// A modulus has the fingerprint only if it is a power of 65537 modulo all the
// primes: one wrong remainder, at the first prime or at the last, clears it.
func TestROCANeedsEveryPrime(t *testing.T) {
	t.Parallel()
	product := big.NewInt(1)
	for _, prime := range rocaPrimes {
		product.Mul(product, big.NewInt(int64(prime)))
	}
	weak := new(big.Int).Exp(big.NewInt(65537), big.NewInt(1_000_003), product)
	weak.Add(weak, new(big.Int).Lsh(product, 2048))
	if !isROCA(weak.Bytes()) || !isROCA(append([]byte{0}, weak.Bytes()...)) {
		t.Error("a weak modulus is not recognised")
	}
	for _, prime := range rocaPrimes {
		// Another remainder modulo this prime alone.
		step := new(big.Int).Div(product, big.NewInt(int64(prime)))
		other, cleared := new(big.Int).Set(weak), false
		for range prime {
			cleared = cleared || !isROCA(other.Add(other, step).Bytes())
		}
		if !cleared {
			t.Errorf("%d is not looked at", prime)
		}
	}
}

// One in 2^74: a random number that has the fingerprint is a mistake in it.
func TestROCAOfRandomNumbers(t *testing.T) {
	t.Parallel()
	for range 20_000 {
		n := make([]byte, 256)
		if _, err := rand.Read(n); err != nil {
			t.Fatal(err)
		}
		if isROCA(n) {
			t.Fatalf("%x has the fingerprint", n)
		}
	}
}

// The powers of 65537 modulo 11 are 1 and 10, modulo 331 1 and 330.
func TestPowersOf65537(t *testing.T) {
	t.Parallel()
	for _, prime := range []uint32{11, 331} {
		for n := range prime {
			if got, want := isPowerOf65537(n, prime), n == 1 || n == prime-1; got != want {
				t.Errorf("%d modulo %d: %v", n, prime, got)
			}
		}
	}
}
