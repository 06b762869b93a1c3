package auth0test

import (
	"slices"

	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

// readDetails checks authorization_details, RFC 9396 section 2, against the types that the API knows. What it returns
// is the text to keep with the grant: empty for none.
func readDetails(text string, api API) (string, *oauthError) {
	if text == "" {
		return "", nil
	}
	invalid := func(description string) (string, *oauthError) {
		return "", refuse("invalid_authorization_details", "%s", description) // RFC 9396 section 5
	}
	var details []map[string]any
	if err := json.Unmarshal([]byte(text), &details); err != nil || details == nil {
		return invalid("The authorization_details are not a JSON array of objects.")
	}
	for _, detail := range details {
		name, ok := detail["type"].(string)
		if !ok {
			return invalid("One of the authorization_details has no type that is a string.")
		}
		if !slices.Contains(api.AuthorizationDetailsTypes, name) {
			return invalid("The API of the audience does not know all types of the authorization_details.")
		}
	}
	if len(details) == 0 {
		return "", nil
	}
	return text, nil
}

// addDetails writes what was granted into a token answer or the claims of an access token: RFC 9396 sections 7 and
// 9.1. Every call writes a value of its own, since tests may edit it.
func (g *grant) addDetails(object map[string]any, audience string) {
	if g.details == "" || audience != g.audience {
		return
	}
	var details []any
	_ = json.Unmarshal([]byte(g.details), &details) // read before
	object["authorization_details"] = details
}

// detailsTypes are the types that any API knows, for the metadata.
func (t *Tenant) detailsTypes() []string {
	var types []string
	for _, api := range t.cfg.APIs {
		for _, name := range api.AuthorizationDetailsTypes {
			if !slices.Contains(types, name) {
				types = append(types, name)
			}
		}
	}
	return types
}
