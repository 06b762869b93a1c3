package auth0test

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

// members are those of the JSON object that a request carries. None is there twice.
type members map[string]json.RawMessage

// readMembers reads the body of a POST.
func readMembers(w http.ResponseWriter, r *http.Request) (members, *oauthError) {
	body, refusal := readBody(w, r, "application/json")
	if refusal != nil {
		return nil, refusal
	}
	return parseMembers(body)
}

func parseMembers(body []byte) (members, *oauthError) {
	var m members
	err := json.Unmarshal(body, &m)
	switch {
	case err != nil:
		return nil, refuse("invalid_request", "The body is not one JSON object: %v.", err)
	case m == nil || !utf8.Valid(body):
		return nil, refuse("invalid_request", "The body is not one JSON object in UTF-8.")
	}
	return m, nil
}

// fit wants every required member, and refuses one that is neither required nor optional.
func (m members) fit(required, optional []string) *oauthError {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return refuse("invalid_request", "The member %s is unknown here.", name)
		}
	}
	for _, name := range required {
		if _, there := m[name]; !there {
			return refuse("invalid_request", "The member %s is missing.", name)
		}
	}
	return nil
}

// texts reads members that must be texts with something in them.
func (m members) texts(names []string) (map[string]string, *oauthError) {
	texts := map[string]string{}
	for _, name := range names {
		texts[name] = textOf(m[name])
		if texts[name] == "" {
			return nil, refuse("invalid_request", "The member %s must be a text that is not empty.", name)
		}
	}
	return texts, nil
}

// scopes reads an optional array of scopes; nil if it is not there.
func (m members) scopes(name string) ([]string, *oauthError) {
	value, there := m[name]
	if !there {
		return nil, nil
	}
	var scopes []string
	if json.Unmarshal(value, &scopes) != nil || len(scopes) == 0 ||
		slices.ContainsFunc(scopes, func(s string) bool { return !scopeToken(s) }) {
		return nil, refuse("invalid_request", "The member %s must be an array of scopes.", name)
	}
	return scopes, nil
}

// object reads an optional object.
func (m members) object(name string) (map[string]any, *oauthError) {
	value, there := m[name]
	if !there {
		return nil, nil
	}
	var object map[string]any
	if json.Unmarshal(value, &object) != nil || object == nil {
		return nil, refuse("invalid_request", "The member %s must be an object, each member once.", name)
	}
	return object, nil
}
