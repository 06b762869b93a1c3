package ginauth0_test

import (
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withAssertion is a client that has no secret but a key, at a tenant that knows the
// public half.
func withAssertion(assertion ginauth0.ClientAssertion) func(*setup) {
	return func(s *setup) {
		s.tenant.Clients = []auth0test.Client{{
			ID: "keyed client", AllowLoopback: true, Keys: []auth0test.ClientKey{{KeyID: assertion.KeyID, Key: assertion.Key.Public()}},
		}}
		s.config.ClientID, s.config.ClientSecret, s.config.ClientAssertion = "keyed client", "", assertion
	}
}

// withAllCalls makes an application that calls every endpoint that a client
// authenticates at: beside the login those of /refresh, /revoke and /device.
func withAllCalls(s *setup) {
	s.config.PAR = true
	s.config.Scopes = []string{"openid", "offline_access"}
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		answer := func(c *gin.Context, err error) {
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.Status(http.StatusNoContent)
		}
		router.GET("/refresh", func(c *gin.Context) {
			_, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
			answer(c, err)
		})
		router.GET("/revoke", func(c *gin.Context) { answer(c, auth.RevokeRefreshToken(c)) })
		router.GET("/device", func(c *gin.Context) {
			_, err := auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{Subject: "auth0|ada"})
			answer(c, err)
		})
	}
}

// callAll makes all those calls and returns what the endpoints got: PAR, code and refresh,
// revocation, CIBA.
func callAll(t *testing.T, a *app) []sentRequest {
	t.Helper()
	pushed, granted, revoked, devices := a.record("/oauth/par"), a.record("/oauth/token"), a.record("/oauth/revoke"), a.record("/bc-authorize")
	b := a.browser(t)
	b.login("/auth/login")
	for _, page := range []string{"/refresh", "/revoke", "/device"} {
		if r := b.get(page, asJSON); r.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", page, r.status, r.body)
		}
	}
	return slices.Concat(pushed.all(), granted.all(), revoked.all(), devices.all())
}

// private_key_jwt at every endpoint (RFC 7523 section 2.2, OpenID Connect Core section
// 9). The tenant checks it as well.
func TestPrivateKeyJWTAtEveryEndpoint(t *testing.T) {
	t.Parallel()
	p256 := ecKey(t, elliptic.P256())
	for name, test := range map[string]struct {
		assertion ginauth0.ClientAssertion
		want      jose.SignatureAlgorithm
	}{
		"RSA":           {ginauth0.ClientAssertion{Key: rsaKey(), KeyID: "key 1"}, jose.RS256},
		"PS256":         {ginauth0.ClientAssertion{Key: rsaKey(), Algorithm: "PS256"}, jose.PS256},
		"P-256":         {ginauth0.ClientAssertion{Key: p256, KeyID: "key 2"}, jose.ES256},
		"P-384":         {ginauth0.ClientAssertion{Key: ecKey(t, elliptic.P384())}, jose.ES384},
		"P-521":         {ginauth0.ClientAssertion{Key: ecKey(t, elliptic.P521()), Algorithm: "ES512"}, jose.ES512},
		"a device":      {ginauth0.ClientAssertion{Key: device{p256.Public(), p256.Sign}, KeyID: "in hardware"}, jose.ES256},
		"a device, RSA": {ginauth0.ClientAssertion{Key: device{rsaKey().Public(), rsaKey().Sign}, Algorithm: "PS512"}, jose.PS512},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, withAssertion(test.assertion), withAllCalls)
			sent := callAll(t, a)
			if len(sent) != 5 {
				t.Fatalf("%d requests, want 5", len(sent))
			}
			seen := map[any]bool{}
			for _, request := range sent {
				if len(request.authorization) != 0 || request.form.Has("client_secret") || request.form.Get("client_id") != "keyed client" ||
					!slices.Equal(request.form["client_assertion_type"], []string{"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}) || len(request.form["client_assertion"]) != 1 {
					t.Fatalf("Authorization %q, form %v", request.authorization, request.form)
				}
				claims := verifiedAssertion(t, request.form.Get("client_assertion"), test.assertion, test.want)
				issued, _ := claims["iat"].(float64)
				want := map[string]any{
					"iss": "keyed client", "sub": "keyed client", "aud": a.tenant.Issuer(), "jti": claims["jti"],
					"iat": float64(a.clock.Now().Unix()), "nbf": issued, "exp": issued + 60,
				}
				id, _ := claims["jti"].(string)
				if !reflect.DeepEqual(claims, want) || len(id) < 26 || seen[id] {
					t.Errorf("claims %v, want %v, each with a jti of its own", claims, want)
				}
				seen[id] = true
			}
		})
	}
}

