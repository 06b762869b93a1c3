package jws

// rocaPrimes are those of the first primes modulo which the powers of 65537 are
// not simply all numbers.
var rocaPrimes = [...]uint32{
	11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157, 181, 191,
	193, 197, 199, 227, 229, 233, 239, 241, 257, 263, 269, 277, 281, 283, 293, 307, 317, 331,
}

// isROCA reports whether a modulus is from the chips whose keys can be factored
// (CVE-2017-15361): modulo every small prime it is a power of 65537, which of
// other keys is one in 2^74. A private key that anybody can compute signs for
// nobody.
func isROCA(modulus []byte) bool {
	for _, prime := range rocaPrimes {
		rest := uint32(0)
		for _, b := range modulus {
			rest = (rest<<8 | uint32(b)) % prime
		}
		if !isPowerOf65537(rest, prime) {
			return false // nearly always with the first primes
		}
	}
	return true
}

func isPowerOf65537(n, prime uint32) bool {
	for power := uint32(1); ; {
		if power == n {
			return true
		}
		if power = power * (65537 % prime) % prime; power == 1 {
			return false
		}
	}
}
