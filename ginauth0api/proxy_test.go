package ginauth0api_test

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// holder has a token and the key that it is bound to, and asks an API by writing
// to the connection: an HTTP client would put odd requests right.
type holder struct {
	t      testing.TB
	server *httptest.Server
	issuer *issuer
	key    *ecdsa.PrivateKey
	token  string
}

// behindProxy serves every path with a Guard of these proxy settings.
func behindProxy(t testing.TB, cfg ginauth0api.ProxyConfig) *holder {
	t.Helper()
	h := newHolder(t, cfg)
	h.server.Start()
	return h
}

func newHolder(t testing.TB, cfg ginauth0api.ProxyConfig) *holder {
	t.Helper()
	i := newIssuer(t)
	guard := newGuard(t, i, func(c *ginauth0api.Config) { c.Proxy = cfg })
	router := gin.New()
	router.GET("/*path", guard.RequireAuth("read:a"), subject)
	server := httptest.NewUnstartedServer(router)
	t.Cleanup(server.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{t, server, i, key, i.token(claims{"cnf": claims{"jkt": encode(string(sum))}})}
}

// proof is made for a URL, by go-jose.
func (h *holder) proof(htu string) string {
	h.t.Helper()
	hash := sha256.Sum256([]byte(h.token))
	payload, err := json.Marshal(claims{"jti": rand.Text(), "htm": "GET", "htu": htu, "iat": time.Now().Unix(), "ath": encode(string(hash[:]))})
	if err != nil {
		h.t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		h.t.Fatal(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		h.t.Fatal(err)
	}
	text, err := signature.CompactSerialize()
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}

// dpop asks for target with a proof for htu, bearer with a token that is not
// bound. The lines are headers, the Host among them.
func (h *holder) dpop(target, htu string, lines ...string) answer {
	h.t.Helper()
	return h.send(target, append([]string{"Authorization: DPoP " + h.token, "DPoP: " + h.proof(htu)}, lines...))
}

func (h *holder) bearer(target string, lines ...string) answer {
	h.t.Helper()
	return h.send(target, append([]string{"Authorization: Bearer " + h.issuer.token(nil)}, lines...))
}

func (h *holder) send(target string, lines []string) answer {
	h.t.Helper()
	address := h.server.Listener.Addr()
	connection, err := net.Dial(address.Network(), address.String())
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	version := "HTTP/1.1"
	if !strings.Contains(strings.Join(lines, "\n"), "\nHost:") {
		version = "HTTP/1.0" // 1.1 requires it
	}
	text := "GET " + target + " " + version + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	if _, err := io.WriteString(connection, text); err != nil {
		h.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return read(h.t, response)
}

// wantURL expects that the Guard takes public for the URL of the request: it
// accepts a proof for it and refuses one for every other.
func (h *holder) wantURL(public, target string, lines ...string) {
	h.t.Helper()
	if got := h.dpop(target, public, lines...); got.status != http.StatusOK {
		h.t.Errorf("%s %q: a proof for %s is answered %d %s", target, lines, public, got.status, got.body)
	}
	for _, other := range []string{
		"http://api.example/a", "https://api.example/a", "http://b.example/a", "https://b.example:8443/a", "https://b.example:8443/v1/a", "https://evil.example/a",
	} {
		if other == public {
			continue
		}
		if got := h.dpop(target, other, lines...); got.status != http.StatusUnauthorized || !strings.Contains(got.body, `"dpop_htu_mismatch"`) {
			h.t.Errorf("%s %q: a proof for %s is answered %d %s, want a mismatch", target, lines, other, got.status, got.body)
		}
	}
}

func forwardedAs(host string) []string {
	return []string{
		"Host: " + host, "X-Forwarded-Proto: https", "X-Forwarded-Host: b.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /v1",
		`Forwarded: for=192.0.2.1;proto=https;host="b.example:8443"`, "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1",
	}
}

var xForwarded = []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"}

// Contract 81.
func TestNobodyIsTrustedByDefault(t *testing.T) {
	t.Parallel()
	h := behindProxy(t, ginauth0api.ProxyConfig{})
	h.wantURL("http://api.example/a", "/a", forwardedAs("api.example")...)
	h.wantURL("http://api.example:8080/a", "/a", forwardedAs("API.example:8080")...)
	wantProofRefused(t, h.dpop("/a", "https://b.example:8443/v1/a", forwardedAs("api.example")...), "dpop_htu_mismatch")
}

// Contract 82.
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

// Contract 83.
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

// Contract 84.
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

// Contract 85.
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

// Contract 86.
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
