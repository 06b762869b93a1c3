package ginauth0api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// problemsOf returns the fields that an error of New names.
func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v joins nothing", err)
	}
	var fields []string
	for _, problem := range joined.Unwrap() {
		var mistake *ginauth0api.ConfigError
		if !errors.As(problem, &mistake) || mistake.Problem == "" || !strings.Contains(err.Error(), mistake.Field+" "+mistake.Problem) {
			t.Errorf("%v is no useful ConfigError", problem)
			continue
		}
		fields = append(fields, mistake.Field)
	}
	return fields
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	keySet := func(keys ...jose.JSONWebKey) []byte {
		document, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		return document
	}
	public := jose.JSONWebKey{Key: issuerKey().Public(), KeyID: "k1"}
	for name, test := range map[string]struct {
		edit   func(*ginauth0api.Config)
		fields []string
	}{
		"no issuer":            {func(c *ginauth0api.Config) { c.Domain = "" }, []string{"Domain"}},
		"URL with user info":   {func(c *ginauth0api.Config) { c.Domain = "https://ada:hunter2@t.example/" }, []string{"Domain"}},
		"no audience":          {func(c *ginauth0api.Config) { c.Audience = nil }, []string{"Audience"}},
		"empty audience":       {func(c *ginauth0api.Config) { c.Audience = []string{} }, []string{"Audience"}},
		"blank audience":       {func(c *ginauth0api.Config) { c.Audience = []string{"api", " "} }, []string{"Audience"}},
		"algorithm none":       {func(c *ginauth0api.Config) { c.Algorithms = []string{"RS256", "none"} }, []string{"Algorithms"}},
		"algorithm None":       {func(c *ginauth0api.Config) { c.Algorithms = []string{"None"} }, []string{"Algorithms"}},
		"algorithm HS256":      {func(c *ginauth0api.Config) { c.Algorithms = []string{"HS256"} }, []string{"Algorithms"}},
		"algorithm blank":      {func(c *ginauth0api.Config) { c.Algorithms = []string{""} }, []string{"Algorithms"}},
		"algorithm unknown":    {func(c *ginauth0api.Config) { c.Algorithms = []string{"rs256"} }, []string{"Algorithms"}},
		"leeway negative":      {func(c *ginauth0api.Config) { c.Leeway = -time.Second }, []string{"Leeway"}},
		"leeway too long":      {func(c *ginauth0api.Config) { c.Leeway = 5*time.Minute + 1 }, []string{"Leeway"}},
		"realm with quote":     {func(c *ginauth0api.Config) { c.Realm = `a"b` }, []string{"Realm"}},
		"realm with backslash": {func(c *ginauth0api.Config) { c.Realm = `a\b` }, []string{"Realm"}},
		"realm with line":      {func(c *ginauth0api.Config) { c.Realm = "a\r\nb" }, []string{"Realm"}},
		"realm not ASCII":      {func(c *ginauth0api.Config) { c.Realm = "\u00e9" }, []string{"Realm"}},
		"two key sources": {func(c *ginauth0api.Config) {
			c.Keys = ginauth0api.KeysConfig{JWKSURI: "https://t.example/keys", Static: keySet(public)}
		}, []string{"Keys.JWKSURI"}},
		"keys over http":       {func(c *ginauth0api.Config) { c.Keys.JWKSURI = "http://t.example/keys" }, []string{"Keys.JWKSURI"}},
		"keys at a path":       {func(c *ginauth0api.Config) { c.Keys.JWKSURI = "/keys" }, []string{"Keys.JWKSURI"}},
		"keys with user info":  {func(c *ginauth0api.Config) { c.Keys.JWKSURI = "https://ada:hunter2@t.example/keys" }, []string{"Keys.JWKSURI"}},
		"keys with fragment":   {func(c *ginauth0api.Config) { c.Keys.JWKSURI = "https://t.example/keys#x" }, []string{"Keys.JWKSURI"}},
		"static: empty":        {func(c *ginauth0api.Config) { c.Keys.Static = []byte{} }, []string{"Keys.Static"}},
		"static: no JSON":      {func(c *ginauth0api.Config) { c.Keys.Static = []byte("keys") }, []string{"Keys.Static"}},
		"static: no keys":      {func(c *ginauth0api.Config) { c.Keys.Static = []byte(`{"keys":[]}`) }, []string{"Keys.Static"}},
		"static: none usable":  {func(c *ginauth0api.Config) { c.Keys.Static = []byte(`{"keys":[{"kty":"RSA"},7]}`) }, []string{"Keys.Static"}},
		"static: private key":  {func(c *ginauth0api.Config) { c.Keys.Static = keySet(public, jose.JSONWebKey{Key: strangerKey()}) }, []string{"Keys.Static"}},
		"static: symmetric":    {func(c *ginauth0api.Config) { c.Keys.Static = keySet(public, jose.JSONWebKey{Key: []byte("hunter2")}) }, []string{"Keys.Static"}},
		"static: oct, bare":    {func(c *ginauth0api.Config) { c.Keys.Static = []byte(`{"keys":[7,{"kty":"oct"}]}`) }, []string{"Keys.Static"}},
		"static: among others": {func(c *ginauth0api.Config) { c.Keys.Static = []byte(`{"keys":[7,{"kty":"RSA","d":1}]}`) }, []string{"Keys.Static"}},
		"five mistakes at once": {func(c *ginauth0api.Config) {
			*c = ginauth0api.Config{Domain: "t.example/x", Algorithms: []string{"none", "HS256"}, Leeway: -1, Realm: `"`}
		}, []string{"Domain", "Audience", "Algorithms", "Algorithms", "Leeway", "Realm"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := ginauth0api.Config{Domain: "t.example", Audience: []string{"api"}}
			test.edit(&cfg)
			guard, err := ginauth0api.New(t.Context(), cfg)
			if guard != nil || err == nil {
				t.Fatalf("guard %v, error %v", guard, err)
			}
			if fields := problemsOf(t, err); !slices.Equal(fields, test.fields) {
				t.Errorf("fields %q, want %q", fields, test.fields)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a password in %q", err)
			}
		})
	}
}

