package ginauth0api

import (
	"net/http"
	"strings"
)

// challenges returns the WWW-Authenticate lines of a refusal, one challenge
// each (RFC 9110 section 11.6.1). An outage has none: new credentials would not
// help.
func (g *Guard) challenges(e *Error) []string {
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return []string{bearerChallenge(g.realm, e)}
	}
	return nil
}

// bearerChallenge writes the challenge of RFC 6750 section 3. It stays bare
// when the request carried no credentials that could be wrong.
func bearerChallenge(realm string, e *Error) string {
	var b strings.Builder
	b.Grow(160)
	b.WriteString("Bearer ")
	writeParameter(&b, "realm", realm)
	if e.Kind == "" || e.Kind == kindUnauthorized {
		return b.String()
	}
	b.WriteString(", ")
	writeParameter(&b, "error", e.Kind)
	b.WriteString(", ")
	writeParameter(&b, "error_description", e.Description)
	if e.scope != "" {
		b.WriteString(", ")
		writeParameter(&b, "scope", e.scope)
	}
	return b.String()
}

// writeParameter writes name="value". Every byte that RFC 6750 section 3 does
// not permit becomes a question mark, so that no value can end its quotes or
// the header line.
func writeParameter(b *strings.Builder, name, value string) {
	b.WriteString(name)
	b.WriteString(`="`)
	for i := range len(value) {
		if permittedInChallenge(value[i]) {
			b.WriteByte(value[i])
		} else {
			b.WriteByte('?')
		}
	}
	b.WriteByte('"')
}

// permittedInChallenge: %x20-21 / %x23-5B / %x5D-7E.
func permittedInChallenge(b byte) bool {
	return b >= 0x20 && b <= 0x7E && b != '"' && b != '\\'
}
