package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutTime is when the logout tokens of these tests arrive.
var logoutTime = time.Unix(1_700_000_100, 0)

// logoutClaims are those of a sound token, issued at logoutTime, with changes
// over them. A nil value removes a claim.
func logoutClaims(t testing.TB, edit map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": issuer, "aud": "client", "sub": "auth0|1", "sid": "s1", "jti": "j1",
		"iat": logoutTime.Unix(), "exp": logoutTime.Unix() + 120, "events": map[string]any{logoutEvent: map[string]any{}},
	}
	maps.Copy(claims, edit)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

func logoutToken(t *testing.T, edit map[string]any) string {
	t.Helper()
	return signed(t, logoutClaims(t, edit), map[jose.HeaderKey]any{"typ": "logout+jwt"})
}

func logoutRules() oidc.LogoutTokenRules {
	return oidc.LogoutTokenRules{ClientID: "client", Algorithms: []string{"ES256"}, Leeway: time.Minute, Now: logoutTime}
}

func TestVerifyLogoutTokenAccepts(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	at := logoutTime.Unix()
	for name, test := range map[string]struct {
		claims   map[string]any
		sub, sid string
	}{
		"a sound token":                    {nil, "auth0|1", "s1"},
		"sub alone":                        {map[string]any{"sid": nil}, "auth0|1", ""},
		"sid alone":                        {map[string]any{"sub": nil}, "", "s1"},
		"audience in an array":             {map[string]any{"aud": []string{"client"}}, "auth0|1", "s1"},
		"several audiences with azp":       {map[string]any{"aud": []string{"other", "client"}, "azp": "client"}, "auth0|1", "s1"},
		"an event with members":            {map[string]any{"events": map[string]any{logoutEvent: map[string]any{"a": []int{1}}}}, "auth0|1", "s1"},
		"another event beside it":          {map[string]any{"events": map[string]any{"urn:other": nil, logoutEvent: map[string]any{}}}, "auth0|1", "s1"},
		"a claim that nobody knows":        {map[string]any{"trace_id": "0123456789abcdef"}, "auth0|1", "s1"},
		"jti as long as allowed":           {map[string]any{"jti": strings.Repeat("j", 255)}, "auth0|1", "s1"},
		"exp past inside the leeway":       {map[string]any{"exp": at - 59}, "auth0|1", "s1"},
		"iat ahead inside the leeway":      {map[string]any{"iat": at + 60}, "auth0|1", "s1"},
		"as old as age and leeway allow":   {map[string]any{"iat": at - 360}, "auth0|1", "s1"},
		"nbf ahead inside the leeway":      {map[string]any{"nbf": at + 60}, "auth0|1", "s1"},
		"exp in the far future":            {map[string]any{"exp": int64(1) << 53}, "auth0|1", "s1"},
		"a sid longer than a session's is": {map[string]any{"sid": strings.Repeat("s", 256)}, "auth0|1", strings.Repeat("s", 256)},
	} {
		token, err := p.VerifyLogoutToken(t.Context(), logoutToken(t, test.claims), logoutRules())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if token.Issuer != issuer || token.Subject != test.sub || token.SessionID != test.sid || token.TokenID == "" {
			t.Errorf("%s: %+v", name, token)
		}
	}
}

func TestVerifyLogoutTokenReadsFractions(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	at := float64(logoutTime.Unix())
	token, err := p.VerifyLogoutToken(t.Context(), logoutToken(t, map[string]any{"iat": at + 0.25, "exp": at + 60.5}), logoutRules())
	if err != nil {
		t.Fatal(err)
	}
	if want := logoutTime.Add(250 * time.Millisecond); !token.IssuedAt.Equal(want) {
		t.Errorf("IssuedAt = %v, want %v", token.IssuedAt, want)
	}
	if want := logoutTime.Add(60*time.Second + 500*time.Millisecond); !token.Expiry.Equal(want) {
		t.Errorf("Expiry = %v, want %v", token.Expiry, want)
	}
}

// Header and claims of a token as Auth0 sends it: typ JWT, aud a string, two
// minutes of life, sub and sid, and a trace_id.
func TestVerifyLogoutTokenOfAuth0(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: key.Public(), KeyID: "TXNyMFbvFKnFAlqfQnMaQ", Use: "sig", Algorithm: "RS256"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork()
	n.answer(keysURL, body(string(set)))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "TXNyMFbvFKnFAlqfQnMaQ"}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(`{"iss":"https://t.example/","sub":"google-oauth2|112918960155987323361","aud":"ZHTZrfntfPjYZDJi",` +
		`"iat":1700000100,"exp":1700000220,"jti":"c31b3a14-9397-44c4-856a-9ea188009345",` +
		`"events":{"http://schemas.openid.net/event/backchannel-logout":{}},"trace_id":"a0d47e9ac85a15a4","sid":"HDCe0CH-r6Dj2iyihTnjsFps9a_INrE_"}`))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	r := logoutRules()
	r.ClientID, r.Algorithms = "ZHTZrfntfPjYZDJi", []string{"RS256"}
	token, err := newProvider(t, "t.example", n).VerifyLogoutToken(t.Context(), raw, r)
	if err != nil {
		t.Fatal(err)
	}
	want := oidc.LogoutToken{
		Issuer: issuer, Subject: "google-oauth2|112918960155987323361", SessionID: "HDCe0CH-r6Dj2iyihTnjsFps9a_INrE_",
		TokenID: "c31b3a14-9397-44c4-856a-9ea188009345", IssuedAt: time.Unix(1700000100, 0), Expiry: time.Unix(1700000220, 0),
	}
	if *token != want {
		t.Errorf("%+v, want %+v", *token, want)
	}
}

func TestVerifyLogoutTokenReadsTypes(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "t.example", newNetwork())
	for _, typ := range []string{"", "logout+jwt", "application/logout+jwt", "Logout+JWT", "JWT", "jwt", "application/jwt"} {
		header := map[jose.HeaderKey]any{"typ": typ}
		if typ == "" {
			header = nil
		}
		if _, err := p.VerifyLogoutToken(t.Context(), signed(t, logoutClaims(t, nil), header), logoutRules()); err != nil {
			t.Errorf("typ %q: %v", typ, err)
		}
	}
	for _, typ := range []any{"at+jwt", "dpop+jwt", "JOSE", "id+jwt", "secevent+jwt", "logout", "logout+jwt ", "", 1, nil} {
		_, err := p.VerifyLogoutToken(t.Context(), signed(t, logoutClaims(t, nil), map[jose.HeaderKey]any{"typ": typ}), logoutRules())
		if !errors.Is(err, oidc.ErrLogoutToken) {
			t.Errorf("typ %q: %v, want ErrLogoutToken", typ, err)
		}
	}
}
