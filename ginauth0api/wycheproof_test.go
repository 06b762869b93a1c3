package ginauth0api_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// The published JOSE vectors of internal/jws, here as requests to a Guard. Their
// payloads are no claims, so that as they are, they are refused before any
// signature is looked at: that says only that nothing gets through. What is worth
// more are grafts, the vector's header and signature around claims that the Guard
// would accept: they fail at the signature, unless their form or algorithm is
// refused earlier. That the same claims under the same key are let through once
// they are signed shows that nothing else kept the grafts out.

type joseGroup struct {
	Comment         string
	Public, Private json.RawMessage
	Tests           []struct {
		ID      int `json:"tcId"`
		Comment string
		JWS     json.RawMessage
		JWE     json.RawMessage
	}
}

func joseVectors(t *testing.T) []joseGroup {
	t.Helper()
	var groups []joseGroup
	for _, name := range []string{"json_web_signature", "json_web_key", "json_web_crypto"} {
		text, err := os.ReadFile("../internal/jws/testdata/wycheproof/" + name + "_test.json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ TestGroups []joseGroup }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		groups = append(groups, file.TestGroups...)
	}
	return groups
}

// keySet is the key of a group as a JWK Set, which it may be already.
func keySet(key json.RawMessage) []byte {
	if strings.Contains(string(key), `"keys"`) {
		return key
	}
	return slices.Concat([]byte(`{"keys":[`), key, []byte(`]}`))
}

const vectorIssuer = "https://t.example/"

func newVectorGuard(t *testing.T, keys []byte) (*ginauth0api.Guard, error) {
	t.Helper()
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: vectorIssuer, Audience: []string{audience}, Keys: ginauth0api.KeysConfig{Static: keys},
		Algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
	})
	if guard != nil {
		t.Cleanup(guard.Close)
	}
	return guard, err
}

const vectorClaims = `{"iss":"` + vectorIssuer + `","aud":"` + audience + `","sub":"auth0|ada","exp":4000000000}`

// Keys that New must not take: secret ones, private ones, and those of the
// vectors that may not verify.
func TestWycheproofKeysThatNewRefuses(t *testing.T) {
	t.Parallel()
	secret, unfit := 0, []string{}
	refuses := func(key json.RawMessage) bool {
		_, err := newVectorGuard(t, keySet(key))
		var problem *ginauth0api.ConfigError
		if err != nil && (!errors.As(err, &problem) || problem.Field != "Keys.Static") {
			t.Errorf("refused for something else: %v", err)
		}
		return err != nil
	}
	for _, group := range joseVectors(t) {
		if !refuses(group.Private) {
			t.Errorf("%s: the private key is accepted", group.Comment)
		}
		secret++
		if group.Public != nil && refuses(group.Public) {
			unfit = append(unfit, group.Comment)
		}
	}
	if secret != 56 {
		t.Errorf("%d secret keys, want 56", secret)
	}
	want := []string{
		"rsa_encryption", "ec_key_for_encryption", "rsa_encryption", "ec_key_for_encryption", // use, then key_ops
		"rs256" /* use enc */, "jws_rsa_roca_key", "keysize_too_small", "exponentOne", "invalid_use", "invalid_point", "wrong_curve", "wrong_kty",
		"jws_rsa_roca_key",
	}
	if !slices.Equal(unfit, want) {
		t.Errorf("public keys refused: %q\nwant %q", unfit, want)
	}
}

func TestWycheproofThroughTheGuard(t *testing.T) {
	t.Parallel()
	plain, grafted, signed := map[string]int{}, map[string]int{}, 0
	for _, group := range joseVectors(t) {
		if group.Public == nil {
			continue
		}
		guard, err := newVectorGuard(t, keySet(group.Public))
		if err != nil {
			continue // see above
		}
		a := protect(t, guard.RequireAuth())
		for _, v := range group.Tests {
			var text string
			if json.Unmarshal(slices.Concat(v.JWS, v.JWE), &text) != nil {
				text = string(slices.Concat(v.JWS, v.JWE))
			}
			plain[refusalCode(t, a.bearer(text))]++
			if segments := strings.Split(text, "."); len(segments) == 3 {
				grafted[refusalCode(t, a.bearer(segments[0]+"."+encode(vectorClaims)+"."+segments[2]))]++
			}
		}
		if token, ok := signWith(t, group); ok {
			wantOK(t, a.bearer(token))
			signed++
		}
	}
	// Four are empty; the others are no compact JWS, or have no claims.
	if want := map[string]int{"authorization_malformed": 4, "token_malformed": 384}; !maps.Equal(plain, want) {
		t.Errorf("as they are: %v\nwant %v", plain, want)
	}
	if want := map[string]int{"invalid_signature": 335, "jwks_key_not_found": 15, "invalid_algorithm": 2, "token_malformed": 16}; !maps.Equal(grafted, want) {
		t.Errorf("grafted: %v\nwant %v", grafted, want)
	}
	if signed != 16 {
		t.Errorf("%d keys let their tokens through, want 16", signed)
	}
}

// refusalCode is the error code of an answer that must be a refusal.
func refusalCode(t *testing.T, got answer) string {
	t.Helper()
	var body struct {
		Code string `json:"error_code"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != http.StatusUnauthorized && got.status != http.StatusBadRequest {
		t.Errorf("status %d %s, want a refusal", got.status, got.body)
	}
	return body.Code
}

// signWith signs the claims with the private key of a group, if its JWK names an
// algorithm that exists.
func signWith(t *testing.T, group joseGroup) (token string, ok bool) {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keySet(group.Private), &set); err != nil {
		t.Fatal(err)
	}
	key := set.Keys[0]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		return "", false
	}
	signature, err := signer.Sign([]byte(vectorClaims))
	if err != nil {
		t.Fatal(err)
	}
	token, err = signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token, true
}
