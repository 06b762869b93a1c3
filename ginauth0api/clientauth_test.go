package ginauth0api_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// The client authenticates in one way, and not in another when that is refused.
func TestClientAuthenticatesInOneWay(t *testing.T) {
	t.Parallel()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("client%3A1:s+p%26c%25r%3At"))
	for name, test := range map[string]struct {
		methods []string
		post    bool
	}{
		"not said":  {nil, false},
		"basic":     {[]string{"client_secret_basic"}, false},
		"post":      {[]string{"client_secret_post"}, true},
		"both":      {[]string{"client_secret_basic", "client_secret_post"}, true},
		"neither":   {[]string{"private_key_jwt"}, false},
		"similarly": {[]string{"CLIENT_SECRET_POST"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			members := map[string]any{}
			if test.methods != nil {
				members["token_endpoint_auth_methods_supported"] = test.methods
			}
			s := newTokenServer(t, members)
			s.reply(http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`)
			_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
			wantEndpointError(t, err, "invalid_client", http.StatusUnauthorized)
			want := tokenRequest{leastForm(), []string{basic}}
			if test.post {
				want.form.Set("client_secret", clientSecret)
				want.authorization = nil
			}
			if got := s.one(); !reflect.DeepEqual(got, want) {
				t.Errorf("%q\nwant %q", got, want)
			}
		})
	}
}

func TestClientAuthenticatesByAssertion(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newTokenServer(t, map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"}})
	guard := newClient(t, s, func(cfg *ginauth0api.Config) {
		cfg.Domain = s.URL // the issuer ends with a slash, and that is the audience
		cfg.Client = ginauth0api.ClientConfig{ID: clientID, Assertion: ginauth0api.ClientAssertion{Key: private, KeyID: "k1"}}
	})
	seen := map[string]bool{}
	for range 2 {
		if _, err := exchangeLeast(t.Context(), guard); err != nil {
			t.Fatal(err)
		}
		got := s.one()
		text := got.form.Get("client_assertion")
		want := tokenRequest{form: leastForm()}
		want.form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		want.form.Set("client_assertion", text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q\nwant %q", got, want)
		}
		parsed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{jose.EdDSA})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := parsed.Verify(public)
		if err != nil || parsed.Signatures[0].Header.KeyID != "k1" {
			t.Fatalf("kid %q, %v", parsed.Signatures[0].Header.KeyID, err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		issued, _ := claims["iat"].(float64)
		id, _ := claims["jti"].(string)
		whole := map[string]any{"iss": clientID, "sub": clientID, "aud": s.URL + "/", "jti": id, "iat": issued, "nbf": issued, "exp": issued + 60}
		if !reflect.DeepEqual(claims, whole) || len(id) < 26 || seen[id] {
			t.Errorf("claims %v", claims)
		}
		seen[id] = true
	}
}
