package ginauth0api

import (
	"net/http"
	"strings"
)

// Scheme is an HTTP authorization scheme that carries access tokens.
type Scheme string

// The schemes.
const (
	// SchemeBearer is the scheme of RFC 6750: whoever has the token may use it.
	SchemeBearer Scheme = "Bearer"
	// SchemeDPoP is the scheme of RFC 9449: whoever uses the token proves to hold
	// the key that it is bound to.
	SchemeDPoP Scheme = "DPoP"
)

// schemes are what a mode accepts, in the order of the challenges.
func (m DPoPMode) schemes() []Scheme {
	switch m {
	case DPoPRequired:
		return requiredSchemes
	case DPoPDisabled:
		return disabledSchemes
	}
	return allowedSchemes
}

var (
	allowedSchemes  = []Scheme{SchemeBearer, SchemeDPoP}
	requiredSchemes = []Scheme{SchemeDPoP}
	disabledSchemes = []Scheme{SchemeBearer}
)

// accepted returns the scheme of this name if the mode takes it.
func (m DPoPMode) accepted(name string) Scheme {
	for _, scheme := range m.schemes() {
		if strings.EqualFold(name, string(scheme)) {
			return scheme
		}
	}
	return ""
}

// credentials are what the headers Authorization and DPoP say, before anything
// of it is believed. The scheme is set as soon as it is known to be an accepted
// one, also when the rest is then refused.
type credentials struct {
	scheme Scheme
	token  string   // what follows the scheme; its syntax is not judged yet
	proofs []string // the lines of the header DPoP; nil if there is nothing in them
}

// readCredentials reads the credentials of a request for a route of this mode. A
// token anywhere else (query, cookie, body) does not exist for the Guard.
func (m DPoPMode) readCredentials(header http.Header) (credentials, *Error) {
	// The raw map: Get would hide a second line, and two readers of one
	// request could then believe in different tokens.
	lines := header["Authorization"]
	creds := credentials{proofs: m.proofs(header)}
	if !present(lines) {
		if creds.proofs != nil {
			creds.scheme = SchemeDPoP
			return creds, dpopProofUnexpected.because(nil)
		}
		return creds, credentialsMissing.because(nil)
	}
	name, rest := splitScheme(lines[0])
	creds.scheme = m.accepted(name)
	if len(lines) > 1 {
		return creds, authorizationRepeated.because(nil)
	}
	// The scheme is judged first, whatever follows it.
	if creds.scheme == "" {
		return creds, schemeUnsupported.because(nil)
	}
	// 1*SP before the token, nothing but spaces behind it.
	token := strings.TrimLeft(rest, " ")
	if len(token) == len(rest) {
		return creds, authorizationMalformed.because(nil)
	}
	creds.token = strings.TrimRight(token, " ")
	return creds, nil
}

// hasCredentials reports whether there is anything to judge.
func (m DPoPMode) hasCredentials(header http.Header) bool {
	return present(header["Authorization"]) || m.proofs(header) != nil
}

// proofs returns the lines of the header DPoP, nil if there is nothing in them
// or the mode ignores it.
func (m DPoPMode) proofs(header http.Header) []string {
	// "DPoP" is "Dpop" to net/http.
	lines := header["Dpop"]
	if m == DPoPDisabled || !present(lines) {
		return nil
	}
	return lines
}

// present reports whether header lines say anything. One blank line is nothing;
// two lines are two, blank or not.
func present(lines []string) bool {
	return len(lines) > 1 || len(lines) == 1 && strings.Trim(lines[0], " \t") != ""
}

// splitScheme returns the token of RFC 9110 section 5.6.2 that a header value
// begins with, and the rest.
func splitScheme(value string) (name, rest string) {
	i := 0
	for i < len(value) && isTokenByte(value[i]) {
		i++
	}
	return value[:i], value[i:]
}

// isToken68 reports whether text is one token68 (RFC 9110 section 11.2).
func isToken68(text string) bool {
	rest := text
	for len(rest) >= 8 && token68Bytes[rest[0]] && token68Bytes[rest[1]] && token68Bytes[rest[2]] && token68Bytes[rest[3]] &&
		token68Bytes[rest[4]] && token68Bytes[rest[5]] && token68Bytes[rest[6]] && token68Bytes[rest[7]] {
		rest = rest[8:] // twice as fast as one by one
	}
	for rest != "" && token68Bytes[rest[0]] {
		rest = rest[1:]
	}
	return len(rest) < len(text) && strings.Trim(rest, "=") == ""
}

func isAlphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func isTokenByte(b byte) bool {
	return isAlphanumeric(b) || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// token68Bytes is a table because it is asked for every byte of every token.
var token68Bytes = func() (table [256]bool) {
	for b := range table {
		table[b] = isAlphanumeric(byte(b)) || strings.IndexByte("-._~+/", byte(b)) >= 0
	}
	return table
}()
