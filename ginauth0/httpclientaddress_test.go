package ginauth0_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// htu is the address as the server knows it, in the spelling that most servers compare
// with.
func TestTheAddressInAProof(t *testing.T) {
	t.Parallel()
	var sent *http.Request
	_, b, p := calling(t, bound, config(func(c *ginauth0.Config) { c.HTTPClient = &http.Client{Transport: elsewhere(&sent)} }))
	client, _ := p.mustOf(b)
	for name, test := range map[string]struct {
		edit func(*http.Request)
		want string
	}{
		"default port":    {to("https://api.example.test:443/a"), "https://api.example.test/a"},
		"another port":    {to("https://api.example.test:8443/a"), "https://api.example.test:8443/a"},
		"capital letters": {to("HTTPS://API.Example.test/A"), "https://api.example.test/A"},
		"no path":         {to("https://api.example.test?a=b"), "https://api.example.test/"},
		"user info":       {to("https://ada:secret@api.example.test/"), "https://api.example.test/"},
		"IPv6":            {to("https://[2001:DB8::1]/"), "https://[2001:db8::1]/"},
		"escapes":         {to("https://api.example.test/%7Eada/%2F%3F/a%20b"), "https://api.example.test/%7Eada/%2F%3F/a%20b"},
		"dot segments":    {to("https://api.example.test/a/../b"), "https://api.example.test/a/../b"},
		"two slashes":     {to("https://api.example.test//evil.test/"), "https://api.example.test//evil.test/"},
		"Host of its own": {func(r *http.Request) { to("https://10.0.0.1/a")(r); r.Host = "api.example.test" }, "https://api.example.test/a"},
		"opaque":          {func(r *http.Request) { r.URL = &url.URL{Scheme: "https", Host: "api.example.test", Opaque: "/a%2Fb"} }, "https://api.example.test/a%2Fb"},
		"opaque, a URL": {func(r *http.Request) {
			r.URL = &url.URL{Scheme: "https", Host: "api.example.test", Opaque: "//api.example.test/a?b"}
		}, "https://api.example.test/a"},
		"OPTIONS *": {func(r *http.Request) {
			to("https://api.example.test")(r)
			r.Method, r.URL.Path = http.MethodOptions, "*"
		}, "https://api.example.test"},
		"a host of its own": {to("https://api_1.example.test./"), "https://api_1.example.test./"},
	} {
		r := request(t, http.MethodGet, "https://api.example.test/", nil)
		test.edit(r)
		if _, err := call(t, client, r); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := readProof(t, sent.Header).text("htu"); got != test.want {
			t.Errorf("%s: htu %s, want %s", name, got, test.want)
		}
	}
}

func to(address string) func(*http.Request) {
	return func(r *http.Request) {
		u, err := url.Parse(address)
		if err != nil {
			panic(err)
		}
		r.URL, r.Host = u, ""
	}
}

// roundTripper is a function that answers requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// elsewhere answers requests for names with 204 and keeps the last one. Those for this
// machine it lets through.
func elsewhere(sent **http.Request) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if net.ParseIP(r.URL.Hostname()).IsLoopback() {
			return http.DefaultTransport.RoundTrip(r)
		}
		*sent = r
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
}

// Every name leads to a server that writes down what it sees.
func TestNoTokenGoesOverPlainHTTP(t *testing.T) {
	t.Parallel()
	for scheme, kind := range map[string]func(*setup){"Bearer": refreshing, "DPoP": bound} {
		api := newResource(t, nil)
		direct := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if !strings.HasPrefix(address, "127.0.0.1:") || strings.HasSuffix(address, ":80") {
				address = api.Listener.Addr().String()
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		t.Cleanup(direct.CloseIdleConnections)
		_, b, p := calling(t, kind, config(func(c *ginauth0.Config) { c.HTTPClient = &http.Client{Transport: direct} }))
		client, _ := p.mustOf(b)
		for _, address := range []string{
			"http://api.example.test/", "HTTP://api.example.test/", "http://api.example.test:443/", "http://127.0.0.1.example.test/",
			"http://localhost.example.test/", "http://127.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/",
			"http://localhost./", "http://127.0.0.1@example.test/", "ftp://localhost/", "ws://localhost/", "//localhost/", "/",
		} {
			body := &closing{Reader: strings.NewReader("hello")}
			r := request(t, http.MethodPost, "https://api.example.test/", body)
			to(address)(r)
			r.Header.Set("Authorization", "Basic of the program")
			_, err := call(t, client, r)
			direct := r.URL.Host != "" // net/http itself refuses an address without a host
			if err == nil || direct && !errors.Is(err, ginauth0.ErrInsecureURL) {
				t.Errorf("%s %s: %v", scheme, address, err)
			}
			if !body.closed {
				t.Errorf("%s %s: the body is open", scheme, address)
			}
		}
		// And without the client around it, which judges addresses too.
		for _, u := range []*url.URL{nil, {}, {Scheme: "HTTPS", Host: "api.example.test"}, {Scheme: "http"}} {
			r := request(t, http.MethodGet, "https://api.example.test/", nil)
			r.URL = u
			response, err := client.Transport.RoundTrip(r)
			if !errors.Is(err, ginauth0.ErrInsecureURL) {
				t.Errorf("%s %v: %v", scheme, u, err)
			}
			if response != nil {
				_ = response.Body.Close()
			}
		}
		api.wantArrivals(t, 0)
		for i, address := range []string{"http://localhost/", "http://LOCALHOST:8080/", "http://127.0.0.1:80/", "http://127.8.9.1/", "http://[::1]/"} {
			mustCall(t, client, request(t, http.MethodGet, address, nil))
			if seen := api.wantArrivals(t, i+1); !strings.HasPrefix(seen[i].header.Get("Authorization"), scheme+" ") {
				t.Errorf("%s: no token", address)
			}
		}
	}
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}
