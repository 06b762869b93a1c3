// Package authority reads the host and port of a URL or a Host header
// (RFC 3986 section 3.2) by one narrow grammar, so that every place which
// compares two hosts compares the same thing.
package authority

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// ErrMalformed says that a text is no host with an optional port. It does not
// show the text.
var ErrMalformed = errors.New("authority: malformed host or port")

// maxHostBytes is the longest name that DNS can carry.
const maxHostBytes = 255

// Authority is a host and a port. Host is in lower case, an IPv6 address in
// its canonical form and in brackets. Port is empty if none was given.
type Authority struct {
	Host string
	Port string
}

// Parse reads `host`, `host:port`, an IPv4 address or a bracketed IPv6 address
// without zone. A name is made of labels of ASCII letters, digits, `-` and `_`
// with dots between them, one dot may stand at its end and is significant. A
// port is 1 to 65535 in at most five digits; an empty one (`host:`) is none.
// Every other byte makes the text malformed: no user info, path, escape, space
// or character beyond ASCII. The error is [ErrMalformed].
func Parse(text string) (Authority, error) {
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return Authority{}, ErrMalformed
		}
		address, err := netip.ParseAddr(text[1:end])
		if err != nil || !address.Is6() || address.Zone() != "" {
			return Authority{}, ErrMalformed
		}
		return withPort("["+address.String()+"]", text[end+1:])
	}
	host, port := text, ""
	if colon := strings.IndexByte(text, ':'); colon >= 0 {
		host, port = text[:colon], text[colon:]
	}
	if !isName(host) {
		return Authority{}, ErrMalformed
	}
	return withPort(strings.ToLower(host), port)
}

// withPort reads what follows the host: nothing, or a colon and a port.
func withPort(host, rest string) (Authority, error) {
	if rest == "" || rest == ":" {
		return Authority{Host: host}, nil
	}
	text := strings.TrimPrefix(rest, ":")
	if len(text) == len(rest) {
		return Authority{}, ErrMalformed
	}
	port, err := ParsePort(text)
	if err != nil {
		return Authority{}, err
	}
	return Authority{Host: host, Port: port}, nil
}

// ParsePort reads a port of 1 to 65535 in at most five digits and returns it
// without leading zeros. The error is [ErrMalformed].
func ParsePort(text string) (string, error) {
	n, err := strconv.ParseUint(text, 10, 16) // refuses signs
	if err != nil || n == 0 || len(text) > 5 {
		return "", ErrMalformed
	}
	return strings.TrimLeft(text, "0"), nil
}

func isName(host string) bool {
	if host == "" || len(host) > maxHostBytes {
		return false
	}
	label := 0
	for i := range len(host) {
		switch b := host[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_':
			label++
		case b == '.' && label > 0:
			label = 0
		default:
			return false
		}
	}
	return true
}

// String returns host and port as they stand in a URL.
func (a Authority) String() string {
	if a.Port == "" {
		return a.Host
	}
	return a.Host + ":" + a.Port
}

// WithoutDefaultPort returns the authority without a port that scheme ("http"
// or "https") implies.
func (a Authority) WithoutDefaultPort(scheme string) Authority {
	if scheme == "http" && a.Port == "80" || scheme == "https" && a.Port == "443" {
		a.Port = ""
	}
	return a
}

// Loopback reports whether the host is this machine by its spelling:
// localhost, 127.0.0.0/8 or [::1]. Nothing is resolved.
func (a Authority) Loopback() bool {
	if a.Host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(a.Host, "[]"))
	return err == nil && address.IsLoopback() && !address.Is4In6()
}