// verifiedAssertion returns the claims of an assertion whose signature and header are
// right.
func verifiedAssertion(t *testing.T, text string, a ginauth0.ClientAssertion, algorithm jose.SignatureAlgorithm) map[string]any {
	t.Helper()
	parsed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := parsed.Verify(a.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[:strings.IndexByte(text, '.')])
	if err != nil {
		t.Fatal(err)
	}
	var header, claims map[string]any
	if err := errors.Join(json.Unmarshal(raw, &header), json.Unmarshal(payload, &claims)); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"alg": string(algorithm), "typ": "JWT"}
	if a.KeyID != "" {
		want["kid"] = a.KeyID
	}
	if !reflect.DeepEqual(header, want) {
		t.Errorf("header %v, want %v", header, want)
	}
	return claims
}

// A secret at every endpoint: in the form or in the header, as the metadata say.
func TestASecretAtEveryEndpoint(t *testing.T) {
	t.Parallel()
	const id, secret = "client:1", "s p&c%r:t"
	header := []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("client%3A1:s+p%26c%25r%3At"))} // RFC 6749 section 2.3.1
	for name, test := range map[string]struct {
		methods []string
		post    bool
	}{
		"post": {[]string{"client_secret_post"}, true}, "both": {[]string{"client_secret_basic", "client_secret_post"}, true},
		"basic": {[]string{"client_secret_basic"}, false}, "another case": {[]string{"CLIENT_SECRET_POST"}, false}, "not said": {nil, false},
	} {
		a := newApp(t, withAllCalls, func(s *setup) {
			s.tenant.Clients = []auth0test.Client{{ID: id, Secret: secret, AllowLoopback: true}}
			s.config.ClientID, s.config.ClientSecret = id, secret
		})
		a.tenant.EditDiscovery(func(d map[string]any) {
			d["token_endpoint_auth_methods_supported"] = test.methods
			if test.methods == nil {
				delete(d, "token_endpoint_auth_methods_supported")
			}
		})
		sent := callAll(t, a)
		if len(sent) != 5 {
			t.Fatalf("%s: %d requests, want 5", name, len(sent))
		}
		for _, request := range sent {
			wantSecret, wantHeader := []string{secret}, []string(nil)
			if !test.post {
				wantSecret, wantHeader = nil, header
			}
			if !slices.Equal(request.form["client_secret"], wantSecret) || !slices.Equal(request.authorization, wantHeader) || request.form.Get("client_id") != id || request.form.Has("client_assertion") {
				t.Errorf("%s: Authorization %q, form %v", name, request.authorization, request.form)
			}
		}
	}
}

// A client that is refused is not tried in the other style: the same secret twice is one
// more chance to lose it.
func TestARefusedClientIsNotTriedInTheOtherStyle(t *testing.T) {
	t.Parallel()
	for _, methods := range [][]string{{"client_secret_post"}, {"client_secret_basic"}} {
		a := newApp(t)
		a.tenant.EditDiscovery(func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = methods })
		granted := a.recordAnd("/oauth/token", answering(http.StatusUnauthorized, `{"error":"invalid_client"}`))
		b := a.browser(t)
		wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusInternalServerError, `"error":"configuration_error"`)
		granted.one(t)
	}
}

// A key that the tenant does not know is a mistake of whoever set it up, and no verdict
// on the person.
func TestAnUnknownKeyIsAConfigurationError(t *testing.T) {
	t.Parallel()
	var failed atomic.Pointer[error]
	a := newApp(t, withAssertion(ginauth0.ClientAssertion{Key: ecKey(t, elliptic.P256())}), config(func(c *ginauth0.Config) {
		c.ClientAssertion.Key = ecKey(t, elliptic.P256())
		c.OnError = func(_ *gin.Context, err error) { failed.Store(&err) }
	}))
	b := a.browser(t)
	wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusInternalServerError, `"error":"configuration_error"`)
	var provider *ginauth0.ProviderError
	if err := *failed.Load(); !errors.Is(err, ginauth0.ErrConfig) || !errors.As(err, &provider) || provider.Code != "invalid_client" || provider.Op != "code" {
		t.Errorf("error %v", err)
	}
}

