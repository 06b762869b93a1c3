package oidc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func TestParseDomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"t.eu.auth0.com":           {"https://t.eu.auth0.com/"},
		"T.EU.Auth0.com":           {"https://t.eu.auth0.com/"},
		"t.example:8443":           {"https://t.example:8443/"},
		"localhost:4000":           {"https://localhost:4000/"},
		"https://t.example":        {"https://t.example", "https://t.example/"},
		"https://t.example/":       {"https://t.example/", "https://t.example"},
		"https://t.example/realm":  {"https://t.example/realm", "https://t.example/realm/"},
		"http://localhost:4000":    {"http://localhost:4000", "http://localhost:4000/"},
		"http://127.1.2.3:80/a":    {"http://127.1.2.3:80/a", "http://127.1.2.3:80/a/"},
		"http://[::1]:4000/":       {"http://[::1]:4000/", "http://[::1]:4000"},
		"https://accounts.example": {"https://accounts.example", "https://accounts.example/"},
	} {
		d, err := oidc.ParseDomain(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := strings.Join(d.Candidates(), " "); got != strings.Join(want, " ") {
			t.Errorf("%s: candidates %s, want %s", text, got, want)
		}
		for _, iss := range want {
			if !d.Stands(iss) {
				t.Errorf("%s does not stand for %s", text, iss)
			}
		}
		for _, iss := range []string{"", want[0] + "//", want[0] + "x", strings.ToUpper(want[0]), "https://evil.example/"} {
			if d.Stands(iss) {
				t.Errorf("%s stands for %s", text, iss)
			}
		}
	}
}

func TestParseDomainRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "t.example/", "t.example/path", "t.example?x", "user@t.example", "t.example#x", "t example", "tenänt.example",
		"http://t.example", "http://localhost.example", "ftp://t.example", "HTTPS://t.example", "://t.example", "https://",
		"https://user:pass@t.example", "https://t.example?x=1", "https://t.example/#", "https://t.example:0", "https://t.example:x",
	} {
		if d, err := oidc.ParseDomain(text); !errors.Is(err, oidc.ErrDomain) {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}
