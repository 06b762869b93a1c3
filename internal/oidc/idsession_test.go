package oidc_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// refreshRules are for the token of a refresh.
func refreshRules(session oidc.KnownSession) oidc.IDTokenRules {
	r := rules()
	r.Nonce, r.Code, r.Session = "", "", &session
	return r
}

func knownSession(user string) oidc.KnownSession {
	return oidc.KnownSession{Issuer: issuer, User: []byte(user)}
}

func TestVerifyIDTokenOfARefresh(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	const user = `{"sub":"auth0|1","auth_time":1600000000,"org_id":"org_1"}`
	at := loginTime.Unix()
	for name, test := range map[string]struct {
		user   string
		claims map[string]any
		want   error
	}{
		"the same":                                 {user, map[string]any{"auth_time": 1600000000, "org_id": "org_1"}, nil},
		"silent":                                   {user, nil, nil},
		"without nonce, as usual":                  {user, map[string]any{"nonce": nil}, nil},
		"with a nonce":                             {user, map[string]any{"nonce": "any"}, nil},
		"auth_time written otherwise":              {user, map[string]any{"auth_time": json.Number("1.6e9")}, nil},
		"auth_time that the login lacked":          {`{"sub":"auth0|1"}`, map[string]any{"auth_time": at}, nil},
		"auth_time ahead that the login lacked":    {`{"sub":"auth0|1"}`, map[string]any{"auth_time": at + 1000}, nil},
		"c_hash of nothing":                        {user, map[string]any{"c_hash": "x"}, nil},
		"at_hash":                                  {user, map[string]any{"at_hash": leftHalf("the access token")}, nil},
		"another sub":                              {user, map[string]any{"sub": "auth0|2"}, oidc.ErrIDToken},
		"another auth_time":                        {user, map[string]any{"auth_time": 1600000001}, oidc.ErrIDToken},
		"auth_time null":                           {user, map[string]any{"auth_time": json.RawMessage("null")}, oidc.ErrIDToken},
		"auth_time as text":                        {user, map[string]any{"auth_time": "1600000000"}, oidc.ErrIDToken},
		"another org_id":                           {user, map[string]any{"org_id": "org_2"}, oidc.ErrIDToken},
		"org_id in another case":                   {user, map[string]any{"org_id": "ORG_1"}, oidc.ErrIDToken},
		"org_id that the login lacked":             {`{"sub":"auth0|1"}`, map[string]any{"org_id": "org_1"}, oidc.ErrIDToken},
		"org_id null that the login lacked":        {`{"sub":"auth0|1"}`, map[string]any{"org_id": json.RawMessage("null")}, oidc.ErrIDToken},
		"at_hash of another token":                 {user, map[string]any{"at_hash": leftHalf("another")}, oidc.ErrIDToken},
		"expired":                                  {user, map[string]any{"exp": at - 60}, oidc.ErrIDToken},
		"for another client":                       {user, map[string]any{"aud": "other"}, oidc.ErrIDToken},
		"of another issuer":                        {user, map[string]any{"iss": "https://evil.example/"}, oidc.ErrIDToken},
		"sid of another form":                      {user, map[string]any{"sid": 1}, oidc.ErrIDToken},
		"for a session whose claims do not parse":  {`{`, nil, oidc.ErrIDToken},
		"for a session without sub":                {`{}`, nil, oidc.ErrIDToken},
		"for a session that repeats its sub":       {`{"sub":"auth0|2","sub":"auth0|1"}`, nil, oidc.ErrIDToken},
		"sub with another spelling of its letters": {`{"sub":"auth0|\u0031"}`, nil, nil},
	} {
		if _, err := p.VerifyIDToken(t.Context(), idToken(t, test.claims), refreshRules(knownSession(test.user))); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	other := knownSession(user)
	other.Issuer = "https://t.example"
	if _, err := p.VerifyIDToken(t.Context(), idToken(t, nil), refreshRules(other)); !errors.Is(err, oidc.ErrIDToken) {
		t.Errorf("a session of another issuer: %v", err)
	}
}

// Whether a key is missing for good or may not be asked for now, the token has not
// been checked: that must end nobody's session.
func TestKeyOfARefreshedTokenIsUnknown(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	token := signedBy(t, idClaims(), "k2", nil)
	for range 8 { // more than the budget
		_, err := p.VerifyIDToken(t.Context(), token, refreshRules(knownSession(`{"sub":"auth0|1"}`)))
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !errors.Is(err, oidc.ErrKeyNotFound) || errors.Is(err, oidc.ErrIDToken) {
			t.Fatalf("error %v", err)
		}
	}
	if _, err := p.VerifyIDToken(t.Context(), token, rules()); !errors.Is(err, oidc.ErrIDToken) {
		t.Errorf("at a login: %v", err)
	}
}
