package dpop

import (
	"hash/maphash"
	"math/bits"
)

// fewCells is a table too small to be worth repacking.
const fewCells = 64

// table is a map without pointers that grows with what it holds, and whose
// entries keep their places. Place 0 means none.
type table[K comparable, V any] struct {
	seed  maphash.Seed
	heads []uint32 // of each chain, the place of its first entry
	cells []cell[K, V]
	free  uint32 // the first of the empty cells
	count int
}

type cell[K comparable, V any] struct {
	key   K
	value V
	next  uint32 // in its chain, or among the empty ones
}

func (t *table[K, V]) head(key K) *uint32 {
	return &t.heads[maphash.Comparable(t.seed, key)&uint64(len(t.heads)-1)] //nolint:gosec // not empty
}

// find returns the place of a key, or 0.
func (t *table[K, V]) find(key K) uint32 {
	if t.count == 0 {
		return 0
	}
	place := *t.head(key)
	for place != 0 && t.cells[place].key != key {
		place = t.cells[place].next
	}
	return place
}

// add enters a key that is not there yet.
func (t *table[K, V]) add(key K) uint32 {
	if t.count >= len(t.heads) {
		t.grow()
	}
	place := t.free
	if place != 0 {
		t.free = t.cells[place].next
	} else {
		place = uint32(len(t.cells)) //nolint:gosec // below 1 << placeBits
		t.cells = append(t.cells, cell[K, V]{})
	}
	head := t.head(key)
	t.cells[place] = cell[K, V]{key: key, next: *head}
	*head = place
	t.count++
	return place
}

// remove empties a place.
func (t *table[K, V]) remove(place uint32) {
	link := t.head(t.cells[place].key)
	for *link != place {
		link = &t.cells[*link].next
	}
	*link = t.cells[place].next
	t.cells[place] = cell[K, V]{next: t.free}
	t.free = place
	t.count--
}

// grow doubles the number of chains.
func (t *table[K, V]) grow() {
	old := t.heads
	if old == nil {
		t.cells = make([]cell[K, V], 1, fewCells/8) // place 0 is nobody's
	}
	t.heads = make([]uint32, max(2*len(old), fewCells/8))
	for _, place := range old {
		for place != 0 {
			moved := &t.cells[place]
			next := moved.next
			head := t.head(moved.key)
			moved.next, *head = *head, place
			place = next
		}
	}
}

// sparse reports whether three of four places are empty.
func (t *table[K, V]) sparse() bool {
	return len(t.cells) > fewCells && t.count < len(t.cells)/4
}

// emptied returns a table with room for what this one holds, and nothing in it.
func (t *table[K, V]) emptied() table[K, V] {
	empty := table[K, V]{seed: t.seed}
	if t.count > 0 {
		empty.cells = make([]cell[K, V], 1, t.count+t.count/4+1)
		empty.heads = make([]uint32, 1<<bits.Len(uint(t.count-1)))
	}
	return empty
}
