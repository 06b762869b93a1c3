package ginauth0

import (
	"encoding/json"
	"slices"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// protocolClaims are the claims of an ID token that say nothing about the user.
var protocolClaims = []string{"iss", "aud", "exp", "nbf", "iat", "azp", "nonce", "at_hash", "c_hash", "s_hash", "sid", "session_expiry"}

// loginClaims are those that the login owns. A refresh neither changes them nor
// brings them.
var loginClaims = []string{"auth_time", "acr", "amr", "act", "org_id", "org_name"}

// guardedClaims say who signed in, when, how strongly and for whom. Guards rely on
// them, so they stay what the tenant said.
var guardedClaims = []string{"sub", "auth_time", "acr", "amr", "org_id", "org_name"}

// claimOf returns the claim of exactly this name, of kind Invalid if there is none.
// Claims that cannot be read prove nothing.
func claimOf(claims []byte, name string) strictjson.Value {
	var found strictjson.Value
	s := strictjson.Object(claims)
	for s.Next() {
		if string(s.Name()) == name {
			found = s.Value()
		}
	}
	if s.Err() != nil {
		return strictjson.Value{}
	}
	return found
}

// userClaims returns the claims of an ID token without the protocol's own. The
// payload was read strictly before.
func userClaims(payload []byte) json.RawMessage {
	user := append(make([]byte, 0, len(payload)), '{')
	s := strictjson.Object(payload)
	for s.Next() {
		if !slices.Contains(protocolClaims, string(s.Name())) {
			user = appendMember(user, string(s.Name()), s.Value().Raw)
		}
	}
	return append(user, '}')
}

// refreshedClaims are the claims of a refresh with those that the login owns.
func refreshedClaims(login, refresh json.RawMessage) json.RawMessage {
	user := append(make([]byte, 0, len(login)+len(refresh)), '{')
	add := func(claims json.RawMessage, owned bool) {
		s := strictjson.Object(claims)
		for s.Next() {
			if name := string(s.Name()); slices.Contains(loginClaims, name) == owned {
				user = appendMember(user, name, s.Value().Raw)
			}
		}
	}
	add(refresh, false)
	add(login, true)
	return append(user, '}')
}

// linkedClaims are the claims of a session after a link. The refresh token is still that
// of the login, so what is known of the login stays too: a refresh is compared with it.
func linkedClaims(login, link json.RawMessage) json.RawMessage {
	user := login
	s := strictjson.Object(link)
	for s.Next() {
		if name := string(s.Name()); !slices.Contains(loginClaims, name) {
			user = withClaim(user, name, s.Value().Raw)
		}
	}
	return user
}

// withClaim returns claims with one of another value, or without it if value is nil. The
// others stay as they are written.
func withClaim(claims json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	edited := append(make([]byte, 0, len(claims)+len(name)+len(value)+4), '{')
	s := strictjson.Object(claims)
	for s.Next() {
		if string(s.Name()) != name {
			edited = appendMember(edited, string(s.Name()), s.Value().Raw)
		}
	}
	if value != nil {
		edited = appendMember(edited, name, value)
	}
	return append(edited, '}')
}

// appendMember adds a member to a JSON object that is still open.
func appendMember(object []byte, name string, raw []byte) []byte {
	quoted, err := json.Marshal(name)
	if err != nil {
		return object // a string: cannot happen
	}
	if len(object) > 1 {
		object = append(object, ',')
	}
	return append(append(append(object, quoted...), ':'), raw...)
}
