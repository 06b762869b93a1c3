package dpop

import (
	"hash/maphash"
	"sync"
)

// everyStep is a limit for sweeps that must find everything.
const everyStep = int(^uint(0) >> 1)

// sweepSteps is how many expired keys one call forgets: more than it adds, so that
// what has piled up goes away without anybody waiting for it.
const sweepSteps = 4

type (
	replayGroup [replayGroupBytes]byte
	replayTail  [replayTailBytes + 1]byte
	// replayProof is a key in its shard: place of the group, and tail.
	replayProof struct {
		group uint32
		tail  replayTail
	}
)

// replayShard holds the keys of some groups. Nothing in it is a pointer to a key,
// so the garbage collector has nothing to look through.
type replayShard struct {
	mu     sync.Mutex
	groups table[replayGroup, uint32] // how many keys it has
	proofs table[replayProof, struct{}]
	due    dueHeap
	_      [64]byte // keeps the locks of two shards apart
}

func (s *replayShard) init(seed maphash.Seed) {
	s.groups.seed, s.proofs.seed = seed, seed
}

func (s *replayShard) remember(m *ReplayMemory, group replayGroup, tail replayTail, now, end int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(m, now, sweepSteps)
	g, seen := s.find(group, tail)
	if seen || s.holds(g, m.share) {
		// It matters now that nothing is left that has expired.
		s.sweep(m, now, everyStep)
		g, seen = s.find(group, tail)
	}
	switch {
	case seen:
		return false, nil
	case s.holds(g, m.share):
		return false, ErrReplayShare
	case len(s.due) >= 1<<placeBits-1 || !m.reserve():
		return false, ErrReplayFull
	}
	if g == 0 {
		g = s.groups.add(group)
	}
	s.groups.cells[g].value++
	s.due.push(end, s.proofs.add(replayProof{g, tail}))
	return true, nil
}

// tend forgets expired keys, for a call that concerns another shard.
func (s *replayShard) tend(m *ReplayMemory, now int64, steps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(m, now, steps)
}

// find returns the place of the group, 0 if it has none, and whether the key is
// there, expired or not.
func (s *replayShard) find(group replayGroup, tail replayTail) (g uint32, seen bool) {
	g = s.groups.find(group)
	return g, g != 0 && s.proofs.find(replayProof{g, tail}) != 0
}

func (s *replayShard) holds(group uint32, n int64) bool {
	return group != 0 && int64(s.groups.cells[group].value) >= n
}

// sweep forgets up to a number of keys that have expired, the oldest first.
func (s *replayShard) sweep(m *ReplayMemory, now int64, steps int) {
	forgotten := 0
	for ; forgotten < steps && len(s.due) > 0 && s.due[0].end() <= now; forgotten++ {
		s.forget(s.due.pop())
	}
	if forgotten == 0 {
		return
	}
	m.held.Add(-int64(forgotten))
	if s.proofs.sparse() || s.groups.sparse() {
		s.repack()
	}
}

func (s *replayShard) forget(place uint32) {
	g := s.proofs.cells[place].key.group
	s.proofs.remove(place)
	if s.groups.cells[g].value--; s.groups.cells[g].value == 0 {
		s.groups.remove(g)
	}
}

// repack moves the keys into tables of their size. It is done when three of four
// places are empty, so it costs less than it cost to fill them.
func (s *replayShard) repack() {
	groups, proofs, due := s.groups, s.proofs, s.due
	s.groups, s.proofs, s.due = groups.emptied(), proofs.emptied(), make(dueHeap, 0, len(due))
	for _, entry := range due {
		key := proofs.cells[entry.place()].key
		group := groups.cells[key.group].key
		g := s.groups.find(group)
		if g == 0 {
			g = s.groups.add(group)
		}
		s.groups.cells[g].value++
		s.due.push(entry.end(), s.proofs.add(replayProof{g, key.tail}))
	}
}
