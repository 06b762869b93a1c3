package auth0test_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assert signs an assertion with go-jose. A nil value removes a claim.
func assert(t *testing.T, tenant *auth0test.Tenant, alg jose.SignatureAlgorithm, key any, header, changes map[string]any) string {
	t.Helper()
	now := time.Now()
	all := map[string]any{
		"iss": "web", "sub": "web", "aud": tenant.Issuer(), "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// assertedForm is a good request for client credentials with an assertion, with changes.
func assertedForm(assertion string, changes url.Values) url.Values {
	return changed(url.Values{
		"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience}, "client_id": {"web"},
		"client_assertion_type": {assertionType}, "client_assertion": {assertion},
	}, changes)
}

func startWithKeys(t *testing.T, keys ...auth0test.ClientKey) *auth0test.Tenant {
	t.Helper()
	return auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Clients: []auth0test.Client{
		{ID: "web", Keys: keys, AllowLoopback: true},
		{ID: "other", Secret: "s", AllowLoopback: true},
	}})
}

func TestAssertionAlgorithms(t *testing.T) {
	rsaPrivate := rsaKey(t, 2048)
	p256, p384, p521 := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), ecKey(t, elliptic.P521())
	tenant := startWithKeys(t,
		auth0test.ClientKey{Key: rsaPrivate.Public()}, auth0test.ClientKey{Key: p256.Public()},
		auth0test.ClientKey{Key: p384.Public()}, auth0test.ClientKey{Key: p521.Public()},
	)
	for alg, key := range map[jose.SignatureAlgorithm]crypto.Signer{
		jose.RS256: rsaPrivate, jose.RS384: rsaPrivate, jose.RS512: rsaPrivate,
		jose.PS256: rsaPrivate, jose.PS384: rsaPrivate, jose.PS512: rsaPrivate,
		jose.ES256: p256, jose.ES384: p384, jose.ES512: p521,
	} {
		granted(t, tenant, assertedForm(assert(t, tenant, alg, key, nil, nil), nil))
	}
	// RFC 7521 section 4.2: the assertion says who the client is.
	granted(t, tenant, assertedForm(assert(t, tenant, jose.ES256, p256, nil, nil), url.Values{"client_id": {""}}))
	// RFC 7523 section 3 requires neither iat nor nbf.
	granted(t, tenant, assertedForm(assert(t, tenant, jose.ES256, p256, nil, map[string]any{"iat": nil, "nbf": nil}), nil))
	granted(t, tenant, assertedForm(assert(t, tenant, jose.ES256, p256, nil, map[string]any{
		"exp": time.Now().Add(5*time.Minute - time.Second).Unix(),
	}), nil))
}

