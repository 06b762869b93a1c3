package env_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gin-auth0/gin-auth0/examples/internal/env"
)

func TestEmptyVariablesCountAsUnset(t *testing.T) {
	t.Setenv("ENV_TEST", "")
	if got := env.Text("ENV_TEST", "fallback"); got != "fallback" {
		t.Errorf("text %q", got)
	}
	if got := env.List("ENV_TEST"); got != nil {
		t.Errorf("list %q", got)
	}
	t.Setenv("ENV_TEST", "a, b ,,c")
	if got := env.Text("ENV_TEST", "fallback"); got != "a, b ,,c" {
		t.Errorf("text %q", got)
	}
	if got := env.List("ENV_TEST"); !slices.Equal(got, []string{"a", "b", "", "c"}) {
		t.Errorf("list %q", got)
	}
}

func TestPort(t *testing.T) {
	for value, want := range map[string]string{"": "3000", "1": "1", "8080": "8080", "65535": "65535"} {
		t.Setenv("PORT", value)
		var p env.Problems
		if got := p.Port("3000"); got != want || p.Err() != nil {
			t.Errorf("%q: port %q, %v", value, got, p.Err())
		}
	}
	for _, value := range []string{"0", "65536", "-1", "+80", "http", " 80", "0x50"} {
		t.Setenv("PORT", value)
		var p env.Problems
		p.Port("3000")
		if err := p.Err(); err == nil || err.Error() != "cannot start:\n  PORT must be a number from 1 to 65535" {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestProblemsAreReportedTogether(t *testing.T) {
	var p env.Problems
	if err := p.Err(); err != nil {
		t.Errorf("%v without a problem", err)
	}
	p.Add("B", "is wrong")
	p.Add("A", "is wrong")
	p.Add("B", "is wrong in another way too")
	const want = "cannot start:\n  B is wrong\n  A is wrong"
	if err := p.Err(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestSplit(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	for _, c := range []struct {
		err  error
		want []error
	}{
		{nil, nil},
		{one, []error{one}},
		{errors.Join(one, two), []error{one, two}},
		{fmt.Errorf("more: %w", errors.Join(one, two)), []error{one, two}},
	} {
		if got := env.Split(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

func TestURL(t *testing.T) {
	for value, want := range map[string]string{
		"": "http://localhost:8000", "https://api.example.test": "https://api.example.test",
		"https://api.example.test/v1/": "https://api.example.test/v1", "http://127.0.0.1:80": "http://127.0.0.1:80",
		"http://LOCALHOST:8001/": "http://LOCALHOST:8001", "http://[::1]:8000": "http://[::1]:8000",
	} {
		t.Setenv("API_URL", value)
		var p env.Problems
		if got := p.URL("API_URL", "http://localhost:8000"); got != want || p.Err() != nil {
			t.Errorf("%q: %q, %v", value, got, p.Err())
		}
	}
}

// Tokens go there, so nobody else may read what goes there.
func TestURLRefused(t *testing.T) {
	const want = "cannot start:\n  API_URL must be an absolute https URL, or an http one on this machine, without user, query and fragment"
	for _, value := range []string{
		"http://api.example.test", "http://localhost.example.test", "http://127.0.0.1.example.test", "ftp://localhost", "localhost:8000",
		"//api.example.test", "https://", "https://user:hidden@api.example.test", "https://api.example.test?a=b", "https://api.example.test#a",
		"https://api.example.test:port", "http://localhost@api.example.test", " https://api.example.test",
	} {
		t.Setenv("API_URL", value)
		var p env.Problems
		p.URL("API_URL", "http://localhost:8000")
		if err := p.Err(); err == nil || err.Error() != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}
