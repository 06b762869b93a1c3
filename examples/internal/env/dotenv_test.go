package env_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/examples/internal/env"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]string
	}{
		{"nothing", "", map[string]string{}},
		{"comments and blank lines", "# one\n\n   # two\n\t\n", map[string]string{}},
		{"plain", "A=1\nB_2=two words", map[string]string{"A": "1", "B_2": "two words"}},
		{"empty", "A=\nB=''\nC=\"\"", map[string]string{"A": "", "B": "", "C": ""}},
		{"spaces around", "  A =  1  ", map[string]string{"A": "1"}},
		{"export", "export A=1", map[string]string{"A": "1"}},
		{"Windows", "\ufeffA=1\r\nB='2'\r\n", map[string]string{"A": "1", "B": "2"}},
		{"comment after a value", "A=1 # one\nB='2'# two\nC=# three", map[string]string{"A": "1", "B": "2", "C": ""}},
		{"number sign in a word", "A=https://example.test/#top", map[string]string{"A": "https://example.test/#top"}},
		{"equal sign in a value", "A=b=c==", map[string]string{"A": "b=c=="}},
		{"single quotes", `A=' \n "b" # $c '`, map[string]string{"A": ` \n "b" # $c `}},
		{"double quotes", `A="a\nb\t\"c\" \\ \$d 'e' # f"`, map[string]string{"A": "a\nb\t\"c\" \\ $d 'e' # f"}},
		{"backticks", "A=\"it's \\`b\\` `c`\"", map[string]string{"A": "it's `b` `c`"}},
		{"quote within a word", `A=it's`, map[string]string{"A": "it's"}},
		{"nothing is expanded", "A=$HOME", map[string]string{"A": "$HOME"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := env.Parse(c.text)
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"secret", "line 1: is not of the form KEY=value"},
		{"=secret", "line 1: is not of the form KEY=value"},
		{"1A=secret", "line 1: is not of the form KEY=value"},
		{"A B=secret", "line 1: is not of the form KEY=value"},
		{"A=\nÄ=secret", "line 2: is not of the form KEY=value"},
		{`A="secret`, "line 1: lacks the closing quote"},
		{`A="secret\`, "line 1: lacks the closing quote"},
		{"A='secret\nB=1'", "line 1: lacks the closing quote"},
		{`A="secret" secret`, "line 1: goes on after the closing quote"},
		{`A="secret\x"`, `line 1: has an unknown escape in double quotes (use \\ for a backslash)`},
		{"A=secret\nB=\nA=secret", "line 3: A is there twice"},
		{"A=secret\x00", "line 1: has a null byte"},
		{"secret\nA=1\nsecret", "line 1: is not of the form KEY=value\nline 3: is not of the form KEY=value"},
	} {
		_, err := env.Parse(c.text)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestLoadLeavesTheEnvironmentAsItIs(t *testing.T) {
	t.Setenv("DOTENV_TEST_SET", "from the environment")
	t.Setenv("DOTENV_TEST_EMPTY", "")

	unset(t, "DOTENV_TEST_NEW")

	file := write(t, "DOTENV_TEST_SET=file\nDOTENV_TEST_EMPTY=file\nDOTENV_TEST_NEW=file\n")
	if err := env.Load(file); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"DOTENV_TEST_SET": "from the environment", "DOTENV_TEST_EMPTY": "", "DOTENV_TEST_NEW": "file",
	} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	if err := env.Load(filepath.Join(t.TempDir(), ".env")); err != nil {
		t.Error(err)
	}
}

func TestLoadOfBrokenFileSetsNothing(t *testing.T) {
	unset(t, "DOTENV_TEST_NEW")
	file := write(t, "DOTENV_TEST_NEW=1\nbroken\n")
	if err := env.Load(file); err == nil || !strings.Contains(err.Error(), file+": line 2: ") {
		t.Errorf("%v, want the file and line 2", err)
	}
	if _, set := os.LookupEnv("DOTENV_TEST_NEW"); set {
		t.Error("half of the file was read")
	}
}

// unset takes a variable out of the environment until the test ends.
func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // which brings back what was there
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
