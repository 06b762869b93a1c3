package ginauth0api_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func forwardedAs(host string) []string {
	return []string{
		"Host: " + host, "X-Forwarded-Proto: https", "X-Forwarded-Host: b.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /v1",
		`Forwarded: for=192.0.2.1;proto=https;host="b.example:8443"`, "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1",
	}
}

var xForwarded = []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"}

func TestNobodyIsTrustedByDefault(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{})
	h.wantURL("http://api.example/a", "/a", forwardedAs("api.example")...)
	h.wantURL("http://api.example:8080/a", "/a", forwardedAs("API.example:8080")...)
	wantProofRefused(t, h.dpop("/a", "https://b.example:8443/v1/a", forwardedAs("api.example")...), "dpop_htu_mismatch")
}

func TestTrustedPeerAndNamedHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		headers []string
		public  string
	}{
		{nil, "https://api.example/a"},
		{[]string{"X-Forwarded-Proto"}, "https://api.example/a"},
		{[]string{"X-Forwarded-Host"}, "http://b.example/a"},
		{[]string{"X-Forwarded-Port"}, "http://api.example:8443/a"},
		{[]string{"X-Forwarded-Prefix"}, "http://api.example/v1/a"},
		{[]string{"Forwarded"}, "https://b.example:8443/a"},
		{xForwarded, "https://b.example:8443/v1/a"},
	} {
		trusting := behindProxy(t, ginauth0api.ProxyConfig{Trusted: []string{"::1", "127.0.0.0/8"}, Headers: test.headers})
		trusting.wantURL(test.public, "/a", forwardedAs("api.example")...)
		trusting.wantURL("http://api.example/a", "/a", "Host: api.example")

		// The peer is 127.0.0.1, which neither these are nor a header can be.
		other := behindProxy(t, ginauth0api.ProxyConfig{Trusted: []string{"127.0.0.2", "192.0.2.0/24", "unix", "::/0"}, Headers: test.headers})
		other.wantURL("http://api.example/a", "/a", forwardedAs("api.example")...)
	}
}

func TestLeftmostForwardedHost(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{Trusted: []string{"127.0.0.1"}, Headers: []string{"X-Forwarded-Host"}})
	h.wantURL("http://b.example/a", "/a", "Host: api.example", "X-Forwarded-Host: b.example, evil")
	h.wantURL("http://b.example/a", "/a", "Host: api.example", "X-Forwarded-Host: b.example", "X-Forwarded-Host: evil.example")
	h.wantURL("http://api.example/a", "/a", "Host: api.example", "X-Forwarded-Host: , evil.example")
	h.wantURL("http://api.example/a", "/a", "Host: api.example", "X-Forwarded-Host:", "X-Forwarded-Host: evil.example")
	for _, host := range []string{"a b", "a/b", "ada@a", "a:0", "a:99999", "b\u00fccher.example", "a%41", "[::1%25eth0]", "a..b"} {
		wantProofRefused(t, h.dpop("/a", "http://api.example/a", "Host: api.example", "X-Forwarded-Host: "+host), "public_url_invalid")
	}
}

func TestForwardedPrefix(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{Trusted: []string{"127.0.0.1"}, Headers: []string{"X-Forwarded-Prefix"}})
	for _, prefix := range []string{"/v1", "v1", "/v1/", "v1/", "/v1, /evil"} {
		h.wantURL("http://api.example/v1/x%2Fy", "/x%2Fy", "Host: api.example", "X-Forwarded-Prefix: "+prefix)
		h.wantURL("http://api.example/v1/x", "/v1/x", "Host: api.example", "X-Forwarded-Prefix: "+prefix)
		h.wantURL("http://api.example/v1/v1x", "/v1x", "Host: api.example", "X-Forwarded-Prefix: "+prefix)
	}
	for _, prefix := range []string{"/../x", "//x", "%2e%2e", "/%2E%2E/", "a:b", "/a%2fb", "/a%5Cb", `\x`, "/./", "/a%00", "/" + strings.Repeat("a", 256), "/\u00e9"} {
		wantProofRefused(t, h.dpop("/a", "http://api.example/a", "Host: api.example", "X-Forwarded-Prefix: "+prefix), "public_url_invalid")
	}
}

