package main

import (
	"os"
	"strings"
	"testing"
)

// setenv makes an environment with these settings and no others, in an empty directory.
func setenv(t *testing.T, environment map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_DPOP", "AUTH0_DPOP_NONCE", "TRUSTED_PROXIES", "FORWARDED_HEADERS",
		"API_BASE_URL", "REDIS_URL", "HOST", "PORT",
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
}

func TestSettingsOfATenant(t *testing.T) {
	setenv(t, map[string]string{
		"AUTH0_DOMAIN": "tenant.example.test", "AUTH0_AUDIENCE": "https://mine.example.test", "HOST": "0.0.0.0", "PORT": "80",
		"AUTH0_DPOP": "allowed", "AUTH0_DPOP_NONCE": "false", "TRUSTED_PROXIES": "10.0.0.0/8",
		"FORWARDED_HEADERS": "X-Forwarded-Proto", "API_BASE_URL": "https://api.example.test",
	})
	s, err := readSettings()
	if err != nil {
		t.Fatal(err)
	}
	if s.development || s.guard.Domain != "tenant.example.test" || s.guard.Audience[0] != "https://mine.example.test" ||
		s.address != "0.0.0.0:80" {
		t.Errorf("%+v", s)
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
		notYet   = " asks for something that this version does not have yet"
	)
	for _, c := range []struct {
		name  string
		env   map[string]string
		lines []string
	}{
		{"development tenant for the network", map[string]string{"HOST": "0.0.0.0"}, []string{noDomain}},
		{"development tenant for IPv6", map[string]string{"HOST": "::"}, []string{noDomain}},
		{"development tenant in public", map[string]string{"API_BASE_URL": "https://api.example.test"}, []string{noDomain}},
		{"DPoP required", map[string]string{"AUTH0_DPOP": "required"}, []string{"AUTH0_DPOP" + notYet}},
		{"DPoP nonces", map[string]string{"AUTH0_DPOP_NONCE": "true"}, []string{"AUTH0_DPOP_NONCE" + notYet}},
		{"Redis", map[string]string{"REDIS_URL": "redis://localhost"}, []string{"REDIS_URL" + notYet}},
		{"domain", map[string]string{"AUTH0_DOMAIN": "http://tenant.example.test"}, []string{"AUTH0_DOMAIN must be a host name"}},
		{"port", map[string]string{"PORT": "http"}, []string{"PORT must be a number from 1 to 65535"}},
		{
			"all at once",
			map[string]string{"HOST": "0.0.0.0", "PORT": "0", "REDIS_URL": "redis://localhost", "AUTH0_AUDIENCE": " "},
			[]string{"PORT must", noDomain, "REDIS_URL asks", "AUTH0_AUDIENCE has a blank entry"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			setenv(t, c.env)
			_, err := readSettings()
			if err == nil {
				t.Fatal("no error")
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

func TestSettingsOfABrokenFile(t *testing.T) {
	setenv(t, nil)
	if err := os.WriteFile(".env", []byte("AUTH0_DOMAIN\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSettings(); err == nil || err.Error() != ".env: line 1: is not of the form KEY=value" {
		t.Errorf("%v", err)
	}
}
