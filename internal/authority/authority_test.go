package authority_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"t.example":               "t.example",
		"T.Example":               "t.example",
		"t.example.":              "t.example.",
		"t_1-x.example:8443":      "t_1-x.example:8443",
		"t.example:":              "t.example",
		"t.example:00080":         "t.example:80",
		"127.0.0.1:3000":          "127.0.0.1:3000",
		"[::1]":                   "[::1]",
		"[0:0:0:0:0:0:0:1]:65535": "[::1]:65535",
		"[2001:DB8::1]":           "[2001:db8::1]",
		"xn--bcher-kva.example":   "xn--bcher-kva.example",
		strings.Repeat("a", 255):  strings.Repeat("a", 255),
		strings.Repeat("a.", 127): strings.Repeat("a.", 127),
	} {
		got, err := authority.Parse(text)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ":", ":80", ".", ".a", "a..b", "a b", " a", "a/", "a/b", "a?b", "a#b", "user@a", "a,b", "a%41", "a\x00", "a\n",
		"bücher.example", "a:b", "a:0", "a:65536", "a:123456", "a:+80", "a:-1", "a:80:80", "a: 80", "[::1", "::1", "[]", "[::1]x",
		"[::1%eth0]", "[127.0.0.1]", "[t.example]", "\\a", strings.Repeat("a", 256),
	} {
		if got, err := authority.Parse(text); !errors.Is(err, authority.ErrMalformed) {
			t.Errorf("Parse(%q) = %q, %v, want ErrMalformed", text, got, err)
		}
	}
}

func TestParsePort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1": "1", "65535": "65535", "00080": "80", "443": "443"} {
		if got, err := authority.ParsePort(text); err != nil || got != want {
			t.Errorf("ParsePort(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "00000", "65536", "000080", "+80", "-1", " 80", "80 ", "8_0", "0x50", "http", "\u0661"} {
		if got, err := authority.ParsePort(text); !errors.Is(err, authority.ErrMalformed) || got != "" {
			t.Errorf("ParsePort(%q) = %q, %v, want ErrMalformed", text, got, err)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"localhost": true, "LOCALHOST:80": true, "127.0.0.1": true, "127.8.9.10:1": true, "[::1]:5": true,
		"localhost.": false, "localhost.example": false, "128.0.0.1": false, "[::2]": false, "[::ffff:127.0.0.1]": false, "127.1": false,
	} {
		a, err := authority.Parse(text)
		if err != nil || a.Loopback() != want {
			t.Errorf("Loopback(%q) = %v, %v, want %v", text, a.Loopback(), err, want)
		}
	}
}

func TestWithoutDefaultPort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ scheme, text, want string }{
		{"https", "a:443", "a"}, {"https", "a:80", "a:80"}, {"http", "a:80", "a"}, {"http", "a:443", "a:443"}, {"https", "a", "a"},
	} {
		a, err := authority.Parse(test.text)
		if err != nil || a.WithoutDefaultPort(test.scheme).String() != test.want {
			t.Errorf("%s %s: %s, %v", test.scheme, test.text, a, err)
		}
	}
}
