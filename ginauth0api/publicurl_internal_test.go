package ginauth0api

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// proxied makes the settings of a test; they must be good.
func proxied(t testing.TB, cfg ProxyConfig) *publicAddress {
	t.Helper()
	var found problems
	address := cfg.validate(&found)
	if len(found) > 0 {
		t.Fatal(errors.Join(found...))
	}
	return &address
}

// received is a request as net/http hands it over; lines are header lines.
func received(t testing.TB, target, host, peer string, lines ...string) *http.Request {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	return &http.Request{Method: http.MethodGet, URL: u, Host: host, RemoteAddr: peer, Header: header}
}

// spelled is how the tests write a public URL; refused stands for an error.
func spelled(u publicURL, err error) string {
	if err != nil {
		if u != (publicURL{}) {
			return "an error and " + u.origin()
		}
		return "refused"
	}
	return u.scheme + "://" + u.host.String() + u.prefix + u.path
}

const (
	proxyPeer    = "10.1.2.3:5678"
	strangerPeer = "192.0.2.1:5678"
)

var everyForwardingLine = []string{
	"X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /evil",
	"Forwarded: proto=https;host=evil.example", "X-Real-IP: 10.1.2.3", "X-Forwarded-For: 10.1.2.3", "X-Forwarded-Ssl: on", "Front-End-Https: on",
}

func TestPublicURLOfTheConnection(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{})
	for _, test := range []struct{ target, host, want string }{
		{"/a", "api.example", "http://api.example/a"},
		{"/a?q=1", "API.Example:8080", "http://api.example:8080/a"},
		{"/", "[2001:DB8::1]:8080", "http://[2001:db8::1]:8080/"},
		{"/a%2Fb/%c3%A9//c/", "api.example:", "http://api.example/a%2Fb/%c3%A9//c/"},
		{"/v1/é", "api.example", "http://api.example/v1/%C3%A9"},
		{"http://other.example", "other.example", "http://other.example"},
		{"https://other.example/a", "other.example", "http://other.example/a"}, // the scheme of the target is not used
		{"*", "api.example", "refused"},
		{"/", "", "refused"},
		{"/", "a.example/b", "refused"},
		{"/", "ada@a.example", "refused"},
		{"/", "a.example, b.example", "refused"},
		{"/", "a.example:0", "refused"},
		{"/", "a.example:65536", "refused"},
		{"/", "bücher.example", "refused"},
		{"/", "a.example\x00", "refused"},
		{"/", "[::1%eth0]", "refused"},
	} {
		for _, peer := range []string{proxyPeer, strangerPeer, "", "@"} {
			r := received(t, test.target, test.host, peer, everyForwardingLine...)
			if got := spelled(address.of(r)); got != test.want {
				t.Errorf("%s at %q from %q: %s, want %s", test.target, test.host, peer, got, test.want)
			}
		}
	}
}

func TestPublicURLOfTLS(t *testing.T) {
	t.Parallel()
	r := received(t, "http://api.example/a", "api.example", strangerPeer)
	r.TLS = &tls.ConnectionState{}
	if got := spelled(proxied(t, ProxyConfig{}).of(r)); got != "https://api.example/a" {
		t.Error(got)
	}
}

// A proxy may have ended TLS and speak TLS again on the inner side.
func TestForwardedProtoOverTLS(t *testing.T) {
	t.Parallel()
	for headers, lines := range map[string]map[string]string{
		"X-Forwarded-Proto": {"http": "http", "HTTP": "http", "https": "https", "ws": "https"},
		"Forwarded":         {"proto=http": "http", "proto=HTTP": "http", "proto=ws": "https", "proto": "https"},
	} {
		address := proxied(t, ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{headers}})
		for value, scheme := range lines {
			r := received(t, "/a", "api.example", proxyPeer, headers+": "+value)
			r.TLS = &tls.ConnectionState{}
			if got := spelled(address.of(r)); got != scheme+"://api.example/a" {
				t.Errorf("%s: %s: %s", headers, value, got)
			}
		}
	}
}

