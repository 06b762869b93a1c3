package dpop

import "strings"

// Knows reports whether the header of a proof is remembered.
func (v *Verifier) Knows(proof string) bool {
	segment, _, _ := strings.Cut(proof, ".")
	return v.keys.header([]byte(segment)) != nil
}

// Remembered is the number of headers that are remembered.
func (v *Verifier) Remembered() int {
	count := 0
	for range v.keys.slots.Entries {
		count++
	}
	return count
}
