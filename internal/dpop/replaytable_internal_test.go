package dpop

import (
	"hash/maphash"
	"reflect"
	"testing"
)

// Long chains would be slow, and many of them large.
func TestChainsGrowWithTheTable(t *testing.T) {
	t.Parallel()
	numbers := table[uint32, uint32]{seed: maphash.MakeSeed()}
	for i := range uint32(10_000) {
		numbers.add(i)
		if chains := len(numbers.heads); chains < numbers.count || chains > max(2*numbers.count, fewCells) {
			t.Fatalf("%d chains for %d entries", chains, numbers.count)
		}
	}
}

// The collector looks through everything that may hold a pointer, a million proofs too.
func TestProofsHoldNoPointer(t *testing.T) {
	t.Parallel()
	for _, held := range []reflect.Type{
		reflect.TypeFor[cell[replayProof, struct{}]](), reflect.TypeFor[cell[replayGroup, uint32]](), reflect.TypeFor[dueEntry](),
	} {
		if holdsPointer(held) {
			t.Errorf("%v holds a pointer", held)
		}
		if held.Size() > 24 {
			t.Errorf("%v takes %d bytes", held, held.Size())
		}
	}
}

func holdsPointer(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return false
	case reflect.Array:
		return holdsPointer(t.Elem())
	case reflect.Struct:
		for field := range t.NumField() {
			if holdsPointer(t.Field(field).Type) {
				return true
			}
		}
		return false
	}
	return true
}
