package paste_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test/internal/paste"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ secret, want string }{
		{"dev-secret", "AUTH0_CLIENT_SECRET=dev-secret\n"},
		{"", ""},
		{"two words", "AUTH0_CLIENT_SECRET='two words'\n"},
		{"a#b", "AUTH0_CLIENT_SECRET='a#b'\n"},
		{"$HOME`x`", "AUTH0_CLIENT_SECRET='$HOME`x`'\n"},
		{`it's "$1" \`, `AUTH0_CLIENT_SECRET="it's \"\$1\" \\"` + "\n"},
		{"a\nAUTH0_DOMAIN=evil", `AUTH0_CLIENT_SECRET="a\nAUTH0_DOMAIN=evil"` + "\n"},
	} {
		want := "AUTH0_DOMAIN=http://localhost:4000/\nAUTH0_CLIENT_ID=dev-client\n" + test.want + "AUTH0_AUDIENCE=https://api.example.test\n"
		if got := paste.Settings("http://localhost:4000/", "dev-client", test.secret, "https://api.example.test"); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", test.secret, got, want)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	const want = "curl -s http://localhost:4000/oauth/token -d grant_type=client_credentials " +
		"-d client_id=dev-client -d client_secret=dev-secret -d audience=https://api.example.test"
	if got := paste.Token("http://localhost:4000", "dev-client", "dev-secret", "https://api.example.test"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// A shell makes one word of each value, and a form the value itself.
func FuzzToken(f *testing.F) {
	for _, secret := range []string{"dev-secret", "a&b=c", "it's $(x) `y` \\ \"z\"", "a b\tc\nd", "\x00\xff", "ü*?[x]{a,b}~!;|<>#"} {
		f.Add(secret)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		command := paste.Token("http://localhost:4000", "id", secret, "api")
		if strings.ContainsAny(command, "'\"$`\\&;|<>()*?[]{}~#!\n\t\x00") {
			t.Errorf("%q means something to a shell", command)
		}
		words := strings.Split(command, " ")
		form, err := url.ParseQuery(words[8])
		if len(words) != 11 || err != nil || form.Get("client_secret") != secret {
			t.Errorf("%q: form %v of %d words, %v", command, form, len(words), err)
		}
	})
}
