package ginauth0api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// forwardingHeaders are the headers by which a trusted proxy may say what the
// client asked for.
type forwardingHeaders struct{ forwarded, proto, host, port, prefix bool }

// apply changes the parts of u that the headers name. Values that cannot be used
// are passed over where the connection has an answer too; a bad host or prefix
// is an error, because the connection's would be another address than the one
// that the client asked for.
func (h forwardingHeaders) apply(u *publicURL, header http.Header) error {
	if h.forwarded {
		return applyForwarded(u, header["Forwarded"])
	}
	if h.proto {
		applyProto(u, leftmost(header["X-Forwarded-Proto"]))
	}
	if h.host {
		if err := applyHost(u, "X-Forwarded-Host", leftmost(header["X-Forwarded-Host"])); err != nil {
			return err
		}
	}
	if h.port && u.host.Port == "" {
		if port, err := authority.ParsePort(leftmost(header["X-Forwarded-Port"])); err == nil {
			u.host.Port = port
		}
	}
	if h.prefix {
		prefix, err := parsePrefix(leftmost(header["X-Forwarded-Prefix"]))
		if err != nil {
			return errors.New("X-Forwarded-Prefix " + err.Error())
		}
		if !beginsWith(u.path, prefix) {
			u.prefix = prefix
		}
	}
	return nil
}

// leftmost returns the first element of a list (RFC 9110 section 5.6.1), which
// may be empty. Lines would be joined with commas behind the first one.
func leftmost(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	element, _, _ := strings.Cut(lines[0], ",")
	return strings.Trim(element, " \t")
}

func applyProto(u *publicURL, proto string) {
	switch {
	case strings.EqualFold(proto, "https"):
		u.scheme = "https"
	case strings.EqualFold(proto, "http"):
		u.scheme = "http"
	}
}

func applyHost(u *publicURL, source, host string) error {
	if host == "" {
		return nil
	}
	parsed, err := authority.Parse(host)
	if err != nil {
		return malformedHost(source, host)
	}
	u.host = parsed
	return nil
}

// beginsWith reports whether a path has the prefix already: not every proxy
// takes it off.
func beginsWith(path, prefix string) bool {
	rest, has := strings.CutPrefix(path, prefix)
	return has && (rest == "" || rest[0] == '/')
}

const maxPrefixBytes = 256

var (
	errPrefixLong    = errors.New("is longer than 256 bytes")
	errPrefixSegment = errors.New("has an empty or a dot segment")
	errPrefixByte    = errors.New("has a byte or an escape that does not belong there")
)

// parsePrefix reads the path that a proxy has taken off, with or without a slash
// at either end. It must mean the same to everyone who reads the URL: nothing
// that could be resolved, unescaped or cut off to become another path.
func parsePrefix(text string) (string, error) {
	text = strings.TrimSuffix(text, "/")
	if text == "" {
		return "", nil
	}
	if text[0] != '/' {
		text = "/" + text
	}
	if len(text) > maxPrefixBytes {
		return "", errPrefixLong
	}
	for segment := range strings.SplitSeq(text[1:], "/") {
		if segment == "" || segment == "." || segment == ".." {
			return "", errPrefixSegment
		}
		if strings.Contains(segment, ":") || !isPathSegment(segment) {
			return "", errPrefixByte
		}
	}
	return text, nil
}

// isPathSegment: *pchar of RFC 3986 section 3.3, without the escapes of dots,
// slashes, backslashes and control characters.
func isPathSegment(segment string) bool {
	for i := range len(segment) {
		b := segment[i]
		if b != '%' {
			if !isPathByte(b) {
				return false
			}
			continue
		}
		if i+2 >= len(segment) {
			return false
		}
		high, low := hexValue(segment[i+1]), hexValue(segment[i+2])
		if high < 0 || low < 0 {
			return false
		}
		switch escaped := high<<4 | low; {
		case escaped < 0x20, escaped == 0x7F, escaped == '.', escaped == '/', escaped == '\\':
			return false
		}
	}
	return true
}

func isPathByte(b byte) bool {
	return isAlphanumeric(b) || strings.IndexByte("-._~!$&'()*+,;=:@", b) >= 0
}

func hexValue(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// applyForwarded reads the header of RFC 7239.
func applyForwarded(u *publicURL, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	field := lines[0]
	if len(lines) > 1 {
		field = strings.Join(lines, ",") // RFC 9110 section 5.3
	}
	first, ok := readForwarded(field)
	if !ok {
		return nil
	}
	applyProto(u, first.proto)
	return applyHost(u, "Forwarded", first.host)
}

// forwardedElement is what one proxy says (RFC 7239 section 4), empty where it
// says nothing.
type forwardedElement struct{ proto, host string }

// readForwarded returns the leftmost element of the field. It reports false if
// any element of it is malformed: where its elements end is then anybody's
// guess.
func readForwarded(field string) (forwardedElement, bool) {
	first, rest, ok := readForwardedElement(field)
	for ok && rest != "" {
		_, rest, ok = readForwardedElement(rest[1:])
	}
	return first, ok
}

// readForwardedElement reads
//
//	[ forwarded-pair ] *( ";" [ forwarded-pair ] )
//
// and returns what follows it: nothing, or a comma and more. Blanks around the
// semicolons, which RFC 7239 has none of, are passed over, as those of other
// parameters are (RFC 9110 section 5.6.6).
func readForwardedElement(text string) (element forwardedElement, rest string, ok bool) {
	var proto, host, by, client bool // seen; a parameter stands at most once
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] == ',' {
			return element, text, true
		}
		if text[0] == ';' {
			text = text[1:]
			continue
		}
		name, value, tail, valid := readForwardedPair(text)
		if !valid {
			return forwardedElement{}, "", false
		}
		var seen *bool
		switch {
		case strings.EqualFold(name, "proto"):
			seen, element.proto = &proto, value
		case strings.EqualFold(name, "host"):
			seen, element.host = &host, value
		case strings.EqualFold(name, "by"):
			seen = &by
		case strings.EqualFold(name, "for"):
			seen = &client
		default:
			seen = new(bool)
		}
		text = strings.TrimLeft(tail, " \t")
		if *seen || text != "" && text[0] != ';' && text[0] != ',' {
			return forwardedElement{}, "", false
		}
		*seen = true
	}
}

// readForwardedPair reads token "=" ( token / quoted-string ).
func readForwardedPair(text string) (name, value, rest string, ok bool) {
	name, rest = splitScheme(text)
	if name == "" || rest == "" || rest[0] != '=' {
		return "", "", "", false
	}
	rest = rest[1:]
	if rest != "" && rest[0] == '"' {
		value, rest, ok = readQuoted(rest)
		return name, value, rest, ok
	}
	value, rest = splitScheme(rest)
	return name, value, rest, value != ""
}

// readQuoted reads a quoted-string (RFC 9110 section 5.6.4) and returns what it
// stands for.
func readQuoted(text string) (value, rest string, ok bool) {
	escapes := false
	for i := 1; i < len(text); i++ {
		switch b := text[i]; {
		case b == '"':
			value = text[1:i]
			if escapes {
				value = unescapeQuoted(value)
			}
			return value, text[i+1:], true
		case b == '\\':
			escapes = true
			if i++; i == len(text) || isControl(text[i]) {
				return "", "", false
			}
		case isControl(b):
			return "", "", false
		}
	}
	return "", "", false
}

// isControl: what a header value cannot hold. A tab is a blank.
func isControl(b byte) bool { return b < 0x20 && b != '\t' || b == 0x7F }

func unescapeQuoted(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
