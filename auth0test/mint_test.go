package auth0test_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestAccessTokenDefaults(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	tenant := auth0test.Start(t, auth0test.Config{Now: func() time.Time { return now }})
	all := claims(t, tenant, auth0test.DefaultAudience, tenant.AccessToken(nil))
	text(t, all, "jti")
	for name, want := range map[string]any{
		"iss": tenant.Issuer(), "aud": auth0test.DefaultAudience, "sub": "auth0|ada", "azp": auth0test.DefaultClientID,
		"iat": float64(now.Unix()), "exp": float64(now.Add(time.Hour).Unix()), "scope": "read:messages write:messages",
	} {
		if all[name] != want {
			t.Errorf("%s is %v, want %v", name, all[name], want)
		}
	}
	if len(all) != 8 {
		t.Errorf("claims %v, want eight", all)
	}
}

func TestAccessTokenTakesChanges(t *testing.T) {
	tenant := auth0test.Start(t)
	expiry := time.Now().Add(5 * time.Minute)
	all := claims(t, tenant, "other", tenant.AccessToken(auth0test.Claims{
		"aud": "other", "scope": nil, "exp": expiry, "permissions": []string{"admin:all"}, "https://x.test/<&>": "ü",
	}))
	if all["scope"] != nil || all["exp"] != float64(expiry.Unix()) || all["permissions"] == nil || all["https://x.test/<&>"] != "ü" {
		t.Errorf("claims %v", all)
	}
}

func TestAccessTokenOfRFC9068API(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{APIs: []auth0test.API{
		{Audience: "first"}, {Audience: "second", RFC9068: true, Scopes: []string{"a", "b"}},
	}})
	if typ := headerOf(t, tenant.AccessToken(nil))["typ"]; typ != "JWT" {
		t.Errorf("typ %v", typ)
	}
	token := tenant.AccessToken(auth0test.Claims{"aud": "second"})
	all := claims(t, tenant, "second", token)
	if headerOf(t, token)["typ"] != "at+jwt" || all["client_id"] != auth0test.DefaultClientID || all["azp"] != nil || all["scope"] != "a b" {
		t.Errorf("header %v, claims %v", headerOf(t, token), all)
	}
}

func TestIDTokenDefaults(t *testing.T) {
	tenant := auth0test.Start(t)
	all := claims(t, tenant, auth0test.DefaultClientID, tenant.IDToken(auth0test.Claims{"nonce": "n", "email": nil}))
	if all["sub"] != "auth0|ada" || all["name"] != "Ada Lovelace" || all["nonce"] != "n" || all["email"] != nil ||
		all["sid"] == nil || all["auth_time"] == nil {
		t.Errorf("claims %v", all)
	}
}

func TestSignWithEveryAlgorithm(t *testing.T) {
	tenant := auth0test.Start(t)
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		token := tenant.Sign(map[string]any{"alg": alg}, auth0test.Claims{"sub": "x"})
		// The published key says RS256; go-jose takes the header's word, which is what is tested here.
		if !verifies(t, tenant, token) {
			t.Errorf("%s does not verify", alg)
		}
	}
}

func TestSignMakesOddTokens(t *testing.T) {
	tenant := auth0test.Start(t)
	if token := tenant.Sign(map[string]any{"alg": "none"}, nil); !strings.HasSuffix(token, ".e30.") {
		t.Errorf("alg none: %s", token)
	}
	header := headerOf(t, tenant.Sign(map[string]any{"kid": nil, "crit": []string{"b64"}, "alg": "XX"}, nil))
	if _, there := header["kid"]; there || header["alg"] != "XX" || header["crit"] == nil {
		t.Errorf("header %v", header)
	}
	// The confusion of key types: the public key, as text, for a secret.
	public, _ := keySet(t, tenant).Keys[0].Key.(*rsa.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(tenant.Sign(map[string]any{"alg": "HS256"}, nil), []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Verify(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
		t.Errorf("HS256: %v", err)
	}
}

func TestMintingNeedsAnIssuer(t *testing.T) {
	tenant, err := auth0test.New(auth0test.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "issuer") {
			t.Errorf("panic %q, want one that names the issuer", got)
		}
	}()
	tenant.AccessToken(nil)
}
