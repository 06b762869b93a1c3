package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// setenv makes an environment with these settings and no others, in an empty directory.
func setenv(t *testing.T, environment map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_SECRET", "SESSION_SECRET", "APP_BASE_URL",
		"AUTH0_AUDIENCE", "AUTH0_SCOPE", "AUTH0_ORGANIZATION", "AUTH0_PAR", "AUTH0_DPOP", "API_URL", "TRUSTED_PROXIES",
		"REDIS_URL", "HOST", "PORT", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY", "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
	} {
		t.Setenv(name, environment[name])
	}
}

const (
	secret     = "a secret of 32 bytes and more for tests"
	signingKey = "AUTH0_CLIENT_ASSERTION_SIGNING_KEY"
)

// tenant is the environment of a program with a tenant, and what more is given.
func tenant(more ...string) map[string]string {
	environment := map[string]string{
		"AUTH0_DOMAIN": "tenant.example.test", "AUTH0_CLIENT_ID": "id", "AUTH0_CLIENT_SECRET": "secret", "AUTH0_SECRET": secret,
	}
	for i := 0; i < len(more); i += 2 {
		environment[more[i]] = more[i+1]
	}
	return environment
}

func TestSettingsWithNothingSet(t *testing.T) {
	setenv(t, nil)
	s, err := readSettings()
	if err != nil {
		t.Fatal(err)
	}
	if !s.development || s.redis != nil || s.auth.PAR || s.auth.DPoP || s.api != "http://localhost:8000" || s.address != "localhost:3000" || s.auth.BaseURL != "http://localhost:3000" ||
		s.auth.Domain != "http://localhost:4000" || s.auth.ClientID != "dev-client" || s.auth.ClientSecret != "dev-secret" ||
		s.auth.Audience != "https://api.example.test" ||
		!slices.Equal(s.auth.Scopes, []string{"openid", "profile", "email", "offline_access", "read:messages"}) {
		t.Errorf("%+v", s)
	}
	again, err := readSettings()
	if err != nil || len(again.auth.Secrets) != 1 || len(again.auth.Secrets[0]) < 32 || again.auth.Secrets[0] == s.auth.Secrets[0] {
		t.Errorf("the secret is short or known beforehand, %v", err)
	}
}