func TestPublicURLWithoutTarget(t *testing.T) {
	t.Parallel()
	if got := spelled(proxied(t, ProxyConfig{}).of(&http.Request{Host: "api.example"})); got != "http://api.example" {
		t.Error(got)
	}
	if got := spelled((&publicAddress{}).of(&http.Request{Host: "api.example"})); got != "http://api.example" {
		t.Error(got)
	}
}

// Nothing that a client or a proxy sends changes a fixed URL but the path.
func TestBaseURLBeatsEverything(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://api.example":               "https://api.example",
		"https://api.example/":              "https://api.example",
		"HTTPS://API.Example:443/v1":        "https://api.example:443/v1",
		"http://[::1]:08080/v1/":            "http://[::1]:8080/v1",
		"https://api.example/v1,a;b=c@d/~x": "https://api.example/v1,a;b=c@d/~x",
	} {
		address := proxied(t, ProxyConfig{BaseURL: base, Trusted: []string{"0.0.0.0/0", "unix"}, Headers: []string{
			"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
		}})
		for _, host := range []string{"evil.example", "", "not a host"} {
			for _, path := range []string{"/a%2fb", "/v1/a", "/"} {
				r := received(t, path, host, proxyPeer, everyForwardingLine...)
				if got := spelled(address.of(r)); got != want+path {
					t.Errorf("%s with host %q: %s, want %s", base, host, got, want+path)
				}
			}
		}
	}
}

func TestTrustedPeers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		trusted     string
		peers, none []string
	}{
		{"10.1.2.3", []string{"10.1.2.3:1", "[::ffff:10.1.2.3]:1"}, []string{"10.1.2.4:1", "[::ffff:10.1.2.4]:1", "10.1.2.3", "10.1.2.3:", "10.1.2.3:x", "@", "", "pipe"}},
		{"10.9.9.9/8", []string{"10.0.0.0:1", "10.255.255.255:65535"}, []string{"11.0.0.0:1", "9.255.255.255:1", "[::10.1.2.3]:1"}},
		{"::ffff:10.1.2.3", []string{"10.1.2.3:1", "[::ffff:10.1.2.3]:1"}, []string{"10.1.2.4:1"}},
		{"::ffff:10.9.9.9/104", []string{"10.1.2.3:1", "[::ffff:10.1.2.3]:1"}, []string{"11.1.2.3:1"}},
		{"::ffff:10.9.9.9/96", []string{"192.0.2.1:1"}, []string{"[2001:db8::1]:1"}},
		{"0.0.0.0/0", []string{"192.0.2.1:1"}, []string{"[::1]:1", "@"}},
		{"::/0", []string{"[::1]:1", "[2001:db8::1]:1"}, []string{"192.0.2.1:1", "[::ffff:192.0.2.1]:1", ""}},
		{"2001:db8::/32", []string{"[2001:db8:1::]:1"}, []string{"[2001:db9::]:1"}},
		{"fe80::1", []string{"[fe80::1]:1", "[fe80::1%eth0]:1"}, []string{"[fe80::2%eth0]:1"}},
		{"unix", []string{"@", "", "@proxy", "/run/proxy.sock"}, []string{"127.0.0.1:1", "[::1]:1", "pipe"}},
	} {
		address := proxied(t, ProxyConfig{Trusted: []string{test.trusted}})
		for _, peer := range append(slices.Clone(test.peers), test.none...) {
			want := "http://api.example/"
			if slices.Contains(test.peers, peer) {
				want = "https://api.example/"
			}
			if got := spelled(address.of(received(t, "/", "api.example", peer, "X-Forwarded-Proto: https"))); got != want {
				t.Errorf("%s with peer %q: %s, want %s", test.trusted, peer, got, want)
			}
		}
	}
}

