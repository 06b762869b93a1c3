package ginauth0

import (
	"bufio"
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// Whatever the URL: htu is what the server makes of the request line and Host, by the
// comparison of RFC 9449 section 4.3.
func FuzzTargetURI(f *testing.F) {
	for _, seed := range [][2]string{
		{"https://api.example.test/messages?a=b#c", ""},
		{"https://api.example.test", ""},
		{"https://API.example.test:443//a/%2e%2E/b;c", ""},
		{"http://127.0.0.1:8000/%7Eada/%2F%3F", "api.example.test"},
		{"https://ada:secret@[2001:DB8::1]:8443/a b", ""},
		{"https://api.example.test/é?%zz", ""},
		{"https:/a/b", "api.example.test"},
		{"https:a%2Fb", "api.example.test:443"},
		{"https://api.example.test/a%", ""},
		{"http://localhost/*", "LOCALHOST:80"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, address, host string) {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return
		}
		if _, err := authority.Parse(cmp.Or(host, u.Host)); err != nil {
			return // net/http has spellings of its own for other hosts
		}
		r := &http.Request{Method: http.MethodGet, URL: u, Host: host, Header: http.Header{}}
		htu, _, _ := strings.Cut(targetURI(r), "?") // the proof is without
		var wire bytes.Buffer
		if r.Write(&wire) != nil {
			return // net/http does not send it
		}
		got, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			return // no server takes it
		}
		named, err := authority.Parse(got.Host)
		path, _, _ := strings.Cut(got.RequestURI, "?")
		if err != nil || len(htu) > 2000 || !strings.HasPrefix(path, "/") {
			return // nothing that the guard of an API would compare
		}
		for _, segment := range strings.Split(path, "/") {
			if plain, err := url.PathUnescape(segment); err != nil || plain == "." || plain == ".." {
				return // likewise
			}
		}
		if target := (dpop.Target{Scheme: u.Scheme, Host: named, Path: path}); !target.Matches([]byte(htu)) {
			t.Errorf("%q with Host %q: htu %q, the server sees %+v", address, host, htu, target)
		}
	})
}
