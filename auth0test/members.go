package auth0test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	strict "github.com/go-jose/go-jose/v4/json"
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
	unreadable := refuse("invalid_request", "The body is not one JSON object.")
	decoder := json.NewDecoder(bytes.NewReader(body))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !utf8.Valid(body) {
		return nil, unreadable
	}
	m := members{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, unreadable
		}
		text, _ := name.(string) // the decoder lets nothing else be a name
		if _, there := m[text]; there {
			return nil, refuse("invalid_request", "The member %s is there more than once.", text)
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil, unreadable
		}
		m[text] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, unreadable
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, unreadable
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
		texts[name] = textOf(strict.RawMessage(m[name]))
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
	if strict.Unmarshal(value, &scopes) != nil || len(scopes) == 0 ||
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
	if strict.Unmarshal(value, &object) != nil || object == nil {
		return nil, refuse("invalid_request", "The member %s must be an object, each member once.", name)
	}
	return object, nil
}
