package ginauth0

import (
	"slices"
	"strings"
)

// isScopeToken reports whether text is a scope-token of RFC 6749 section 3.3.
func isScopeToken(text string) bool {
	for i := range len(text) {
		if b := text[i]; b < 0x21 || b > 0x7e || b == '"' || b == '\\' {
			return false
		}
	}
	return text != ""
}

// checkScopes judges the scopes that a program, or a request to our own routes, asks for
// in a parameter. The error is a *[ParameterError].
func checkScopes(parameter string, scopes []string) error {
	for _, scope := range scopes {
		if !isScopeToken(scope) {
			return &ParameterError{Name: parameter, Reason: "has characters that no scope has (RFC 6749 section 3.3)"}
		}
	}
	return nil
}

func containsAll(scopes, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(scope string) bool { return !slices.Contains(scopes, scope) })
}

// distinct drops what is there already, and keeps the order.
func distinct(texts []string) []string {
	var unique []string
	for _, text := range texts {
		if !slices.Contains(unique, text) {
			unique = append(unique, text)
		}
	}
	return unique
}

// scopesOf are the scopes of a login: what was asked for in place of the
// configured ones, then those of the audience, then added ones.
func (a *Auth) scopesOf(audience, asked string, added []string) []string {
	scopes := slices.Clone(a.settings.Scopes)
	if asked != "" {
		scopes = append([]string{"openid"}, strings.Fields(asked)...)
	} else {
		scopes = append(scopes, a.settings.AudienceScopes[audience]...)
	}
	return distinct(append(scopes, added...))
}
