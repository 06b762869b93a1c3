package dpop_test

import (
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// target splits origin, prefix and path of a request that a table writes as
// "https://api.example/v1 /things".
func target(t testing.TB, text string) dpop.Target {
	t.Helper()
	public, path, split := strings.Cut(text, " ")
	scheme, rest, _ := strings.Cut(public, "://")
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		slash = len(rest)
	}
	host, err := authority.Parse(rest[:slash])
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if split {
		return dpop.Target{Scheme: scheme, Host: host, Prefix: rest[slash:], Path: path}
	}
	return dpop.Target{Scheme: scheme, Host: host, Path: rest[slash:]}
}

func TestMatchingURLs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ request, htu string }{
		{"https://api.example/things", "https://api.example/things"},
		{"http://api.example/things", "http://api.example/things"},
		{"https://api.example/things", "https://api.example/things?a=1"},
		{"https://api.example/things", "https://api.example/things?"},
		{"https://api.example/things", "https://api.example/things#a"},
		{"https://api.example/things", "https://api.example/things#a?b"},
		{"https://api.example/things", "https://api.example/things?a=/../b&c=@#d"},
		{"https://api.example/", "https://api.example?a=/b"},
		{"https://api.example/", "https://api.example#/b"},
		{"https://api.example/", "https://api.example?a@b"},

		// Scheme and host have no case, IPv6 addresses no spelling.
		{"https://api.example/things", "HTTPS://api.example/things"},
		{"https://api.example/things", "hTTps://API.Example/things"},
		{"https://API.example/things", "https://api.example/things"},
		{"https://[2001:DB8::1]/", "https://[2001:db8:0:0:0:0:0:1]/"},
		{"https://[2001:db8::1]:8443/", "https://[2001:0db8::0001]:8443/"},
		{"https://192.0.2.1/", "https://192.0.2.1/"},
		{"https://a_b.example./", "https://a_b.example./"},
		{"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},

		// Ports.
		{"https://api.example/things", "https://api.example:443/things"},
		{"https://api.example:443/things", "https://api.example/things"},
		{"https://api.example:443/things", "https://api.example:443/things"},
		{"http://api.example/things", "http://api.example:80/things"},
		{"http://api.example:80/things", "http://api.example/things"},
		{"https://api.example/things", "https://api.example:/things"},
		{"https://api.example/things", "https://api.example:00443/things"},
		{"https://api.example:8443/things", "https://api.example:8443/things"},
		{"https://api.example:8443/things", "https://api.example:08443/things"},
		{"https://api.example:80/things", "https://api.example:80/things"},
		{"https://api.example/", "https://api.example:443"},

		// An empty path.
		{"https://api.example/", "https://api.example"},
		{"https://api.example", "https://api.example/"},
		{"https://api.example", "https://api.example"},
		{"https://api.example", "HTTPS://api.example"},

		// Escapes.
		{"https://api.example/%7Ea", "https://api.example/~a"},
		{"https://api.example/~a", "https://api.example/%7ea"},
		{"https://api.example/a-b._c9Z", "https://api.example/%61%2D%62%2E%5F%63%39%5a"},
		{"https://api.example/a%2fb", "https://api.example/a%2Fb"},
		{"https://api.example/a%20b", "https://api.example/a%20b"},
		{"https://api.example/a%2520b", "https://api.example/a%2520b"},
		{"https://api.example/b%C3%BCcher", "https://api.example/bücher"},
		{"https://api.example/b%c3%bccher", "https://api.example/bücher"},
		{"https://api.example/%F0%9F%98%80", "https://api.example/😀"},
		{"https://api.example/bücher", "https://api.example/b%C3%BCcher"},
		{"https://api.example/%FF", "https://api.example/%ff"},
		{"https://api.example/a%00", "https://api.example/a%00"},
		{"https://api.example/%5B%5D%7C%22%3C%3E%5E%60%7B%7D", "https://api.example/[]|\"<>^`{}"},
		{"https://api.example/[a]", "https://api.example/%5Ba%5d"},
		{"https://api.example/a%5Cb", "https://api.example/a%5cb"},
		{"https://api.example/!$&'()*+,;=:@", "https://api.example/!$&'()*+,;=:@"},
		{"https://api.example/!$&'()*+,;=:@", "https://api.example:443/!$&'()*+,;=:@"},
		{"https://api.example/a%40b", "https://api.example/a%40b"},
		{"https://api.example/a%3Fb", "https://api.example/a%3fb?c"},
		{"https://api.example/a%23b", "https://api.example/a%23b#c"},
		{"https://api.example/a%25b", "https://api.example/a%25b"},

		// Slashes.
		{"https://api.example/a//b", "https://api.example/a//b"},
		{"https://api.example//a", "https://api.example//a"},
		{"https://api.example/a/", "https://api.example/a/"},
		{"https://api.example/a//", "https://API.example/a//"},

		// Dot segments of the proof alone.
		{"https://api.example/b", "https://api.example/a/../b"},
		{"https://api.example/b", "https://api.example/a/%2e%2e/b"},
		{"https://api.example/b", "https://api.example/a/.%2E/b"},
		{"https://api.example/a/b", "https://api.example/a/./b"},
		{"https://api.example/a/", "https://api.example/a/b/.."},
		{"https://api.example/a/", "https://api.example/a/b/../"},
		{"https://api.example/a/", "https://api.example/a/."},
		{"https://api.example/", "https://api.example/."},
		{"https://api.example/", "https://api.example/.."},
		{"https://api.example/", "https://api.example/a/.."},
		{"https://api.example/a", "https://api.example/../../a"},
		{"https://api.example/a/b", "https://api.example/a//../b"},
		{"https://api.example//b", "https://api.example/a/..//b"},
		{"https://api.example/a/c", "https://api.example/a/b/%2E%2E/./c"},
		{"https://api.example/a%2F..%2Fb", "https://api.example/a%2f..%2fb"},
		{"https://api.example/.well-known/x", "https://api.example/.well-known/x"},
		{"https://api.example/...", "https://api.example/..."},
		{"https://api.example/a../..b/.c", "https://api.example/a../..b/.c"},

		// A prefix stands before the path.
		{"https://api.example/v1 /things", "https://api.example/v1/things"},
		{"https://api.example/v1 /", "https://api.example/v1/"},
		{"https://api.example/v1 ", "https://api.example/v1"},
		{"https://api.example/v1 ", "HTTPS://api.example/v1"},
		{"https://api.example/v1 /things", "https://API.example/v1/x/../things"},
		{"https://api.example/v1 //things", "https://api.example/v1//things"},
		{"https://api.example/v%7e1 /a%2fb", "https://api.example/v~1/a%2Fb"},
	} {
		if !target(t, test.request).Matches([]byte(test.htu)) {
			t.Errorf("%q does not match %q", test.htu, test.request)
		}
	}
}