// A device that fails later: nothing is sent, nobody is told why, and the next try works.
func TestADeviceThatFailsForAWhile(t *testing.T) {
	t.Parallel()
	key := ecKey(t, elliptic.P256())
	var locked atomic.Bool
	var failed atomic.Pointer[error]
	errLocked := errors.New("locked by hunter2")
	assertion := ginauth0.ClientAssertion{Key: device{key.Public(), func(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
		if locked.Load() {
			return nil, errLocked
		}
		return key.Sign(random, digest, options)
	}}}
	a := newApp(t, withAssertion(assertion), withAllCalls, config(func(c *ginauth0.Config) {
		c.OnError = func(_ *gin.Context, err error) { failed.Store(&err) }
	}))
	b := a.browser(t)
	b.login("/auth/login")
	requests := func() [4]int {
		return [4]int{a.tenant.Requests("/oauth/par"), a.tenant.Requests("/oauth/token"), a.tenant.Requests("/oauth/revoke"), a.tenant.Requests("/bc-authorize")}
	}
	before := requests()
	locked.Store(true)
	for _, page := range []string{"/auth/login", "/refresh", "/revoke", "/device"} {
		r := b.get(page, asJSON)
		wantError(t, r, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
		if err := *failed.Load(); !errors.Is(err, ginauth0.ErrUpstream) || !errors.Is(err, errLocked) || strings.Contains(r.body, "hunter2") {
			t.Errorf("%s: %v, %s", page, err, r.body)
		}
	}
	if after := requests(); after != before || len(b.attemptCookies()) != 0 {
		t.Errorf("requests %v, before %v; %d attempts", after, before, len(b.attemptCookies()))
	}
	locked.Store(false)
	for _, page := range []string{"/refresh", "/revoke", "/device"} {
		if r := b.get(page, asJSON); r.status != http.StatusNoContent {
			t.Errorf("%s: %d %s", page, r.status, r.body)
		}
	}
}

// A tenant that wants a nonce in the proof gets the whole request again, with a proof and
// an assertion of its own (RFC 9449 section 8). What the first one said stays with it.
func TestANonceCostsANewProofAndANewAssertion(t *testing.T) {
	t.Parallel()
	a := newApp(t, withAssertion(ginauth0.ClientAssertion{Key: ecKey(t, elliptic.P256())}), withAllCalls, func(s *setup) {
		s.config.DPoP = true
		s.tenant.RequireDPoPNonce = true
	})
	granted := a.record("/oauth/token")
	b := a.browser(t)
	b.login("/auth/login")
	if r := b.get("/refresh", asJSON); r.status != http.StatusNoContent {
		t.Fatalf("refresh: %d %s", r.status, r.body)
	}
	sent := granted.all()
	if len(sent) != 4 {
		t.Fatalf("%d requests, want two for each grant", len(sent))
	}
	seen := map[string]bool{}
	for i, request := range sent {
		proof, assertion := proofClaims(t, request.proofs), request.form.Get("client_assertion")
		if nonce, _ := proof["nonce"].(string); (nonce != "") != (i%2 == 1) {
			t.Errorf("request %d has the nonce %q", i, nonce)
		}
		id, _ := proof["jti"].(string)
		if id == "" || seen[id] || seen[assertion] || request.form.Has("client_secret") {
			t.Errorf("request %d repeats its proof %q or its assertion", i, id)
		}
		seen[id], seen[assertion] = true, true
		delete(request.form, "client_assertion")
	}
	for i := 0; i < len(sent); i += 2 {
		if !reflect.DeepEqual(sent[i].form, sent[i+1].form) {
			t.Errorf("sent %v, then %v", sent[i].form, sent[i+1].form)
		}
	}
}

// proofClaims returns the claims of the only proof of a request. Whether it is good is
// for the tenant to check.
func proofClaims(t *testing.T, proofs []string) map[string]any {
	t.Helper()
	if len(proofs) != 1 {
		t.Fatalf("%d proofs", len(proofs))
	}
	parts := strings.Split(proofs[0], ".")
	var claims map[string]any
	raw, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// The code grant is these parameters and nothing else (RFC 6749 section 4.1.3, RFC 7636
// section 4.5).
func TestTheCodeGrantOnTheWire(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	granted := a.record("/oauth/token")
	b := a.browser(t)
	callback, err := url.Parse(b.toCallback("/auth/login"))
	if err != nil {
		t.Fatal(err)
	}
	b.get(callback.String())
	form := granted.one(t).form
	if len(form.Get("code_verifier")) < 43 { // RFC 7636 section 4.1
		t.Errorf("code_verifier %q", form.Get("code_verifier"))
	}
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {callback.Query().Get("code")}, "redirect_uri": {a.url + "/auth/callback"},
		"code_verifier": form["code_verifier"], "client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}
	if form.Encode() != want.Encode() {
		t.Errorf("sent %v, want %v", form, want)
	}
}