func TestDevelopmentSettingsGiveWay(t *testing.T) {
	setenv(t, map[string]string{"AUTH0_CLIENT_ID": "id", "AUTH0_CLIENT_SECRET": "mine", "AUTH0_SECRET": secret, "PORT": "3001"})
	s, err := readSettings()
	if err != nil || !s.development || s.auth.ClientID != "id" || s.auth.ClientSecret != "mine" ||
		string(s.auth.Secrets[0]) != secret || s.auth.BaseURL != "http://localhost:3001" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSettingsOfATenant(t *testing.T) {
	setenv(t, tenant("HOST", "0.0.0.0", "PORT", "80", "APP_BASE_URL", "https://app.example.test, https://www.example.test",
		"AUTH0_AUDIENCE", "https://mine.example.test", "AUTH0_SCOPE", "openid email", "AUTH0_ORGANIZATION", "org_1",
		"TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1", "AUTH0_PAR", "true", "AUTH0_DPOP", "true",
		"API_URL", "https://api.example.test/v1/",
		"REDIS_URL", "rediss://:password@redis.example.test:6380/2"))
	s, err := readSettings()
	if err != nil {
		t.Fatal(err)
	}
	if s.development || !s.auth.PAR || !s.auth.DPoP || s.api != "https://api.example.test/v1" || s.address != "0.0.0.0:80" || s.auth.Domain != "tenant.example.test" || s.auth.Organization != "org_1" ||
		s.auth.BaseURL != "https://app.example.test" || !slices.Equal(s.auth.ExtraBaseURLs, []string{"https://www.example.test"}) ||
		s.auth.Audience != "https://mine.example.test" || !slices.Equal(s.auth.Scopes, []string{"openid", "email"}) ||
		!slices.Equal(s.auth.TrustedProxies, []string{"10.0.0.0/8", "127.0.0.1"}) ||
		len(s.auth.AudienceScopes["https://tenant.example.test/me/"]) != 3 {
		t.Errorf("%+v", s)
	}
	if s.redis.Addr != "redis.example.test:6380" || s.redis.DB != 2 || s.redis.Password != "password" || s.redis.TLSConfig == nil ||
		!s.redis.ContextTimeoutEnabled {
		t.Errorf("Redis is at %s/%d", s.redis.Addr, s.redis.DB)
	}
}

func TestSessionSecretStandsIn(t *testing.T) {
	setenv(t, tenant("AUTH0_SECRET", "", "SESSION_SECRET", secret))
	if s, err := readSettings(); err != nil || string(s.auth.Secrets[0]) != secret {
		t.Error(err)
	}
}

// What is refused, and the start of each line that says so.
func TestSettingsRefused(t *testing.T) {
	generated, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := signingKeyText(t, generated)
	const (
		signingAlg = "AUTH0_CLIENT_ASSERTION_SIGNING_ALG"

		noDomain = "AUTH0_DOMAIN is not set. Set it to your tenant"
		noID     = "AUTH0_CLIENT_ID is missing: "
		noSecret = "AUTH0_CLIENT_SECRET is missing: "
		noKey    = "AUTH0_SECRET is missing: "
		redisURL = "REDIS_URL must be of the form redis://"
	)
	for _, c := range []struct {
		name  string
		env   map[string]string
		lines []string
	}{
		{"development tenant for the network", map[string]string{"HOST": "0.0.0.0"}, []string{noDomain, noID, noSecret, noKey}},
		{"development tenant in public", tenant("AUTH0_DOMAIN", "", "APP_BASE_URL", "https://app.example.test"), []string{noDomain}},
		{"development tenant in public too", tenant("AUTH0_DOMAIN", "", "APP_BASE_URL", "http://localhost:3000,http://app.example.test"), []string{noDomain, "APP_BASE_URL must be https"}},
		{"only a domain", map[string]string{"AUTH0_DOMAIN": "tenant.example.test"}, []string{noID, noSecret, noKey}},
		{"short secret", tenant("AUTH0_SECRET", "short"), []string{"AUTH0_SECRET has a secret shorter than 32 bytes"}},
		{"domain", tenant("AUTH0_DOMAIN", "http://tenant.example.test"), []string{"AUTH0_DOMAIN must be a host name"}},
		{"base URL", tenant("APP_BASE_URL", "app.example.test"), []string{"APP_BASE_URL must be an absolute URL"}},
		{"scope", tenant("AUTH0_SCOPE", "profile"), []string{"AUTH0_SCOPE must contain openid"}},
		{"proxies", tenant("TRUSTED_PROXIES", "proxy"), []string{"TRUSTED_PROXIES has an entry"}},
		{"port", tenant("PORT", "0"), []string{"PORT must be a number from 1 to 65535"}},
		{"Redis by http", tenant("REDIS_URL", "http://:hidden@localhost"), []string{redisURL}},
		{"Redis without scheme", tenant("REDIS_URL", "localhost:6379"), []string{redisURL}},
		{"API by http", tenant("API_URL", "http://api.example.test"), []string{"API_URL must be an absolute https URL"}},
		{"PAR", tenant("AUTH0_PAR", "on"), []string{"AUTH0_PAR is neither true nor false"}},
		{"DPoP", tenant("AUTH0_DPOP", "on"), []string{"AUTH0_DPOP is neither true nor false"}},
		{"DPoP of the API", tenant("AUTH0_DPOP", "required"), []string{"AUTH0_DPOP must be true or false for the web app: required is for the API"}},
		{"signing key", tenant("AUTH0_CLIENT_SECRET", "", signingKey, "hidden"), []string{signingKey + " is not one private key in PEM"}},
		{"signing key and secret", tenant(signingKey, rsaKey), []string{"AUTH0_CLIENT_SECRET excludes ClientAssertion (" + signingKey + "): set one of them"}},
		{
			"algorithm of another key", tenant("AUTH0_CLIENT_SECRET", "", signingKey, rsaKey, signingAlg, "ES256"),
			[]string{signingAlg + " is none with which the key can sign"},
		},
		{"algorithm without a key", tenant(signingAlg, "RS256"), []string{signingAlg + " is there without"}},
		{
			"all at once",
			map[string]string{"PORT": "http", "HOST": "::", "AUTH0_SECRET": "short", "AUTH0_SCOPE": "email", "REDIS_URL": "redis://:hidden@["},
			[]string{"PORT must", redisURL, noDomain, noID, noSecret, "AUTH0_SECRET has", "AUTH0_SCOPE must"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			setenv(t, c.env)
			_, err := readSettings()
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("%v shows a secret", err)
			}
			lines := strings.Split(err.Error(), "\n  ")
			if lines[0] != "cannot start:" || len(lines) != len(c.lines)+1 {
				t.Fatalf("%v, want %q", err, c.lines)
			}
			for i, want := range c.lines {
				if !strings.HasPrefix(lines[i+1], want) {
					t.Errorf("line %q, want %q", lines[i+1], want)
				}
			}
		})
	}
}

// The whole program, with a tenant that the environment names: it serves, and ends when it is told to.
func TestRun(t *testing.T) {
	address := startProgram(t, tenant("AUTH0_DOMAIN", auth0test.Start(t).Issuer()))
	if status := visit(t, address+"/"); status != http.StatusOK {
		t.Errorf("the home page comes with %d", status)
	}
}

// Sessions go to the Redis that the environment names. It is not there, so nobody gets one, and nobody is told to log in.
func TestRunWithoutItsRedis(t *testing.T) {
	address := startProgram(t, tenant("AUTH0_DOMAIN", auth0test.Start(t, auth0test.Config{
		AutoApprove: "ada", Clients: []auth0test.Client{{ID: "id", Secret: "secret", AllowLoopback: true}},
	}).Issuer(), "REDIS_URL", "redis://127.0.0.1:"+freePort(t)))
	if status := visit(t, address+"/"); status != http.StatusOK {
		t.Errorf("the home page comes with %d", status)
	}
	if status := visit(t, address+"/auth/login"); status != http.StatusServiceUnavailable {
		t.Errorf("a login ends with %d, want 503", status)
	}
}

// startProgram returns the address of the program, which ends with the test.
func startProgram(t *testing.T, environment map[string]string) string {
	t.Helper()
	environment["PORT"] = freePort(t)
	setenv(t, environment)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	address := "http://localhost:" + environment["PORT"]
	for {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the program has ended: %v", err)
		default:
			if response, err := http.Get(address + "/healthz"); err == nil {
				_ = response.Body.Close()
				return address
			}
		}
	}
}

// visit is a browser that comes for the first time, and the status of the page that it ends on.
func visit(t *testing.T, address string) int {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Jar: jar}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
