package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// setenv makes an environment with these settings and no others, in an empty directory.
func setenv(t *testing.T, environment map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_SECRET", "AUTH0_DPOP",
		"AUTH0_DPOP_NONCE", "TRUSTED_PROXIES", "FORWARDED_HEADERS", "API_BASE_URL", "REDIS_URL", "HOST", "PORT",
		"AUTH0_CLIENT_ASSERTION_SIGNING_KEY",
	} {
		t.Setenv(name, environment[name])
	}
}

func TestSettingsWithNothingSet(t *testing.T) {
	setenv(t, nil)
	s, err := readSettings()
	if err != nil {
		t.Fatal(err)
	}
	if !s.development || s.guard.Domain != "http://localhost:4000" || s.guard.Audience[0] != "https://api.example.test" ||
		s.address != "localhost:8000" || s.url != "http://localhost:8000" {
		t.Errorf("%+v", s)
	}
	if s.guard.DPoP.Mode != ginauth0api.DPoPAllowed || s.guard.DPoP.Nonce.Keys != nil || s.ownNonces || s.redis != nil ||
		s.guard.Proxy.BaseURL != "" || s.guard.Proxy.Trusted != nil || s.guard.Proxy.Headers != nil || s.guard.Client.ID != "" {
		t.Errorf("%+v", s)
	}
}

func TestSettingsOfATenant(t *testing.T) {
	setenv(t, map[string]string{
		"AUTH0_DOMAIN": "tenant.example.test", "AUTH0_AUDIENCE": "https://mine.example.test", "HOST": "0.0.0.0", "PORT": "80",
		"AUTH0_DPOP": "required", "AUTH0_DPOP_NONCE": "false", "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1",
		"FORWARDED_HEADERS": "X-Forwarded-Proto,X-Forwarded-Host", "API_BASE_URL": "https://api.example.test/v1",
		"REDIS_URL": "rediss://:password@redis.example.test:6380/2", "AUTH0_CLIENT_ID": "client", "AUTH0_CLIENT_SECRET": "secret",
	})
	s, err := readSettings()
	if err != nil {
		t.Fatal(err)
	}
	if s.development || s.guard.Domain != "tenant.example.test" || s.guard.Audience[0] != "https://mine.example.test" ||
		s.address != "0.0.0.0:80" {
		t.Errorf("%+v", s)
	}
	proxy, client := s.guard.Proxy, s.guard.Client
	if s.guard.DPoP.Mode != ginauth0api.DPoPRequired || proxy.BaseURL != "https://api.example.test/v1" ||
		!slices.Equal(proxy.Trusted, []string{"10.0.0.0/8", "192.0.2.1"}) ||
		!slices.Equal(proxy.Headers, []string{"X-Forwarded-Proto", "X-Forwarded-Host"}) {
		t.Errorf("%+v", s.guard)
	}
	if client.ID != "client" || client.Secret != "secret" ||
		s.redis.Addr != "redis.example.test:6380" || s.redis.DB != 2 || s.redis.TLSConfig == nil || !s.redis.ContextTimeoutEnabled {
		t.Errorf("%+v, %+v", client.ID, s.redis.Addr)
	}
}

