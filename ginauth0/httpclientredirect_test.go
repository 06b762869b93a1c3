package ginauth0_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// redirectTo answers every request but those for /there.
func redirectTo(location *string, status int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/there" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Location", *location)
		w.WriteHeader(status)
	}
}

func TestARedirectToAnotherOriginIsTheAnswer(t *testing.T) {
	t.Parallel()
	for scheme, kind := range map[string]func(*setup){"Bearer": refreshing, "DPoP": bound} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			other, location := newResource(t, nil), ""
			api := newResource(t, redirectTo(&location, status))
			_, b, p := calling(t, kind)
			client, token := p.mustOf(b)
			u, err := url.Parse(api.URL)
			if err != nil {
				t.Fatal(err)
			}
			for i, target := range []string{
				other.URL + "/there",                                                           // another port
				"http://localhost:" + u.Port() + "/there",                                      // another name for the same machine
				"https://" + u.Host + "/there",                                                 // another scheme
				"//" + other.Listener.Addr().String() + "/there",                               // without a scheme
				"http://" + u.Host + "@" + strings.TrimPrefix(other.URL, "http://") + "/there", // user info that looks like a host
				"http://evil.example.test/there",
			} {
				location = target
				r := mustCall(t, client, request(t, http.MethodPost, api.URL+"/here", strings.NewReader("hello")))
				if r.status != status || r.header.Get("Location") != location {
					t.Errorf("%s %d %s: %d %s", scheme, status, location, r.status, r.header.Get("Location"))
				}
				api.wantArrivals(t, i+1)
			}
			for _, x := range other.arrivals() {
				t.Errorf("%s %d: arrived at another origin, with the token %v: %s", scheme, status, strings.Contains(fmt.Sprint(x), token), x.uri)
			}
		}
	}
}

func TestARedirectAtTheSameOriginIsProvenAnew(t *testing.T) {
	t.Parallel()
	for status, then := range map[int]arrival{
		303: {method: http.MethodGet},
		307: {method: http.MethodPost, body: "hello"},
	} {
		location := ""
		api := newResource(t, redirectTo(&location, status))
		_, b, p := calling(t, bound)
		client, token := p.mustOf(b)
		for i, target := range []string{"/there?c=d", "there", api.URL + "/there", strings.Replace(api.URL, "http", "HTTP", 1) + "/there"} {
			location = target
			if r := mustCall(t, client, request(t, http.MethodPost, api.URL+"/here?a=b", strings.NewReader("hello"))); r.status != http.StatusNoContent {
				t.Errorf("%d %s: %d", status, target, r.status)
			}
			seen := api.wantArrivals(t, 2*i+2)[2*i:]
			first, second := seen[0].proof(t, "http", token), seen[1].proof(t, "http", token)
			if first.text("jti") == second.text("jti") || seen[1].method != then.method || seen[1].body != then.body {
				t.Errorf("%d %s: the same proof, or %+v", status, target, seen[1])
			}
		}
	}
}

