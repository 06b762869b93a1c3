package auth0test_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func headerOf(t *testing.T, token string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return header
}

func keySet(t *testing.T, tenant *auth0test.Tenant) jose.JSONWebKeySet {
	t.Helper()
	response, err := http.Get(tenant.URL() + "/.well-known/jwks.json")
	answer := read(t, response, err)
	if answer.status != http.StatusOK || !strings.HasPrefix(answer.header.Get("Cache-Control"), "public, max-age=") {
		t.Fatalf("status %d, Cache-Control %q", answer.status, answer.header.Get("Cache-Control"))
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(answer.body), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// verifies tells whether go-jose finds the token good with the keys that the tenant publishes.
func verifies(t *testing.T, tenant *auth0test.Tenant, token string) bool {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
	})
	if err != nil {
		return false
	}
	_, err = signed.Verify(keySet(t, tenant))
	return err == nil
}

func TestPublishedKey(t *testing.T) {
	tenant := auth0test.Start(t)
	set := keySet(t, tenant)
	if len(set.Keys) != 1 {
		t.Fatalf("%d keys", len(set.Keys))
	}
	key := set.Keys[0]
	public, ok := key.Key.(*rsa.PublicKey)
	if !ok || public.N.BitLen() != 2048 || key.Algorithm != "RS256" || key.Use != "sig" || key.KeyID != tenant.KeyID() || !key.IsPublic() {
		t.Errorf("key %T, alg %q, use %q, kid %q", key.Key, key.Algorithm, key.Use, key.KeyID)
	}
}

func TestRotateKeysKeepsTheOldOnes(t *testing.T) {
	tenant := auth0test.Start(t)
	before := tenant.AccessToken(nil)
	tenant.RotateKeys()
	after := tenant.AccessToken(nil)
	if headerOf(t, before)["kid"] == headerOf(t, after)["kid"] {
		t.Error("the old key still signs")
	}
	if !verifies(t, tenant, before) || !verifies(t, tenant, after) || len(keySet(t, tenant).Keys) != 2 {
		t.Error("not both tokens verify")
	}
}

func TestReplaceKeysDropsTheOldOnes(t *testing.T) {
	tenant := auth0test.Start(t)
	before := tenant.AccessToken(nil)
	tenant.RotateKeys()
	tenant.ReplaceKeys()
	if verifies(t, tenant, before) || !verifies(t, tenant, tenant.AccessToken(nil)) || len(keySet(t, tenant).Keys) != 1 {
		t.Error("an old key is still there, or the new one is not")
	}
}

func TestTenantsHaveKeysOfTheirOwn(t *testing.T) {
	first, second := auth0test.Start(t), auth0test.Start(t)
	if first.KeyID() == second.KeyID() || verifies(t, second, first.AccessToken(nil)) {
		t.Error("a token of one tenant verifies at another")
	}
}