func TestSeveralTrustedPeers(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{Trusted: []string{"192.0.2.9", "unix", "10.0.0.0/8"}})
	for peer, want := range map[string]bool{proxyPeer: true, "192.0.2.9:1": true, "@": true, strangerPeer: false} {
		if got := address.trusts(peer); got != want {
			t.Errorf("%q is trusted: %v", peer, got)
		}
	}
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{
		Trusted: []string{"10.0.0.0/8"}, Headers: []string{"x-forwarded-proto", "x-forwarded-host"},
		AllowedHosts: []string{"API.Example", "b.example:443", "c.example:8443", "[2001:db8:0::1]"},
	})
	for _, test := range []struct {
		host  string
		lines []string
		want  string
	}{
		{"api.example", nil, "http://api.example/"},
		{"api.example:80", nil, "http://api.example:80/"},
		{"api.example:443", nil, "refused"},
		{"api.example:443", []string{"X-Forwarded-Proto: https"}, "https://api.example:443/"},
		{"api.example:80", []string{"X-Forwarded-Proto: https"}, "refused"},
		{"api.example.", nil, "refused"},
		{"b.example", nil, "refused"},
		{"b.example:443", nil, "http://b.example:443/"},
		{"b.example", []string{"X-Forwarded-Proto: https"}, "https://b.example/"},
		{"c.example", nil, "refused"},
		{"c.example:8443", nil, "http://c.example:8443/"},
		{"[2001:DB8::1]", nil, "http://[2001:db8::1]/"},
		{"evil.example", nil, "refused"},
		{"evil.example", []string{"X-Forwarded-Host: api.example"}, "http://api.example/"},
		{"api.example", []string{"X-Forwarded-Host: evil.example"}, "refused"},
	} {
		if got := spelled(address.of(received(t, "/", test.host, proxyPeer, test.lines...))); got != test.want {
			t.Errorf("%s %q: %s, want %s", test.host, test.lines, got, test.want)
		}
	}
}

func TestCausesAreFitForALog(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{"X-Forwarded-Host", "X-Forwarded-Prefix"}, AllowedHosts: []string{"api.example"}})
	for want, r := range map[string]*http.Request{
		`Host has the malformed host "a\x00\n"`:                                     received(t, "/", "a\x00\n", proxyPeer),
		`X-Forwarded-Host has the malformed host "` + strings.Repeat("%", 64) + `"`: received(t, "/", "api.example", proxyPeer, "X-Forwarded-Host: "+strings.Repeat("%", 200)),
		`X-Forwarded-Prefix has an empty or a dot segment`:                          received(t, "/", "api.example", proxyPeer, "X-Forwarded-Prefix: /hunter2/.."),
		`Proxy.AllowedHosts does not list "evil.example"`:                           received(t, "/", "evil.example", proxyPeer),
		`the request target is no path`:                                             received(t, "*", "api.example", proxyPeer),
	} {
		if u, err := address.of(r); err == nil || err.Error() != want || u != (publicURL{}) {
			t.Errorf("%v, %v, want %s", u, err, want)
		}
	}
}

func TestOriginAndURL(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{"X-Forwarded-Proto", "X-Forwarded-Prefix"}})
	for _, test := range []struct{ target, host, origin, url, path string }{
		{"/a%2Fb?access_token=hunter2", "api.example:443", "https://api.example", "https://api.example:443/v1/a%2Fb", "/v1/a/b"},
		{"/a%41", "api.example:80", "https://api.example:80", "https://api.example:80/v1/a%41", "/v1/aA"},
		{"http://x", "[::1]", "https://[::1]", "https://[::1]/v1", "/v1"},
		{"//b/../c", "api.example", "https://api.example", "https://api.example/v1//b/../c", "/v1//b/../c"},
	} {
		u, err := address.of(received(t, test.target, test.host, proxyPeer, "X-Forwarded-Proto: https", "X-Forwarded-Prefix: v1"))
		if err != nil || u.origin() != test.origin {
			t.Errorf("%s: origin %s, %v, want %s", test.target, u.origin(), err, test.origin)
		}
		if got := u.url(); got.String() != test.url || got.Path != test.path {
			t.Errorf("%s: URL %s with path %s, want %s", test.target, got, got.Path, test.url)
		}
	}
	if got := (publicURL{}).url(); *got != (url.URL{}) {
		t.Errorf("the URL of nothing is %q", got)
	}
}