// Each of the requests that a redirect makes of one may be asked for a nonce, which is
// good for that one.
func TestRedirectsAndNonces(t *testing.T) {
	t.Parallel()
	api := newResource(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		want := "for-" + r.URL.Path
		switch nonce := readProof(t, r.Header).text("nonce"); {
		case nonce == "":
			demandNonce(w, want)
		case nonce != want:
			t.Errorf("nonce %q at %s", nonce, r.URL.Path)
		case r.URL.Path == "/here":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	_, b, p := calling(t, bound)
	client, _ := p.mustOf(b)
	if r := mustCall(t, client, request(t, http.MethodPost, api.URL+"/here", strings.NewReader("hello"))); r.status != http.StatusNoContent {
		t.Errorf("%d", r.status)
	}
	for _, x := range api.wantArrivals(t, 4) {
		if x.body != "hello" {
			t.Errorf("%+v", x)
		}
	}
}

func TestTenRedirectsAreEnough(t *testing.T) {
	t.Parallel()
	last := 10
	api := newResource(t, func(w http.ResponseWriter, r *http.Request, call int) {
		if call <= last {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	_, b, p := calling(t, bound)
	client, _ := p.mustOf(b)
	if r := mustCall(t, client, request(t, http.MethodGet, api.URL, nil)); r.status != http.StatusNoContent {
		t.Errorf("after ten: %d", r.status)
	}
	api.wantArrivals(t, 11)
	last = 1000
	if r, err := call(t, client, request(t, http.MethodGet, api.URL, nil)); err == nil {
		t.Errorf("after more: %d", r.status)
	}
	api.wantArrivals(t, 22)
}

// https to http is another origin, and so is another port; 443 spelled out is not.
func TestRedirectsOfAnHTTPSOrigin(t *testing.T) {
	t.Parallel()
	location := ""
	api := unstartedResource(redirectTo(&location, http.StatusFound))
	api.StartTLS()
	t.Cleanup(api.Close)
	base := api.Client().Transport.(*http.Transport).Clone()
	base.TLSClientConfig.ServerName = "example.com" // for which the certificate is
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(strings.ToLower(address), "api.example.test:") {
			address = api.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	t.Cleanup(base.CloseIdleConnections)
	_, b, p := calling(t, bound, config(func(c *ginauth0.Config) { c.HTTPClient = &http.Client{Transport: base} }))
	client, token := p.mustOf(b)
	for target, want := range map[string]int{
		"https://api.example.test/there":      http.StatusNoContent,
		"https://api.example.test:443/there":  http.StatusNoContent,
		"https://API.example.test:/there":     http.StatusNoContent,
		"http://api.example.test/there":       http.StatusFound,
		"http://api.example.test:443/there":   http.StatusFound,
		"https://api.example.test:8443/there": http.StatusFound,
		"https://api.example.test./there":     http.StatusFound,
	} {
		location = target
		before := len(api.arrivals())
		r := mustCall(t, client, request(t, http.MethodGet, "https://api.example.test/here", nil))
		if r.status != want {
			t.Errorf("%s: %d, want %d", target, r.status, want)
		}
		for _, x := range api.arrivals()[before:] {
			x.host = "api.example.test" // htu has no default port and no capital letters
			x.proof(t, "https", token)
		}
	}
}

// A program may let its client follow everything. What it cannot do is to have the token
// follow too, not even back to where it came from.
func TestAProgramThatFollowsEveryRedirect(t *testing.T) {
	t.Parallel()
	for scheme, kind := range map[string]func(*setup){"Bearer": refreshing, "DPoP": bound} {
		there, back := "", ""
		api := newResource(t, redirectTo(&there, http.StatusTemporaryRedirect))
		other := newResource(t, redirectTo(&back, http.StatusTemporaryRedirect))
		there, back = other.URL+"/back", api.URL+"/there"
		_, b, p := calling(t, kind)
		client, token := p.mustOf(b)
		client.CheckRedirect = nil
		r := request(t, http.MethodPost, api.URL+"/here", strings.NewReader("hello"))
		r.Header.Set("Authorization", "Basic of the program")
		if r := mustCall(t, client, r); r.status != http.StatusNoContent {
			t.Errorf("%s: %d", scheme, r.status)
		}
		strayed := append(other.wantArrivals(t, 1), api.wantArrivals(t, 2)[1])
		for _, x := range strayed {
			if x.header.Get("Authorization") != "" || x.header.Get("DPoP") != "" || strings.Contains(fmt.Sprint(x), token) {
				t.Errorf("%s: arrived at %s: %v", scheme, x.uri, x.header)
			}
		}
		if !strings.HasPrefix(api.arrivals()[0].header.Get("Authorization"), scheme+" ") {
			t.Errorf("%s: no token at first", scheme)
		}
	}
}
