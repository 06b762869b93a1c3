package ginauth0

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// User is the person who is signed in, as the tenant's ID token describes
// them. The fields are the standard claims (OpenID Connect Core section 5.1);
// one that is absent or of another type is the zero value. Every other claim is
// read with Claims or Claim.
type User struct {
	Subject           string    // sub: the stable id of the person at the tenant
	Name              string    // name: the full name, as it is shown
	GivenName         string    // given_name
	FamilyName        string    // family_name
	Nickname          string    // nickname
	PreferredUsername string    // preferred_username: it may change and need not be unique
	Email             string    // email: it may change, see EmailVerified
	EmailVerified     bool      // email_verified: the tenant has seen that the address is theirs
	Picture           string    // picture: a URL that the person may have chosen
	Locale            string    // locale, such as de-CH
	OrganizationID    string    // org_id
	OrganizationName  string    // org_name
	AuthTime          time.Time // auth_time: when the person proved who they are; zero if not said
	ACR               string    // acr: how strong that proof was
	AMR               []string  // amr: by which means

	claims json.RawMessage
}

// Claims decodes all claims into v, a pointer as for json.Unmarshal. Struct
// fields match claim names without case there; Claim matches exactly. The error says that
// they do not fit, and shows nothing of them.
func (u *User) Claims(v any) error {
	if err := json.Unmarshal(u.claims, v); err != nil {
		return errors.New("ginauth0: the user's claims do not fit the given type")
	}
	return nil
}

// Claim returns the claim of exactly this name, as encoding/json decodes it
// into an any: string, float64, bool, []any, map[string]any or nil.
func (u *User) Claim(name string) (any, bool) {
	claim := u.claim(name)
	if claim.Kind == strictjson.Invalid {
		return nil, false
	}
	var value any
	err := json.Unmarshal(claim.Raw, &value)
	return value, err == nil
}

// claim returns the claim of exactly this name, of kind Invalid if there is none.
func (u *User) claim(name string) strictjson.Value { return claimOf(u.claims, name) }

// parseUser reads the typed claims. Names match exactly, which a struct and
// encoding/json would not give.
func parseUser(claims json.RawMessage) *User {
	u := &User{claims: claims}
	fields := map[string]*string{
		"sub": &u.Subject, "name": &u.Name, "given_name": &u.GivenName, "family_name": &u.FamilyName, "nickname": &u.Nickname,
		"preferred_username": &u.PreferredUsername, "email": &u.Email, "picture": &u.Picture, "locale": &u.Locale,
		"org_id": &u.OrganizationID, "org_name": &u.OrganizationName, "acr": &u.ACR,
	}
	s := strictjson.Object(claims)
	for s.Next() {
		v := s.Value()
		switch name := string(s.Name()); name {
		case "email_verified":
			u.EmailVerified, _ = v.Bool()
		case "auth_time":
			if seconds, ok := v.Float(); ok && seconds > 0 && seconds < 1<<53 {
				u.AuthTime = time.Unix(int64(seconds), 0)
			}
		case "amr":
			u.AMR, _ = v.Strings()
		default:
			if field := fields[name]; field != nil {
				*field, _ = v.Text()
			}
		}
	}
	return u
}
