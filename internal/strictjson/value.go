package strictjson

import (
	"iter"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
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

// escapeLength returns the length of the escape at the start of text, 0 if it
// is none. A surrogate counts only as the first half of a pair (RFC 7493
// section 2.1): two readers may take a lone one for different texts.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(text)
		switch {
		case !ok:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		}
		low, ok := hex4(text[6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return 0
		}
		return 12
	}
	return 0
}

// hex4 reads \uXXXX at the start of text.
func hex4(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, b := range text[2:6] {
		switch {
		case '0' <= b && b <= '9':
			r = r<<4 | rune(b-'0')
		case 'a' <= b && b <= 'f':
			r = r<<4 | rune(b-'a'+10)
		case 'A' <= b && b <= 'F':
			r = r<<4 | rune(b-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unescape resolves the escapes of a string's text, which it returns as it is
// if there are none.
func unescape(raw []byte) ([]byte, bool) {
	i := 0
	for i < len(raw) && raw[i] != '\\' {
		i++
	}
	if i == len(raw) {
		return raw, true
	}
	text := append(make([]byte, 0, len(raw)), raw[:i]...)
	for i < len(raw) {
		if raw[i] != '\\' {
			text = append(text, raw[i])
			i++
			continue
		}
		n := escapeLength(raw[i:])
		switch {
		case n == 0:
			return nil, false
		case n == 2:
			text = append(text, plainEscape(raw[i+1]))
		default:
			r, _ := hex4(raw[i:])
			if n == 12 {
				low, _ := hex4(raw[i+6:])
				r = utf16.DecodeRune(r, low)
			}
			text = utf8.AppendRune(text, r)
		}
		i += n
	}
	return text, true
}

func plainEscape(b byte) byte {
	switch b {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return b
}
