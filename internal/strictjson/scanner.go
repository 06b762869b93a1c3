// Package strictjson reads one JSON object once, the way a security token has
// to be read: valid UTF-8, no member name twice at any depth, exact member
// names, bounded nesting, nothing behind the object.
//
// encoding/json folds the case of member names, keeps the last of two equal
// members and replaces what is not text, so that two readers of one token may
// see different claims (RFC 7519 section 4, RFC 8725 section 3.10 and RFC 7493
// ask for better). The [Scanner] here refuses such texts. It is a pull scanner
// over the members of the outermost object, does not allocate for ordinary
// input, and hands out values as parts of the input.
package strictjson

import (
	"bytes"
	"errors"
	"math"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest, the outermost object
// included.
const MaxDepth = 32

// ErrMalformed says that the text is not one JSON object by the rules of this
// package. It names no part of the text.
var ErrMalformed = errors.New("strictjson: malformed JSON object")

// Beyond this many members in one object, names are compared through a map, so
// that an object of thousands of members does not cost quadratic time.
const linearNames = 32

// Scanner walks the members of one object. Use:
//
//	s := strictjson.Object(data)
//	for s.Next() {
//		switch string(s.Name()) { … s.Value() … }
//	}
//	if err := s.Err(); err != nil { … }
//
// Nothing that was read may be believed before Err has returned nil: a later
// member can still repeat an earlier one. The zero Scanner has an error.
type Scanner struct {
	data  []byte
	pos   int
	state state
	name  []byte
	value Value

	// The names of all objects that are open, the outermost first. The first ones
	// live in the Scanner itself, as places and not as slices, so that it can stay
	// on the stack.
	near      [linearNames]place
	far       []place
	count     int
	outermost object
}

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

type state uint8

const (
	failed state = iota
	start
	inside
	done
)

// Object returns a Scanner over data, which must hold one JSON object and
// white space. The Scanner and its values alias data.
func Object(data []byte) Scanner {
	if len(data) > math.MaxInt32 || !utf8.Valid(data) {
		return Scanner{}
	}
	return Scanner{data: data, state: start}
}

// Next moves to the next member and reports whether there is one.
func (s *Scanner) Next() bool {
	switch s.state {
	case start:
		if !s.take('{') {
			return s.fail()
		}
		if s.take('}') {
			return s.finish()
		}
	case inside:
		if s.take('}') {
			return s.finish()
		}
		if !s.take(',') {
			return s.fail()
		}
	default:
		return false
	}
	name, ok := s.member(&s.outermost)
	if !ok {
		return s.fail()
	}
	s.name = name
	if s.value, ok = s.scanValue(1); !ok {
		return s.fail()
	}
	s.state = inside
	return true
}

// Name returns the name of the current member, unescaped. It must not be
// changed.
func (s *Scanner) Name() []byte { return s.name }

// Value returns the value of the current member.
func (s *Scanner) Value() Value { return s.value }

// Err returns nil when the whole object was read and is well formed, otherwise
// [ErrMalformed], also when members were left unread.
func (s *Scanner) Err() error {
	if s.state != done {
		return ErrMalformed
	}
	return nil
}

func (s *Scanner) fail() bool {
	s.state = failed
	s.value = Value{}
	return false
}

func (s *Scanner) finish() bool {
	s.space()
	if s.pos != len(s.data) {
		return s.fail()
	}
	s.state = done
	return false
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

// take skips white space and consumes b if it comes next.
func (s *Scanner) take(b byte) bool {
	s.space()
	if s.pos < len(s.data) && s.data[s.pos] == b {
		s.pos++
		return true
	}
	return false
}

func (s *Scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// scanValue reads one value; depth is that of the object or array around it.
func (s *Scanner) scanValue(depth int) (Value, bool) {
	s.space()
	if s.pos == len(s.data) {
		return Value{}, false
	}
	begin := s.pos
	var kind Kind
	var ok bool
	switch b := s.data[s.pos]; b {
	case '"':
		kind = String
		_, _, ok = s.scanString()
	case '{':
		kind = ObjectKind
		ok = depth < MaxDepth && s.scanObject(depth+1)
	case '[':
		kind = Array
		ok = depth < MaxDepth && s.scanArray(depth+1)
	case 't':
		kind, ok = Bool, s.literal("true")
	case 'f':
		kind, ok = Bool, s.literal("false")
	case 'n':
		kind, ok = Null, s.literal("null")
	default:
		kind, ok = Number, s.scanNumber()
	}
	if !ok {
		return Value{}, false
	}
	return Value{Kind: kind, Raw: s.data[begin:s.pos:s.pos]}, true
}

func (s *Scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return false
	}
	s.pos += len(word)
	return true
}

func (s *Scanner) scanObject(depth int) bool {
	s.pos++ // the brace
	if s.take('}') {
		return true
	}
	o := object{from: s.count}
	for {
		if _, ok := s.member(&o); !ok {
			return false
		}
		if _, ok := s.scanValue(depth); !ok {
			return false
		}
		if s.take('}') {
			s.count = o.from
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *Scanner) scanArray(depth int) bool {
	s.pos++ // the bracket
	if s.take(']') {
		return true
	}
	for {
		if _, ok := s.scanValue(depth); !ok {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// scanNumber reads a number by the grammar of RFC 8259 section 6.
func (s *Scanner) scanNumber() bool {
	if s.pos < len(s.data) && s.data[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos < len(s.data) && s.data[s.pos] == '0':
		s.pos++
	case !s.digits():
		return false
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *Scanner) digits() bool {
	begin := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > begin
}
