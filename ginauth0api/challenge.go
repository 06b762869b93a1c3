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
		text := &g.bearerChallenge
		if scheme == SchemeDPoP {
			text = &g.dpopChallenge
		}
		// The error stands on the challenge of the blamed scheme alone, and nowhere
		// when the request carried no credentials that could be wrong.
		if scheme == blamed && e.Kind != "" && e.Kind != kindUnauthorized {
			lines = append(lines, text.with(e))
		} else {
			lines = append(lines, text.bare)
		}
	}
	return lines
}

// challengeText is what all challenges of a scheme have in common: RFC 6750
// section 3, RFC 9449 section 7.1, RFC 9728 section 5.1.
type challengeText struct {
	start, end string
	bare       string           // both
	usual      map[words]string // with the error of each line of the table
}

// words are what most challenges say of an error.
type words struct{ kind, description string }

func (g *core) setChallenges() {
	end := ""
	if g.resource.metadataURL != "" {
		end = parameter("resource_metadata", g.resource.metadataURL)
	}
	text := func(scheme Scheme, end string) challengeText {
		// The realm is the first parameter, which no comma precedes.
		start := string(scheme) + strings.TrimPrefix(parameter("realm", g.realm), ",")
		t := challengeText{start, end, start + end, map[words]string{}}
		for _, r := range refusals() {
			t.usual[words{r.kind, r.description}] = t.write(r.because(nil))
		}
		return t
	}
	g.bearerChallenge = text(SchemeBearer, end)
	g.dpopChallenge = text(SchemeDPoP, parameter("algs", strings.Join(g.dpopAlgorithms, " "))+end)
}

// with returns the challenge with the parameters of an error. That of a line of the
// table is there already, so that refusing costs little.
func (t *challengeText) with(e *Error) string {
	if e.scope == "" && e.acrValues == "" && e.maxAge == "" {
		if text, ok := t.usual[words{e.Kind, e.Description}]; ok {
			return text
		}
	}
	return t.write(e)
}

func (t *challengeText) write(e *Error) string {
	var b strings.Builder
	b.Grow(len(t.bare) + len(e.Kind) + len(e.Description) + len(e.scope) + len(e.acrValues) + 96)
	b.WriteString(t.start)
	for _, p := range [...]struct{ name, value string }{
		{"error", e.Kind},
		{"error_description", e.Description},
		{"scope", e.scope},
		{"acr_values", e.acrValues},
		{"max_age", e.maxAge},
	} {
		if p.value != "" {
			writeParameter(&b, p.name, p.value)
		}
	}
	b.WriteString(t.end)
	return b.String()
}

func parameter(name, value string) string {
	var b strings.Builder
	writeParameter(&b, name, value)
	return b.String()
}

// writeParameter writes a comma and name="value". Every byte that RFC 6750 section
// 3 does not permit becomes a question mark, so that no value can end its quotes
// or the header line.
func writeParameter(b *strings.Builder, name, value string) {
	b.WriteString(", ")
	b.WriteString(name)
	b.WriteString(`="`)
	written := 0
	for i := range len(value) {
		if !permittedInChallenge(value[i]) {
			b.WriteString(value[written:i])
			b.WriteByte('?')
			written = i + 1
		}
	}
	b.WriteString(value[written:])
	b.WriteByte('"')
}

// permittedInChallenge: %x20-21 / %x23-5B / %x5D-7E.
func permittedInChallenge(b byte) bool {
	return b >= 0x20 && b <= 0x7E && b != '"' && b != '\\'
}
