package strictjson

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// scanString reads a string and returns its text between the quotes, with
// escapes checked for form but not resolved.
func (s *Scanner) scanString() (raw []byte, escaped, ok bool) {
	data, i := s.data, s.pos
	if i == len(data) || data[i] != '"' {
		return nil, false, false
	}
	i++
	begin := i
	for {
		for len(data)-i >= 8 && isPlain(binary.LittleEndian.Uint64(data[i:])) {
			i += 8
		}
		// What is not plain is among the next eight.
		for i < len(data) && data[i] >= 0x20 && data[i] != '"' && data[i] != '\\' {
			i++
		}
		switch {
		case i == len(data) || data[i] < 0x20:
			return nil, false, false
		case data[i] == '"':
			s.pos = i + 1
			return data[begin:i:i], escaped, true
		}
		n := escapeLength(data[i:])
		if n == 0 {
			return nil, false, false
		}
		escaped = true
		i += n
	}
}

// isPlain reports whether none of eight bytes is a quote, a backslash or a control
// character. Each of the three terms has a top bit where a byte is zero, zero, or
// below 0x20; a borrow can set one too, but only behind such a byte.
func isPlain(eight uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := eight^('"'*ones), eight^('\\'*ones)
	return ((quote-ones)&^quote|(backslash-ones)&^backslash|(eight-0x20*ones)&^eight)&tops == 0
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
	i := bytes.IndexByte(raw, '\\')
	if i < 0 {
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