func TestURLHasAtMost2048Bytes(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"https://api.example", "HTTPS://api.example", "https://api.example:443"} {
		path := "/" + strings.Repeat("a", 2048-len(origin)-1)
		to := target(t, "https://api.example"+path)
		if !to.Matches([]byte(origin + path)) {
			t.Errorf("%s: 2048 bytes do not match", origin)
		}
		if to.Path += "a"; to.Matches([]byte(origin + path + "a")) {
			t.Errorf("%s: 2049 bytes match", origin)
		}
	}
}

func TestTargetOfNothingMatchesNothing(t *testing.T) {
	t.Parallel()
	host := authority.Authority{Host: "api.example"}
	for _, to := range []dpop.Target{
		{Scheme: "https", Host: host, Prefix: "v1", Path: "/a"},
		{Scheme: "https", Host: host, Prefix: ".", Path: "/a"},
		{},
		{Scheme: "https"},
		{Host: host},
		{Scheme: "https", Path: "/a"},
		{Scheme: "ftp", Host: host, Path: "/a"},
		{Scheme: "HTTPS", Host: host, Path: "/a"},
	} {
		for _, htu := range []string{"", "://", "https://", "https:///", "https:///a", "://api.example/a", "https://api.example/a", "ftp://api.example/a", "HTTPS://api.example/a", "https://api.examplev1/a", "https://api.example./a"} {
			if to.Matches([]byte(htu)) {
				t.Errorf("%+v matches %q", to, htu)
			}
		}
	}
}
