package ginauth0_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	hostA = "a.shop.test"
	hostB = "b.shop.test"
)

// resolverFunc is a Config.DomainResolver.
type resolverFunc = func(*http.Request) (string, error)

// sites is one application under two hosts, each with a tenant of its own: Ada
// signs in at a, Grace at b.
type sites struct {
	*app
	a, b  *auth0test.Tenant
	asked atomic.Int32 // how often the resolver was

	resolver atomic.Pointer[resolverFunc]
}

// newSites starts the application. What edits ask for goes before.
func newSites(t testing.TB, edits ...func(*setup)) *sites {
	t.Helper()
	s := &sites{a: siteTenant(t, "ada"), b: siteTenant(t, "grace")}
	s.resolve(s.byHost)
	edits = append([]func(*setup){config(func(c *ginauth0.Config) {
		c.DomainResolver = func(r *http.Request) (string, error) {
			s.asked.Add(1)
			return (*s.resolver.Load())(r)
		}
		c.BaseURL, c.ExtraBaseURLs, c.InsecureHTTPBaseURL = "http://"+hostA, []string{"http://" + hostB}, true
	})}, edits...)
	s.app = newApp(t, edits...)
	return s
}

func siteTenant(t testing.TB, user string) *auth0test.Tenant {
	t.Helper()
	client := auth0test.Client{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret}
	for _, host := range []string{hostA, hostB} {
		client.RedirectURIs = append(client.RedirectURIs, "http://"+host+"/auth/callback")
		client.LogoutURIs = append(client.LogoutURIs, "http://"+host)
	}
	return auth0test.Start(t, auth0test.Config{AutoApprove: user, Clients: []auth0test.Client{client}})
}

// byHost is what the resolver says at first.
func (s *sites) byHost(r *http.Request) (string, error) {
	switch r.Host {
	case hostA:
		return s.a.Issuer(), nil
	case hostB:
		return s.b.Issuer(), nil
	}
	return "", errors.New("nobody knows this host")
}

// resolve changes what the resolver says.
func (s *sites) resolve(f resolverFunc) { s.resolver.Store(&f) }

// says is a resolver that knows one answer.
func says(domain string) resolverFunc {
	return func(*http.Request) (string, error) { return domain, nil }
}

func failing(*http.Request) (string, error) { return "", errors.New("the list of tenants is gone") }

// brokenResolvers are all that a resolver can do wrong.
var brokenResolvers = map[string]resolverFunc{
	"an error":               failing,
	"a domain and an error":  func(*http.Request) (string, error) { return "t.example", errors.New("no") },
	"nothing":                says(""),
	"a blank":                says(" "),
	"spaces around a domain": says(" t.example "),
	"no host":                says("https:///"),
	"http":                   says("http://t.example/"),
	"a query":                says("https://t.example/?a=b"),
	"user info":              says("https://ada@t.example/"),
	"a path without scheme":  says("t.example/x"),
}

// visitor returns a browser for which both hosts are in the DNS.
func (s *sites) visitor(t testing.TB) *browser {
	t.Helper()
	b := s.browser(t)
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".shop.test") {
			address = s.server.Listener.Addr().String()
		}
		return dialer.DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	b.client.Transport = transport
	return b.at(hostA)
}

// at returns the same browser, whose paths are those of another host from here on.
func (b *browser) at(host string) *browser {
	there := *b.app
	there.url = "http://" + host
	return &browser{t: b.t, app: &there, client: b.client}
}

// wantPage says whose page the public one is.
func (b *browser) wantPage(greeting string) answer {
	b.t.Helper()
	r := b.get("/")
	if r.status != http.StatusOK || r.body != greeting {
		b.t.Errorf("%s: %d %q, want %q", b.app.url, r.status, r.body, greeting)
	}
	return r
}

func wantNoCookie(t testing.TB, what string, r answer) {
	t.Helper()
	if lines := r.header.Values("Set-Cookie"); len(lines) != 0 {
		t.Errorf("%s: cookies %q", what, lines)
	}
}

func wantCounts(t testing.TB, auth *ginauth0.Auth, proven, others, dropped int) {
	t.Helper()
	if p, o, d := auth.CountDomains(); p != proven || o != others || d != dropped {
		t.Errorf("%d domains where people signed in, %d others, %d dropped; want %d, %d, %d", p, o, d, proven, others, dropped)
	}
}
