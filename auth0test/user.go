package auth0test

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	subjectPrefix = "auth0|"
	// maxName keeps the subject of a typed name within the 255 bytes of OpenID Connect Core section 2.
	maxName = 128
)

// openIDScopes are the scopes that belong to no API.
var openIDScopes = []string{"openid", "profile", "email", "offline_access"}

// Claims that OpenID Connect Core section 5.4 ties to a scope.
var (
	profileClaims = []string{
		"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
		"picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
	}
	emailClaims = []string{"email", "email_verified"}
)

// validName tells whether somebody could sign in under the name.
func validName(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && name == strings.TrimSpace(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// user finds somebody by name, subject or email, and otherwise makes the user that a typed name stands for.
func (t *Tenant) user(name string) User {
	for _, u := range t.cfg.Users {
		if name == u.Name || name == u.Subject || (u.Email != "" && strings.EqualFold(name, u.Email)) {
			return u
		}
	}
	u := User{Name: name, Subject: subjectPrefix + name}
	if strings.Contains(name, "@") {
		u.Email = name
	}
	return u
}

// subject finds somebody by the sub that tokens have, and whoever could have it by typing a name.
func (t *Tenant) subject(sub string) (User, bool) {
	for _, u := range t.cfg.Users {
		if u.Subject == sub {
			return u, true
		}
	}
	name, typed := strings.CutPrefix(sub, subjectPrefix)
	if !typed || !validName(name) {
		return User{}, false
	}
	u := t.user(name)
	return u, u.Subject == sub
}

// owner is whom a token of this tenant is about. A minted one may be about somebody whom nobody else knows.
func (t *Tenant) owner(sub string) User {
	if u, known := t.subject(sub); known {
		return u
	}
	return User{Name: sub, Subject: sub}
}

// displayName is what the login page calls a user.
func (u User) displayName() string {
	if name, ok := u.Claims["name"].(string); ok && name != "" {
		return name
	}
	return u.Name
}

// claims returns what the scopes let a client know about the user, without the protocol's own claims.
func (u User) claims(scope []string) map[string]any {
	all := map[string]any{"name": u.Name}
	if u.Email != "" {
		all["email"], all["email_verified"] = u.Email, true
	}
	maps.Copy(all, u.Claims)
	maps.DeleteFunc(all, func(claim string, _ any) bool {
		return slices.Contains(profileClaims, claim) && !slices.Contains(scope, "profile") ||
			slices.Contains(emailClaims, claim) && !slices.Contains(scope, "email")
	})
	return all
}

// allowed are those scopes that a client may have for the user: at an API that enforces policies those of its scopes
// that are also permissions of the user, and all that are no scopes of the API.
func (u User) allowed(api API, scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool {
		return api.EnforcePolicies && slices.Contains(api.Scopes, s) && !slices.Contains(u.Permissions, s)
	})
}

// permissions returns those of the user that the API knows: never nil, since the claim is an array.
func (u User) permissions(api API) []string {
	known := []string{}
	for _, p := range u.Permissions {
		if slices.Contains(api.Scopes, p) || slices.Contains(api.Permissions, p) {
			known = append(known, p)
		}
	}
	return known
}