// A .env with which the web app starts does not keep the API from starting.
func TestSettingsBesideAWebAppWithAKey(t *testing.T) {
	setenv(t, map[string]string{"AUTH0_CLIENT_ID": "client", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY": "the key of the web app"})
	if s, err := readSettings(); err != nil || s.guard.Client.ID != "" {
		t.Errorf("%q, %v", s.guard.Client.ID, err)
	}
}

// The keys are not the secrets, and the first secret makes the first key.
func TestSettingsOfNonces(t *testing.T) {
	one, two := strings.Repeat("1", 32), strings.Repeat("2", 32)
	keys := func(secret string) (keys []ginauth0api.Secret, own bool) {
		t.Helper()
		setenv(t, map[string]string{"AUTH0_DPOP_NONCE": "true", "AUTH0_SECRET": secret})
		s, err := readSettings()
		if err != nil {
			t.Fatal(err)
		}
		return s.guard.DPoP.Nonce.Keys, s.ownNonces
	}
	first, own := keys(one)
	if len(first) != 1 || len(first[0]) != 32 || string(first[0]) == one || own {
		t.Errorf("%d keys, own %t", len(first), own)
	}
	if both, own := keys(two + ", " + one); len(both) != 2 || both[1] != first[0] || both[0] == both[1] || own {
		t.Errorf("%d keys, own %t", len(both), own)
	}
	random, own := keys("")
	if again, _ := keys(""); len(random) != 1 || len(random[0]) < 32 || random[0] == again[0] || !own {
		t.Errorf("%d keys, own %t", len(random), own)
	}
}

func TestSettingsFromFile(t *testing.T) {
	setenv(t, map[string]string{"PORT": "8001"})
	if err := os.Unsetenv("AUTH0_DOMAIN"); err != nil { // the test's own Setenv puts it back
		t.Fatal(err)
	}
	if err := os.WriteFile(".env", []byte("AUTH0_DOMAIN=tenant.example.test\nPORT=8002\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := readSettings()
	if err != nil || s.guard.Domain != "tenant.example.test" || s.address != "localhost:8001" {
		t.Errorf("%+v, %v", s, err)
	}
}

// What is refused, and the start of the line that says so.
func TestSettingsRefused(t *testing.T) {
	const (
		noDomain = "AUTH0_DOMAIN is not set. Set it to your tenant"
		together = "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET need each other"
		redisURL = "REDIS_URL must be of the form redis://"
	)
	for _, c := range []struct {
		name  string
		env   map[string]string
		lines []string
	}{
		{"development tenant for the network", map[string]string{"HOST": "0.0.0.0"}, []string{noDomain}},
		{"development tenant for IPv6", map[string]string{"HOST": "::"}, []string{noDomain}},
		{"development tenant in public", map[string]string{"API_BASE_URL": "https://api.example.test"}, []string{noDomain}},
		{"DPoP", map[string]string{"AUTH0_DPOP": "true"}, []string{"AUTH0_DPOP must be allowed, required or disabled"}},
		{"DPoP nonces", map[string]string{"AUTH0_DPOP_NONCE": "yes"}, []string{"AUTH0_DPOP_NONCE must be true or false"}},
		{
			"DPoP nonces without DPoP",
			map[string]string{"AUTH0_DPOP_NONCE": "true", "AUTH0_DPOP": "disabled"},
			[]string{"AUTH0_DPOP_NONCE needs DPoP"},
		},
		{
			"short secret",
			map[string]string{"AUTH0_DPOP_NONCE": "true", "AUTH0_SECRET": strings.Repeat("s", 32) + ",short"},
			[]string{"AUTH0_SECRET needs 32 bytes or more in each entry"},
		},
		{"Redis by http", map[string]string{"REDIS_URL": "http://:secret@localhost"}, []string{redisURL}},
		{"Redis without scheme", map[string]string{"REDIS_URL": "localhost:6379"}, []string{redisURL}},
		{"base URL", map[string]string{"AUTH0_DOMAIN": "t.example.test", "API_BASE_URL": "api.example.test"}, []string{"API_BASE_URL "}},
		{"proxies", map[string]string{"TRUSTED_PROXIES": "proxy.example.test"}, []string{"TRUSTED_PROXIES "}},
		{
			"header",
			map[string]string{"TRUSTED_PROXIES": "10.0.0.1", "FORWARDED_HEADERS": "X-Real-IP"},
			[]string{"FORWARDED_HEADERS "},
		},
		{
			"headers of nobody",
			map[string]string{"FORWARDED_HEADERS": "X-Forwarded-Host"},
			[]string{"FORWARDED_HEADERS needs TRUSTED_PROXIES"},
		},
		{"client without secret", map[string]string{"AUTH0_CLIENT_ID": "client"}, []string{together}},
		{"secret without client", map[string]string{"AUTH0_CLIENT_SECRET": "secret"}, []string{together}},
		{"domain", map[string]string{"AUTH0_DOMAIN": "http://tenant.example.test"}, []string{"AUTH0_DOMAIN must be a host name"}},
		{"port", map[string]string{"PORT": "http"}, []string{"PORT must be a number from 1 to 65535"}},
		{
			"all at once",
			map[string]string{"HOST": "0.0.0.0", "PORT": "0", "REDIS_URL": "redis://:secret@[", "AUTH0_AUDIENCE": " "},
			[]string{"PORT must", redisURL, noDomain, "AUTH0_AUDIENCE has a blank entry"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			setenv(t, c.env)
			_, err := readSettings()
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n  ")
			if strings.Contains(err.Error(), "secret@") {
				t.Errorf("%v shows a secret", err)
			}
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

func TestSettingsOfABrokenFile(t *testing.T) {
	setenv(t, nil)
	if err := os.WriteFile(".env", []byte("AUTH0_DOMAIN\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSettings(); err == nil || err.Error() != ".env: line 1: is not of the form KEY=value" {
		t.Errorf("%v", err)
	}
}
