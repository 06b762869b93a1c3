package oidc_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// signedText signs any texts for header and claims with ES256.
func signedText(t *testing.T, header, claims string) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, signingKey(), digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// What is signed correctly and accepted keeps the rules by the reading of
// encoding/json too; what is not accepted is refused and never unavailable.
func FuzzLogoutToken(f *testing.F) {
	const header = `{"alg":"ES256","kid":"k1","typ":"logout+jwt"}`
	sound := logoutClaims(f, nil)
	for _, claims := range []string{
		sound,
		logoutClaims(f, map[string]any{"sub": nil}),
		logoutClaims(f, map[string]any{"sid": nil, "nonce": nil}),
		logoutClaims(f, map[string]any{"nonce": json.RawMessage("null")}),
		logoutClaims(f, map[string]any{"events": map[string]any{logoutEvent: nil}}),
		logoutClaims(f, map[string]any{"aud": []string{"client", "other"}, "azp": "client"}),
		strings.Replace(sound, `"nonce"`, `"nonc\u0065"`, 1),
		strings.Replace(sound, `"jti"`, `"\u006ati"`, 1),
		strings.Replace(sound, `"events"`, `"EVENTS"`, 1),
		strings.Replace(sound, "1700000100", "17000001e2", 1),
		strings.TrimSuffix(sound, "}") + `,"Nonce":1}`,
		"{}", "[]", "",
	} {
		f.Add(header, claims)
	}
	f.Add(`{"alg":"ES256","kid":"k1"}`, sound)
	f.Add(`{"alg":"ES256","typ":"JWT"}`, sound)
	f.Add(`{"alg":"ES256","typ":"at+jwt"}`, sound)
	f.Add(`{"alg":"none"}`, sound)
	p := newProvider(f, "t.example", newNetwork())
	if err := p.Warm(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header, claims string) {
		token, err := p.VerifyLogoutToken(t.Context(), signedText(t, header, claims), logoutRules())
		if err != nil {
			if !errors.Is(err, oidc.ErrLogoutToken) || token != nil {
				t.Fatalf("%v, %+v", err, token)
			}
			return
		}
		var all map[string]any
		if json.Unmarshal([]byte(claims), &all) != nil {
			t.Fatalf("accepted, but not read by encoding/json: %s", claims)
		}
		text := func(name string) string { s, _ := all[name].(string); return s }
		_, nonce := all["nonce"]
		audiences, _ := all["aud"].([]any)
		events, _ := all["events"].(map[string]any)
		_, event := events[logoutEvent].(map[string]any)
		switch {
		case nonce, !event, all["iss"] != issuer, all["aud"] != "client" && !slices.Contains(audiences, any("client")),
			text("jti") == "", text("sub")+text("sid") == "":
			t.Fatalf("accepted: %s", claims)
		case token.Subject != text("sub"), token.SessionID != text("sid"), token.TokenID != text("jti"), token.Issuer != issuer:
			t.Fatalf("%+v read from %s", token, claims)
		}
		now, leeway := float64(logoutTime.Unix()), 60.0
		exp, hasExp := all["exp"].(float64)
		iat, hasIat := all["iat"].(float64)
		if !hasExp || !hasIat || now >= exp+leeway || iat > now+leeway || iat < now-300-leeway {
			t.Fatalf("accepted at another time: %s", claims)
		}
	})
}
