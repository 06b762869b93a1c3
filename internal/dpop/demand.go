package dpop

import (
	"net/http"
	"strings"
)

// errorNonce is the error code with which a nonce is demanded (RFC 9449 section 8).
const errorNonce = "use_dpop_nonce"

// DemandedNonce returns the nonce with which a request to a resource is to be made
// again, empty if none is demanded: the answer has status 401, a challenge of the
// scheme DPoP with the error use_dpop_nonce, and exactly one nonce (RFC 9449 section
// 9).
func DemandedNonce(response *http.Response) string {
	nonces := response.Header.Values("DPoP-Nonce")
	if response.StatusCode != http.StatusUnauthorized || len(nonces) != 1 || !isNonce(nonces[0]) {
		return ""
	}
	for _, line := range response.Header.Values("WWW-Authenticate") {
		if (&challenges{rest: line}).demand() {
			return nonces[0]
		}
	}
	return ""
}

// isNonce: 1*NQCHAR (RFC 9449 section 8.1, RFC 6749 appendix A).
func isNonce(text string) bool {
	for i := range len(text) {
		if b := text[i]; b < 0x21 || b > 0x7e || b == '"' || b == '\\' {
			return false
		}
	}
	return text != ""
}

// challenges are a line of the header WWW-Authenticate that is being read (RFC 9110
// section 11.6.1).
type challenges struct{ rest string }

// demand reports whether one of the challenges demands a nonce. A line that is
// malformed counts up to that place.
func (c *challenges) demand() bool {
	dpop := false // whether the parameters are those of a DPoP challenge
	for {
		c.skip(" \t,")
		name := c.token()
		if name == "" {
			return false
		}
		blank := c.skip(" \t")
		if !strings.HasPrefix(c.rest, "=") {
			complete := blank && c.token68() // and has no parameters
			dpop = !complete && strings.EqualFold(name, "DPoP")
			continue
		}
		c.rest = c.rest[1:]
		c.skip(" \t")
		value, ok := c.value()
		if !ok {
			return false
		}
		if dpop && strings.EqualFold(name, "error") && value == errorNonce {
			return true
		}
	}
}

// skip passes over some characters and reports whether there were any.
func (c *challenges) skip(characters string) bool {
	rest := strings.TrimLeft(c.rest, characters)
	skipped := len(rest) < len(c.rest)
	c.rest = rest
	return skipped
}

// token takes a token (RFC 9110 section 5.6.2), empty if there is none.
func (c *challenges) token() string {
	end := 0
	for end < len(c.rest) && isTokenByte(c.rest[end]) {
		end++
	}
	token := c.rest[:end]
	c.rest = c.rest[end:]
	return token
}

func isTokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// token68 takes what a scheme may have in place of parameters (RFC 9110 section
// 11.2), if it is that and no parameter.
func (c *challenges) token68() bool {
	end := 0
	for end < len(c.rest) && (isTokenByte(c.rest[end]) || c.rest[end] == '/') {
		end++
	}
	rest := strings.TrimLeft(strings.TrimLeft(c.rest[end:], "="), " \t")
	if end == 0 || rest != "" && rest[0] != ',' {
		return false
	}
	c.rest = rest
	return true
}

// value takes a token or a quoted string.
func (c *challenges) value() (value string, ok bool) {
	if !strings.HasPrefix(c.rest, `"`) {
		value = c.token()
		return value, value != ""
	}
	var text []byte
	for i := 1; i < len(c.rest); i++ {
		switch c.rest[i] {
		case '"':
			c.rest = c.rest[i+1:]
			return string(text), true
		case '\\':
			if i++; i == len(c.rest) {
				return "", false
			}
		}
		text = append(text, c.rest[i])
	}
	return "", false
}
