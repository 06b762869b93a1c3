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
