package ginauth0api

import (
	"net/http"
	"slices"
	"strings"
)

// challenges returns the WWW-Authenticate lines of a refusal, one challenge
// each (RFC 9110 section 11.6.1), Bearer first. An outage has none: new
// credentials would not help.
func (g *Guard) challenges(e *Error) []string {
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
	default:
		return nil
	}
	blamed := e.Scheme
	if e.Kind == kindInvalidProof || e.Kind == kindUseNonce {
		blamed = SchemeDPoP
	}
	schemes := g.mode.schemes()
	if !slices.Contains(schemes, blamed) {
		blamed = schemes[0]
	}
	lines := make([]string, 0, len(schemes))
	for _, scheme := range schemes {
		lines = append(lines, g.challenge(scheme, e, scheme == blamed))
	}
	return lines
}

// challenge writes the challenge of RFC 6750 section 3 or RFC 9449 section 7.1.
// The error stands on the challenge of the blamed scheme alone, and nowhere when
// the request carried no credentials that could be wrong.
func (g *Guard) challenge(scheme Scheme, e *Error, blamed bool) string {
	var b strings.Builder
	b.Grow(256)
	b.WriteString(string(scheme))
	b.WriteByte(' ')
	writeParameter(&b, "realm", g.realm)
	if blamed && e.Kind != "" && e.Kind != kindUnauthorized {
		for _, parameter := range [...]struct{ name, value string }{
			{"error", e.Kind},
			{"error_description", e.Description},
			{"scope", e.scope},
			{"acr_values", e.acrValues},
			{"max_age", e.maxAge},
		} {
			if parameter.value != "" {
				b.WriteString(", ")
				writeParameter(&b, parameter.name, parameter.value)
			}
		}
	}
	if scheme == SchemeDPoP {
		b.WriteString(", ")
		writeParameter(&b, "algs", g.proofAlgorithms)
	}
	if g.resource.metadataURL != "" {
		b.WriteString(", ")
		writeParameter(&b, "resource_metadata", g.resource.metadataURL)
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