func TestNilContextIsRefused(t *testing.T) {
	t.Parallel()
	_, err := ginauth0api.New(nil, ginauth0api.Config{Domain: "t.example", Audience: []string{"api"}}) //nolint:staticcheck // the mistake is the test
	if err == nil || !slices.Equal(problemsOf(t, err), []string{"ctx"}) {
		t.Errorf("error %v", err)
	}
}

func TestConfigAccepted(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{
		"t.eu.auth0.com", "T.eu.auth0.com", "t.example:8443", "https://t.example", "https://t.example/", "https://t.example/realms/one",
		"http://localhost:4000/", "http://127.0.0.1:4000", "http://[::1]:4000/",
	} {
		guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
			Domain: domain, Audience: []string{"api"}, Leeway: 5 * time.Minute, Realm: "a realm, with 'words' [1]",
			Algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
		})
		if err != nil {
			t.Errorf("%s: %v", domain, err)
			continue
		}
		guard.Close()
	}
}

// Nil hooks, logger and client mean the defaults, also where they are used.
func TestNilHooksMeanDefaults(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.HTTPClient, cfg.Logger, cfg.OnError, cfg.OnEvent, cfg.ClientCertificate = nil, nil, nil, nil, nil
	})
	a := protect(t, guard.RequireAuth())
	wantOK(t, a.bearer(i.token(nil)))
	wantRefused(t, a.bearer(i.token(claims{"cnf": map[string]string{"x5t#S256": thumbprint}})), "mtls_binding_mismatch", "")
	wantRefused(t, a.get(), "credentials_missing", "")
}

func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	cfg := ginauth0api.Config{Domain: i.name(), Audience: []string{audience}, Algorithms: []string{"RS256"}}
	cfg.Keys.Static = staticKeys(t)
	guard, err := ginauth0api.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	cfg.Audience[0], cfg.Algorithms[0] = "other", "RS512"
	clear(cfg.Keys.Static)
	wantOK(t, protect(t, guard.RequireAuth()).bearer(i.token(nil)))
}

// roundTripper counts what passes a client of the application's own.
type roundTripper struct{ requests int }

func (r *roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	r.requests++
	return http.DefaultTransport.RoundTrip(request)
}

func TestHTTPClientIsUsed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	transport := &roundTripper{}
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.HTTPClient = &http.Client{Transport: transport} })
	wantOK(t, protect(t, guard.RequireAuth()).bearer(i.token(nil)))
	if transport.requests != 2 {
		t.Errorf("%d requests, want 2", transport.requests)
	}
}
