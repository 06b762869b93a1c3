package strictjson

import "bytes"

// Beyond this many members in one object, names are compared through a map, so
// that an object of thousands of members does not cost quadratic time.
const linearNames = 32

// place is where a name stands in data, between the quotes. The highest bit of
// end is set if there are escapes in it.
type place struct{ begin, end uint32 }

const escapedBit = 1 << 31

// object is what is known of the names of an open object.
type object struct {
	from  int                 // its first place
	marks uint64              // a bit for each name; equal names have the same
	seen  map[string]struct{} // the names once there are many
}

// mark returns the bit of a name. Most names of an object differ in it, so that
// they need not be compared.
func mark(name []byte) uint64 {
	n := len(name)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n)*7 + uint(name[0]) + uint(name[n/2])*3 + uint(name[n-1])*11) % 64)
}

// member reads a name and its colon.
func (s *Scanner) member(o *object) ([]byte, bool) {
	s.space()
	raw, escaped, ok := s.scanString()
	if !ok {
		return nil, false
	}
	name := raw
	if escaped {
		if name, ok = unescape(raw); !ok {
			return nil, false
		}
	}
	bit := mark(name)
	if o.marks&bit != 0 && s.repeats(o, name) {
		return nil, false
	}
	o.marks |= bit
	end := uint32(s.pos - 1)                            //nolint:gosec // Object refuses longer data
	p := place{begin: end - uint32(len(raw)), end: end} //nolint:gosec // likewise
	if escaped {
		p.end |= escapedBit
	}
	s.push(p)
	if o.seen != nil {
		o.seen[string(name)] = struct{}{}
	}
	return name, s.take(':')
}

// repeats reports whether the object has this name already.
func (s *Scanner) repeats(o *object, name []byte) bool {
	if o.seen == nil && s.count-o.from >= linearNames {
		o.seen = make(map[string]struct{}, 4*linearNames)
		for i := o.from; i < s.count; i++ {
			o.seen[string(s.nameAt(i))] = struct{}{}
		}
	}
	if o.seen != nil {
		_, twice := o.seen[string(name)]
		return twice
	}
	for i := o.from; i < s.count; i++ {
		if bytes.Equal(name, s.nameAt(i)) {
			return true
		}
	}
	return false
}

func (s *Scanner) push(p place) {
	if s.count < len(s.near) {
		s.near[s.count] = p
	} else {
		s.far = append(s.far[:s.count-len(s.near)], p)
	}
	s.count++
}

func (s *Scanner) nameAt(i int) []byte {
	p := s.near[min(i, len(s.near)-1)]
	if i >= len(s.near) {
		p = s.far[i-len(s.near)]
	}
	end := p.end &^ escapedBit
	name := s.data[p.begin:end:end]
	if p.end != end {
		name, _ = unescape(name)
	}
	return name
}
