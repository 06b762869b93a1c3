package strictjson

import (
	"iter"
	"strconv"
)

// Kind is the JSON type of a [Value].
type Kind uint8

// The JSON types. The zero Kind is that of a value which does not exist.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	ObjectKind
)

// Value is one JSON value that a [Scanner] has checked. Raw is its text, white
// space around it excluded, and aliases the scanned input. The zero Value is
// of kind Invalid.
type Value struct {
	Kind Kind
	Raw  []byte
}

// Text returns the content of a JSON string, and false for any other kind.
func (v Value) Text() (string, bool) {
	text, ok := v.Bytes()
	return string(text), ok
}

// Bytes is [Value.Text] without a copy: the content is a part of the scanned
// input, unless there are escapes in it. It must not be changed.
func (v Value) Bytes() ([]byte, bool) {
	if v.Kind != String {
		return nil, false
	}
	return unescape(v.Raw[1 : len(v.Raw)-1])
}

// Float returns the value of a JSON number, and false for any other kind and
// for a number beyond the range of float64.
func (v Value) Float() (float64, bool) {
	if v.Kind != Number {
		return 0, false
	}
	// Ten plain digits are what nearly every date in a token looks like.
	if len(v.Raw) <= 15 {
		n := 0
		for _, b := range v.Raw {
			if b < '0' || b > '9' {
				n = -1
				break
			}
			n = n*10 + int(b-'0')
		}
		if n >= 0 {
			return float64(n), true
		}
	}
	f, err := strconv.ParseFloat(string(v.Raw), 64)
	return f, err == nil
}

// Integer returns the value of a JSON number that is written as an integer
// (no fraction, no exponent) and fits int64, and false for anything else.
func (v Value) Integer() (int64, bool) {
	if v.Kind != Number {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.Raw), 10, 64)
	return n, err == nil
}

// Bool returns the value of true or false; ok is false for any other kind.
func (v Value) Bool() (value, ok bool) {
	return v.Kind == Bool && v.Raw[0] == 't', v.Kind == Bool
}

// Strings returns the elements of an array that holds strings and nothing
// else, and false for any other value. An empty array gives an empty slice.
func (v Value) Strings() ([]string, bool) {
	if v.Kind != Array {
		return nil, false
	}
	texts := []string{}
	for e := range v.Elements() {
		text, ok := e.Text()
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// Elements yields the elements of an array, and nothing for any other kind.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind != Array {
			return
		}
		s := Scanner{data: v.Raw, pos: 1}
		if s.take(']') {
			return
		}
		for {
			e, ok := s.scanValue(1)
			if !ok || !yield(e) || !s.take(',') {
				return
			}
		}
	}
}

// Members returns a Scanner over the members of an object. For any other kind
// the Scanner has an error.
func (v Value) Members() Scanner {
	if v.Kind != ObjectKind {
		return Scanner{}
	}
	return Object(v.Raw)
}
