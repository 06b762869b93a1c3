package dpop

// dueHeap holds places in the order in which they are due: a heap with four
// children to each entry, which touches less memory than one with two. An entry
// is the time above placeBits of place.
type (
	dueHeap  []dueEntry
	dueEntry uint64
)

const dueChildren = 4

// placeBits leaves 40 bits for the time in milliseconds: 34 years.
const placeBits = 24

func (e dueEntry) end() int64    { return int64(e >> placeBits) }
func (e dueEntry) place() uint32 { return uint32(e & (1<<placeBits - 1)) }

func (h *dueHeap) push(end int64, place uint32) {
	entry := dueEntry(end)<<placeBits | dueEntry(place) //nolint:gosec // never negative
	*h = append(*h, entry)
	list, at := *h, len(*h)-1
	for at > 0 {
		parent := (at - 1) / dueChildren
		if list[parent] <= entry {
			break
		}
		list[at] = list[parent]
		at = parent
	}
	list[at] = entry
}

// pop removes the entry that is due first and returns its place.
func (h *dueHeap) pop() uint32 {
	list := *h
	first, last := list[0], list[len(list)-1]
	list = list[:len(list)-1]
	*h = list
	at := 0
	for {
		child := at*dueChildren + 1
		end := min(child+dueChildren, len(list))
		if child >= end {
			break
		}
		for other := child + 1; other < end; other++ {
			if list[other] < list[child] {
				child = other
			}
		}
		if last <= list[child] {
			break
		}
		list[at] = list[child]
		at = child
	}
	if len(list) > 0 {
		list[at] = last
	}
	return first.place()
}