func TestBaseURLBeatsHeadersAndHost(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{BaseURL: "https://Public.example:443/api/", Trusted: []string{"127.0.0.1"}, Headers: xForwarded})
	for _, host := range []string{"api.example", "a,b", "evil.example:99999"} {
		h.wantURL("https://public.example/api/a", "/a?x=y", forwardedAs(host)...)
		h.wantURL("https://public.example:443/api/a%2Fb/", "/a%2Fb/", append(forwardedAs(host), "X-Forwarded-Prefix: //")...)
	}
	h.wantURL("https://public.example/api/a", "/a")
	if got := h.dpop("/a", "https://public.example/a", "Host: public.example"); !strings.Contains(got.body, `"dpop_htu_mismatch"`) {
		t.Errorf("a proof without the prefix is answered %d %s", got.status, got.body)
	}
}

func TestBearerIsNeverRefusedForItsURL(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{
		Trusted: []string{"127.0.0.1"}, Headers: xForwarded, AllowedHosts: []string{"api.example"},
	})
	for _, lines := range [][]string{
		nil,
		{"Host: a,b"},
		{"Host: evil.example:99999"},
		{"Host: evil.example"},
		{"Host: a..b"},
		{"Host: api.example", "X-Forwarded-Host: a/b"},
		{"Host: api.example", "X-Forwarded-Host: evil.example"},
		{"Host: api.example", "X-Forwarded-Prefix: //x"},
	} {
		for _, target := range []string{"/a", "//a", "/a//b", "/a/../b", "/%2e%2e/%2f"} {
			if got := h.bearer(target, lines...); got.status != http.StatusOK {
				t.Errorf("%s %q: %d %s", target, lines, got.status, got.body)
			}
		}
		wantProofRefused(t, h.dpop("/a", "http://api.example/a", lines...), "public_url_invalid")
	}
	// Slashes are significant, no reason to refuse.
	for _, target := range []string{"//a", "/a//b", "/a/"} {
		h.wantURL("http://api.example"+target, target, "Host: api.example")
	}
}

func TestAllowedHostsOfDPoPRequests(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{AllowedHosts: []string{"api.example:80", "b.example:8080"}})
	h.wantURL("http://api.example/a", "/a", "Host: API.example")
	h.wantURL("http://b.example:8080/a", "/a", "Host: b.example:8080")
	for _, host := range []string{"b.example", "api.example:8080", "evil.example", "api.example."} {
		wantProofRefused(t, h.dpop("/a", "http://"+host+"/a", "Host: "+host), "public_url_invalid")
	}
}

// The authority of a request target in absolute form is the host; its scheme is
// what the client says, not how it came here.
func TestTargetInAbsoluteForm(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{})
	h.wantURL("http://b.example/a", "https://b.example/a", "Host: api.example")
}

func TestPeersOfAUnixSocket(t *testing.T) {
	t.Parallel()
	for trusted, public := range map[string]string{"unix": "https://api.example/a", "0.0.0.0/0": "http://api.example/a"} {
		h := newHolder(t, ginauth0api.ProxyConfig{Trusted: []string{trusted}})
		listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
		if err != nil {
			t.Fatal(err)
		}
		_ = h.server.Listener.Close()
		h.server.Listener = listener
		h.server.Start()
		h.wantURL(public, "/a", "Host: api.example", "X-Forwarded-Proto: https")
	}
}

// Over TLS and over HTTP/2, with and without TLS, scheme and authority are those
// of the connection.
func TestURLOfOtherConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start  func(*httptest.Server)
		scheme string
		major  int
	}{
		"TLS":    {func(s *httptest.Server) { s.StartTLS() }, "https", 1},
		"HTTP/2": {func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, "https", 2},
		"h2c": {func(s *httptest.Server) {
			var protocols http.Protocols
			protocols.SetUnencryptedHTTP2(true)
			s.Config.Protocols = &protocols
			s.Start()
			s.Client().Transport.(*http.Transport).Protocols = &protocols
		}, "http", 2},
	} {
		h := newHolder(t, ginauth0api.ProxyConfig{})
		test.start(h.server)
		for _, proved := range []string{"http", "https"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/a", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = "API.example:8443"
			request.Header = http.Header{"Authorization": {"DPoP " + h.token}, "DPoP": {h.proof(proved + "://api.example:8443/a")}, "X-Forwarded-Proto": {"http"}}
			response, err := h.server.Client().Do(request)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got := read(t, response)
			if want := proved == test.scheme; (got.status == http.StatusOK) != want || response.ProtoMajor != test.major {
				t.Errorf("%s: HTTP/%d, a proof for %s is answered %d %s", name, response.ProtoMajor, proved, got.status, got.body)
			}
		}
	}
}
