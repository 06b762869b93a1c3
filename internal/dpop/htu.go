package dpop

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// maxURLBytes bounds `htu`.
const maxURLBytes = 2048

// Target is the URL of a request as its client knows it, query and fragment left
// out. The zero Target matches nothing.
type Target struct {
	Scheme string              // "http" or "https"
	Host   authority.Authority // a port that the scheme implies is as good as none
	Prefix string              // what stands before Path in public: empty, or of the form "/v1"
	Path   string              // path of the request as received, escaped; may be empty
}

// Matches reports whether `htu` is this URL, after the normalisation that RFC
// 9449 section 4.3 recommends (RFC 3986 sections 6.2.2 and 6.2.3): scheme and
// host without case, default ports, escapes of unreserved characters and the
// case of escapes do not matter, nor do query and fragment. Everything else of
// the path does: `//`, a slash at the end, `%2F` against `/`.
//
// Dot segments are removed from htu alone. A request path with dot segments
// matches nothing: the router took it as it stands.
func (t Target) Matches(htu []byte) bool {
	if len(htu) > maxURLBytes || t.Scheme != "http" && t.Scheme != "https" || t.Host.Host == "" {
		return false
	}
	if t.Path != "" && t.Path[0] != '/' {
		return false // OPTIONS * has no URL
	}
	t.Host = t.Host.WithoutDefaultPort(t.Scheme)
	return t.equals(htu) || t.matchesNormalised(htu)
}

// equals is the usual case: the URL is written as simply as it can be, and is the
// same to the byte.
func (t *Target) equals(htu []byte) bool {
	rest, ok := cut(htu, t.Scheme, true)
	rest, ok = cut(rest, "://", ok)
	rest, ok = cut(rest, t.Host.Host, ok)
	if t.Host.Port != "" {
		rest, ok = cut(rest, ":", ok)
		rest, ok = cut(rest, t.Host.Port, ok)
	}
	path := rest
	rest, ok = cut(rest, t.Prefix, ok)
	return ok && string(rest) == t.Path && isPlain(path)
}

// cut takes word off the start of text, if ok held so far.
func cut(text []byte, word string, ok bool) ([]byte, bool) {
	if !ok || len(text) < len(word) || string(text[:len(word)]) != word {
		return nil, false
	}
	return text[len(word):], true
}

// isPlain reports whether an absolute path is its own normal form: no escapes,
// nothing that would have to be one, and nothing that begins like a dot segment.
func isPlain(path []byte) bool {
	if len(path) == 0 || path[0] != '/' {
		return false
	}
	for i, b := range path {
		if kinds[b] == other || b == '.' && path[i-1] == '/' {
			return false
		}
	}
	return true
}

func (t *Target) matchesNormalised(htu []byte) bool {
	if !isClean(htu) {
		return false
	}
	scheme, rest, ok := bytes.Cut(htu, []byte("://"))
	if !ok || len(scheme) != len(t.Scheme) || !strings.EqualFold(string(scheme), t.Scheme) {
		return false // by its length, the s of https is no letter beyond ASCII
	}
	// RFC 3986 section 3.2: the authority ends with the first of these.
	end := bytes.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, err := authority.Parse(string(rest[:end]))
	if err != nil || host.WithoutDefaultPort(t.Scheme) != t.Host {
		return false
	}
	path := rest[end:]
	if end = bytes.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	theirs, ok := normalPath(path)
	if !ok {
		return false
	}
	own, ok := normalPath([]byte(t.Prefix + t.Path))
	// A request path with dot segments equals nothing that has none.
	return ok && bytes.Equal(removeDotSegments(theirs), own)
}

// isClean refuses an htu with characters that no URL may have and that some
// reader might drop or take for a slash, and with a percent sign that begins no
// escape, wherever they stand.
func isClean(htu []byte) bool {
	if !utf8.Valid(htu) || bytes.IndexFunc(htu, func(r rune) bool { return r == ' ' || r == '\\' || unicode.IsControl(r) }) >= 0 {
		return false
	}
	for i, b := range htu {
		if b == '%' {
			if _, ok := unescape(htu[i:]); !ok {
				return false
			}
		}
	}
	return true
}

// normalPath returns the normal form of an absolute or empty path: escapes of
// unreserved characters decoded, other escapes in upper case, what may not stand
// in a path escaped. It fails for a bad escape.
func normalPath(path []byte) ([]byte, bool) {
	if len(path) == 0 {
		return []byte("/"), true
	}
	normal := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		b, escaped := path[i], path[i] == '%'
		if escaped {
			var ok bool
			if b, ok = unescape(path[i:]); !ok {
				return nil, false
			}
			i += 2
		}
		if kinds[b] == unreserved || kinds[b] == reserved && !escaped {
			normal = append(normal, b)
		} else {
			const digits = "0123456789ABCDEF"
			normal = append(normal, '%', digits[b>>4], digits[b&15])
		}
	}
	return normal, true
}

// unescape reads the escape at the start of text.
func unescape(text []byte) (byte, bool) {
	if len(text) < 3 {
		return 0, false
	}
	high, ok1 := digit(text[1])
	low, ok2 := digit(text[2])
	return high<<4 | low, ok1 && ok2
}

func digit(b byte) (byte, bool) {
	switch {
	case '0' <= b && b <= '9':
		return b - '0', true
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10, true
	case 'A' <= b && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

// removeDotSegments is RFC 3986 section 5.2.4 for an absolute path. It works in
// place.
func removeDotSegments(path []byte) []byte {
	kept := path[:0]
	for rest := path; len(rest) > 0; {
		// The next segment with the slash before it.
		end := 1 + bytes.IndexByte(rest[1:], '/')
		if end == 0 {
			end = len(rest)
		}
		segment := rest[:end]
		rest = rest[end:]
		switch string(segment) {
		case "/.", "/..":
			if len(segment) == 3 {
				kept = kept[:max(bytes.LastIndexByte(kept, '/'), 0)]
			}
			if len(rest) == 0 {
				kept = append(kept, '/')
			}
		default:
			kept = append(kept, segment...)
		}
	}
	return kept
}

// kind is what a byte is in a path (RFC 3986 sections 2.3 and 3.3).
type kind uint8

const (
	other      kind = iota // only as an escape
	unreserved             // never as an escape
	reserved               // either, with different meanings; the slash too
)

// kinds is a table, since it is asked for every byte of every path.
var kinds = func() (table [256]kind) {
	for b := range table {
		switch c := byte(b); {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			table[b] = unreserved
		case strings.IndexByte("!$&'()*+,;=:@/", c) >= 0:
			table[b] = reserved
		}
	}
	return table
}()