func TestAssertionIsRefused(t *testing.T) {
	key, foreign := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	private := rsaKey(t, 2048)
	tenant := startWithKeys(t, auth0test.ClientKey{KeyID: "one", Key: key.Public()}, auth0test.ClientKey{KeyID: "two", Key: private.Public()})
	one := map[string]any{"kid": "one"}
	now := time.Now()
	good := func() string { return assert(t, tenant, jose.ES256, key, one, nil) }
	granted(t, tenant, assertedForm(good(), nil))

	for name, changes := range map[string]map[string]any{
		"of another issuer":               {"iss": "other"},
		"about another client":            {"sub": "other"},
		"of an unknown client":            {"iss": "nobody", "sub": "nobody"},
		"without iss":                     {"iss": nil},
		"without sub":                     {"sub": nil},
		"for the token endpoint":          {"aud": tenant.URL() + "/oauth/token"},
		"for the issuer without slash":    {"aud": tenant.URL()},
		"for an array with the issuer":    {"aud": []string{tenant.Issuer()}},
		"for two audiences":               {"aud": []string{tenant.Issuer(), "https://other.example.test/"}},
		"without aud":                     {"aud": nil},
		"without exp":                     {"exp": nil},
		"with exp as text":                {"exp": strconv.FormatInt(now.Add(time.Minute).Unix(), 10)},
		"expired":                         {"exp": now.Add(-time.Second).Unix()},
		"valid for longer than 5 minutes": {"exp": now.Add(6 * time.Minute).Unix()},
		"issued in the future":            {"iat": now.Add(time.Minute).Unix()},
		"not valid before later":          {"nbf": now.Add(time.Minute).Unix()},
		"without jti":                     {"jti": nil},
		"with an empty jti":               {"jti": ""},
		"with a number as jti":            {"jti": 7},
		"with an endless jti":             {"jti": strings.Repeat("a", 257)},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, assertedForm(assert(t, tenant, jose.ES256, key, one, changes), nil)), http.StatusUnauthorized, "invalid_client")
		})
	}

	segments := strings.Split(good(), ".")
	otherClaims := strings.Split(good(), ".")[1]
	for name, assertion := range map[string]string{
		"of a foreign key":             assert(t, tenant, jose.ES256, foreign, one, nil),
		"without kid":                  assert(t, tenant, jose.ES256, key, nil, nil),
		"under the kid of another key": assert(t, tenant, jose.ES256, key, map[string]any{"kid": "two"}, nil),
		"with HS256":                   assert(t, tenant, jose.HS256, []byte(strings.Repeat("k", 32)), one, nil),
		"with crit":                    assert(t, tenant, jose.ES256, key, map[string]any{"kid": "one", "crit": []string{"x"}, "x": 1}, nil),
		"without a signature":          segments[0] + "." + segments[1] + ".",
		"with claims of another one":   segments[0] + "." + otherClaims + "." + segments[2],
		"with alg none":                base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"one"}`)) + "." + segments[1] + ".",
		"that is no JWT":               "not-a-jwt",
		"that is oversized":            assert(t, tenant, jose.ES256, key, one, map[string]any{"padding": strings.Repeat("a", 9<<10)}),
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, assertedForm(assertion, nil)), http.StatusUnauthorized, "invalid_client")
		})
	}

	t.Run("used twice", func(t *testing.T) {
		assertion := good()
		granted(t, tenant, assertedForm(assertion, nil))
		wantRefusal(t, token(t, tenant, assertedForm(assertion, nil)), http.StatusUnauthorized, "invalid_client")
	})
	t.Run("its jti used twice", func(t *testing.T) {
		again := map[string]any{"jti": "the-same"}
		granted(t, tenant, assertedForm(assert(t, tenant, jose.ES256, key, one, again), nil))
		wantRefusal(t, token(t, tenant, assertedForm(assert(t, tenant, jose.ES256, key, one, again), nil)), http.StatusUnauthorized, "invalid_client")
	})
	t.Run("beside the id of another client", func(t *testing.T) {
		wantRefusal(t, token(t, tenant, assertedForm(good(), url.Values{"client_id": {"other"}})), http.StatusUnauthorized, "invalid_client")
	})
	t.Run("of a client without keys", func(t *testing.T) {
		assertion := assert(t, tenant, jose.ES256, key, one, map[string]any{"iss": "other", "sub": "other"})
		wantRefusal(t, token(t, tenant, assertedForm(assertion, url.Values{"client_id": {"other"}})), http.StatusUnauthorized, "invalid_client")
	})
	for name, changes := range map[string]url.Values{
		"beside a secret":         {"client_secret": {"s"}},
		"of another type":         {"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}},
		"without a type":          {"client_assertion_type": {""}},
		"announced but not there": {"client_assertion": {""}},
		"there twice":             {"client_assertion": {good(), good()}},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, assertedForm(good(), changes)), http.StatusBadRequest, "invalid_request")
		})
	}
	t.Run("beside an Authorization header", func(t *testing.T) {
		answer := post(t, tenant.URL()+"/oauth/token", assertedForm(good(), nil).Encode(), http.Header{"Authorization": {"Basic d2ViOnM="}})
		wantRefusal(t, answer, http.StatusBadRequest, "invalid_request")
	})
}

// A client with keys has no other way in.
func TestClientWithKeysNeedsAnAssertion(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	tenant := startWithKeys(t, auth0test.ClientKey{Key: key.Public()})
	for _, secret := range []string{"", "s"} {
		form := assertedForm("", url.Values{"client_assertion_type": {""}, "client_assertion": {""}, "client_secret": {secret}})
		wantRefusal(t, token(t, tenant, form), http.StatusUnauthorized, "invalid_client")
	}
}

// Whoever finds a jti in a log cannot use up that of another client.
func TestAssertionsOfTwoClientsMayHaveOneID(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	keys := []auth0test.ClientKey{{Key: key.Public()}}
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{{ID: "web", Keys: keys}, {ID: "other", Keys: keys}}})
	for _, id := range []string{"web", "other"} {
		assertion := assert(t, tenant, jose.ES256, key, nil, map[string]any{"iss": id, "sub": id, "jti": "the-same"})
		granted(t, tenant, assertedForm(assertion, url.Values{"client_id": {id}}))
	}
}

func TestCodeGrantWithAssertion(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	tenant := startWithKeys(t, auth0test.ClientKey{KeyID: "one", Key: key.Public()})
	code := newBrowser(t, tenant).login(url.Values{"client_id": {"web"}, "scope": {"openid offline_access"}})
	with := func() url.Values {
		return url.Values{
			"client_id": {"web"}, "client_secret": {""}, "client_assertion_type": {assertionType},
			"client_assertion": {assert(t, tenant, jose.ES256, key, map[string]any{"kid": "one"}, nil)},
		}
	}
	answer := granted(t, tenant, codeForm(code, with()))
	answer = granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), with()))
	form := changed(url.Values{"token": {text(t, answer, "refresh_token")}}, with())
	if got := post(t, tenant.URL()+"/oauth/revoke", form.Encode(), nil); got.status != http.StatusOK {
		t.Errorf("revocation: status %d: %s", got.status, got.body)
	}
}

// One assertion serves one request, whichever endpoint it was for.
func TestPushedRequestWithAssertion(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	tenant := startWithKeys(t, auth0test.ClientKey{Key: key.Public()})
	with := func(assertion string) url.Values {
		return url.Values{
			"client_id": {"web"}, "client_secret": {""}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
		}
	}
	assertion := assert(t, tenant, jose.ES256, key, nil, nil)
	_, address := pushed(t, tenant, pushForm(with(assertion)))
	code := newBrowser(t, tenant).get(address).location(t).Get("code")
	wantRefusal(t, push(t, tenant, pushForm(with(assertion))), http.StatusUnauthorized, "invalid_client")
	wantRefusal(t, token(t, tenant, codeForm(code, with(assertion))), http.StatusUnauthorized, "invalid_client")
	granted(t, tenant, codeForm(code, with(assert(t, tenant, jose.ES256, key, nil, nil))))
}

func TestAssertionsFollowTheClockOfTheTenant(t *testing.T) {
	key, clock := ecKey(t, elliptic.P256()), newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, Clients: []auth0test.Client{
		{ID: "web", Keys: []auth0test.ClientKey{{Key: key.Public()}}},
	}})
	assertion := assert(t, tenant, jose.ES256, key, nil, nil)
	clock.advance(time.Hour)
	wantRefusal(t, token(t, tenant, assertedForm(assertion, nil)), http.StatusUnauthorized, "invalid_client")
	now := clock.Now()
	later := map[string]any{"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	granted(t, tenant, assertedForm(assert(t, tenant, jose.ES256, key, nil, later), nil))
}

func TestClientKeysAreValidated(t *testing.T) {
	key, p224 := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P224())
	small := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
	_, err := auth0test.New(auth0test.Config{Clients: []auth0test.Client{
		{ID: "a", Secret: "s", Keys: []auth0test.ClientKey{{Key: key.Public()}}},
		{ID: "b", Public: true, Keys: []auth0test.ClientKey{{Key: key.Public()}}},
		{ID: "c", Keys: []auth0test.ClientKey{{}, {Key: key}, {Key: small}, {Key: p224.Public()}, {Key: "text"}}},
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Config.Clients[0].Secret:", "Config.Clients[1].Keys:", "Config.Clients[2].Keys[0].Key:", "Config.Clients[2].Keys[1].Key:",
		"Config.Clients[2].Keys[2].Key:", "Config.Clients[2].Keys[3].Key:", "Config.Clients[2].Keys[4].Key:",
	} {
		if !strings.Contains(err.Error(), "auth0test: "+want) {
			t.Errorf("the error does not name %s\n%v", want, err)
		}
	}
}
