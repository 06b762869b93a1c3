package paste_test

import (
	"net/url"
	"os/exec"
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
		{"it's `x`", "AUTH0_CLIENT_SECRET=\"it's \\`x\\`\"\n"},
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

// nasty are values that mean something to a shell.
var nasty = []string{
	"dev-secret", "two words", "a#b", "#", "$HOME`echo x`", "it's `echo x`", `it's "$1" $(echo x) \`, `'\$HOME\`, "'\\`echo x`", "~", "!!'!!", "*?[a]{b,c}'",
}

// A shell that reads the file takes each value as it is, and runs nothing.
func TestShellReadsSettings(t *testing.T) {
	t.Parallel()
	for _, secret := range nasty {
		settings := paste.Settings("http://localhost:4000/", "dev-client", secret, "https://api.example.test")
		want := "http://localhost:4000/\ndev-client\n" + secret + "\nhttps://api.example.test\n"
		script := settings + `printf '%s\n' "$AUTH0_DOMAIN" "$AUTH0_CLIENT_ID" "$AUTH0_CLIENT_SECRET" "$AUTH0_AUDIENCE"`
		if got := shell(t, script); got != want {
			t.Errorf("%s\nis read as\n%s", settings, got)
		}
	}
	const broken = "it's\n`echo x` $(echo x)"
	if got := shell(t, paste.Settings("", "", broken, "")+`printf %s "$AUTH0_CLIENT_SECRET"`); got != strings.ReplaceAll(broken, "\n", `\n`) {
		t.Errorf("%q is read as %q", broken, got)
	}
}

// A shell makes of the command the words that are meant.
func TestShellReadsToken(t *testing.T) {
	t.Parallel()
	for _, value := range nasty {
		command := paste.Token("http://"+value, value, value, value)
		words := strings.Split(shell(t, `printf '%s\n' `+command), "\n")
		if len(words) != 12 || words[0] != "curl" || words[2] != "http://"+value+"/oauth/token" {
			t.Errorf("%s\nis %q", command, words)
			continue
		}
		for i, name := range map[int]string{6: "client_id", 8: "client_secret", 10: "audience"} {
			if form, err := url.ParseQuery(words[i]); err != nil || form.Get(name) != value {
				t.Errorf("%s\nword %d is %q", command, i, words[i])
			}
		}
	}
}

func shell(t *testing.T, script string) string {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Errorf("%s\n%v", script, err)
	}
	return string(printed)
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
