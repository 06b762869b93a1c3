package ginauth0api

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// CheckScopes reports what [Guard.RequireAuth] would panic about: a scope that
// is blank or not a scope-token of RFC 6749 section 3.3 (a space, a quote and a
// backslash are not permitted in one). It is for programs that read their
// scopes from a file. The error names each of them; nil means that all will do.
func CheckScopes(scopes ...string) error {
	if err := checkNames("scopes", scopes); err != nil {
		return fmt.Errorf("ginauth0api: %w", err)
	}
	return nil
}

// checkNames reports every entry that is no scope-token. Permissions follow the
// same rule, since a challenge lists them the same way.
func checkNames(argument string, names []string) error {
	var problems []error
	for i, name := range names {
		if isScopeToken(name) {
			continue
		}
		advice := ""
		if len(strings.Fields(name)) > 1 { // as clients write them
			advice = ": one argument for each " + strings.TrimSuffix(argument, "s")
		}
		problems = append(problems, fmt.Errorf("%s[%d] = %s is not a scope-token (RFC 6749 section 3.3)%s", argument, i, quoted(name), advice))
	}
	return errors.Join(problems...)
}

func isScopeToken(name string) bool {
	for i := range len(name) {
		if name[i] == ' ' || !permittedInChallenge(name[i]) {
			return false
		}
	}
	return name != ""
}

// names is the requirement that a token grants every one, or one, of several
// scopes or permissions.
type names struct {
	wanted  []string
	any     bool // one of them is enough
	granted func(*Token, string) bool
	refusal refusal
	listed  string // wanted as a challenge lists them
}

func newNames(wanted []string, granted func(*Token, string) bool, r refusal) names {
	return names{wanted: slices.Clone(wanted), granted: granted, refusal: r, listed: strings.Join(wanted, " ")}
}

func (n names) orAny() names {
	n.any = true
	return n
}

// check refuses a token that does not meet the requirement. The challenge lists
// all names that were asked for, also those that are granted.
func (n names) check(token *Token) *Error {
	if n.metBy(token) {
		return nil
	}
	refused := n.refusal.because(n.lacking(token))
	refused.scope = n.listed
	return refused
}

// lacking tells the log what is missing.
func (n names) lacking(token *Token) error {
	missing := slices.DeleteFunc(slices.Clone(n.wanted), func(name string) bool { return n.granted(token, name) })
	return errors.New("not granted: " + strings.Join(missing, " "))
}

func (n names) metBy(token *Token) bool {
	for _, name := range n.wanted {
		if n.granted(token, name) == n.any {
			return n.any // the first granted one decides, or the first missing one
		}
	}
	return !n.any
}

// grantsScope searches a scope claim: a string of words with single spaces
// between them (RFC 6749 section 3.3), or an array of strings and nothing else.
func grantsScope(claim strictjson.Value, scope string) bool {
	if claim.Kind == strictjson.Array {
		return grantsPermission(claim, scope)
	}
	words, ok := claim.Bytes()
	for ok && len(words) > 0 {
		var word []byte
		if word, words, _ = bytes.Cut(words, []byte{' '}); string(word) == scope && scope != "" {
			return true
		}
	}
	return false
}

// grantsPermission searches an array of strings. One element of another type
// makes the whole claim grant nothing.
func grantsPermission(claim strictjson.Value, permission string) bool {
	found := false
	for element := range claim.Elements() {
		if element.Kind != strictjson.String {
			return false
		}
		found = found || equals(element, permission)
	}
	return found
}

func scopeList(claim strictjson.Value) []string {
	if words, ok := claim.Text(); ok {
		return slices.DeleteFunc(strings.Split(words, " "), func(word string) bool { return word == "" })
	}
	scopes, _ := claim.Strings()
	return scopes
}
