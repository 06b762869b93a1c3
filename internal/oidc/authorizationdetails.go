package oidc

import "github.com/gin-auth0/gin-auth0/internal/strictjson"

// IsAuthorizationDetails reports whether a text has the form of authorization_details
// (RFC 9396 section 2): a JSON array of objects, each of which says its type.
func IsAuthorizationDetails(text []byte) bool {
	// The strict reader takes objects. A text that would leave this one is no value.
	const before, after = `{"":`, "}"
	s := strictjson.Object(append(append([]byte(before), text...), after...))
	wellFormed := s.Next() && areAuthorizationDetails(s.Value())
	return wellFormed && !s.Next() && s.Err() == nil
}

func areAuthorizationDetails(v strictjson.Value) bool {
	for detail := range v.Elements() {
		if !saysType(detail) {
			return false
		}
	}
	return v.Kind == strictjson.Array
}

func saysType(detail strictjson.Value) bool {
	found := false
	members := detail.Members() // none, and an error, if it is no object
	for members.Next() {
		if string(members.Name()) == "type" {
			text, _ := members.Value().Text()
			found = text != ""
		}
	}
	return found && members.Err() == nil
}
