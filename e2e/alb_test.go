package e2e_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// alb does with requests what an AWS Application Load Balancer does, by the AWS documentation of its headers ("HTTP headers
// and Application Load Balancers"), of its Host header ("Edit attributes for your Application Load Balancer", section "Host
// header preservation"), of its rules ("Listener rules for your Application Load Balancer") and of its limits ("Quotas for
// your Application Load Balancers"): it adds the client to X-Forwarded-For, says protocol and port of its listener, takes a
// default port off Host, speaks HTTP/1.1 to targets, and hands on what else the client says, X-Forwarded-Host and Forwarded
// included. The rules send hosts to targets; others are refused.
type alb struct {
	targets map[string]*url.URL // by host
	appends bool                // see forward
	proxy   httputil.ReverseProxy
}

// startALB returns the clients of a load balancer with these targets, as those of edge.
func startALB(t *testing.T, appends bool, targets map[string]*program) map[string]*http.Client {
	t.Helper()
	b := &alb{targets: map[string]*url.URL{}, appends: appends}
	for host, p := range targets {
		b.targets[host] = &url.URL{Scheme: "http", Host: addressOf(p)}
	}
	b.proxy = httputil.ReverseProxy{Rewrite: b.forward, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	t.Cleanup(b.proxy.Transport.(*http.Transport).CloseIdleConnections)

	dir := t.TempDir()
	trusted := writeCertificate(t, dir)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "edge.pem"), filepath.Join(dir, "edge.key"))
	if err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(b)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	secure.EnableHTTP2 = true
	secure.Config.MaxHeaderBytes = 64 << 10
	secure.StartTLS()
	t.Cleanup(secure.Close)
	// The usual second listener sends everybody to the first one: action "redirect".
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://"+r.Host+r.URL.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	t.Cleanup(plain.Close)
	return edgeClients(t, trusted, map[string]int{"443": portOf(t, secure), "80": portOf(t, plain)})
}

func portOf(t *testing.T, server *httptest.Server) int {
	t.Helper()
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func (b *alb) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const limit = 16 << 10
	for name, values := range r.Header {
		for _, value := range values {
			if len(name)+len(value) > limit {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
		}
	}
	if b.targets[hostOfALB(r)] == nil {
		w.WriteHeader(http.StatusMisdirectedRequest)
		return
	}
	b.proxy.ServeHTTP(w, r)
}

// hostOfALB is Host without the port of the listener.
func hostOfALB(r *http.Request) string { return strings.TrimSuffix(r.Host, ":443") }

// forward makes the request of the target. The documentation does not say what becomes of X-Forwarded-Proto and -Port that a
// client sends. By all accounts they are replaced; with appends they stay in front.
func (b *alb) forward(r *httputil.ProxyRequest) {
	r.Out.Host = hostOfALB(r.In)
	target := b.targets[r.Out.Host]
	r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
	r.Out.Header = r.In.Header.Clone() // the proxy of net/http takes out what the load balancer hands on
	client, _, err := net.SplitHostPort(r.In.RemoteAddr)
	if err != nil {
		panic(err) // net/http wrote it
	}
	for name, value := range map[string]string{"X-Forwarded-For": client, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"} {
		if before := r.In.Header.Values(name); len(before) > 0 && (b.appends || name == "X-Forwarded-For") {
			value = strings.Join(before, ", ") + ", " + value
		}
		r.Out.Header.Set(name, value)
	}
}

// With the settings of the page people log in and clients make their proofs for the public URL, and what they say of
// themselves changes nothing, whatever the load balancer makes of it.
func TestBehindALB(t *testing.T) {
	t.Parallel()
	settings := dotenvOfProxies(t, "HOST=0.0.0.0")
	webapp, known := proxied(t, "https://app.example.com", settings...)
	tenant := startDevTenant(t, "http://localhost:3000")
	api := startProxiedAPI(t, tenant, known, settings)
	key := newProofKey(t, known)
	token := key.token(tenant)
	for _, appends := range []bool{false, true} {
		clients := startALB(t, appends, map[string]*program{"app.example.com": webapp, "api.example.com": api})
		for protocol, client := range clients {
			t.Run(fmt.Sprintf("%s, appends %t", protocol, appends), func(t *testing.T) {
				for _, says := range [][]string{nil, forged} {
					for _, value := range wantSignedIn(t, client, "https://app.example.com", says...).secrets() {
						known.add("a parameter of a login", value)
					}
				}
				callsBehindALB(t, client, key, token, "")
			})
		}
	}
}

// Without a fixed URL the host is what the client asks for, and the rules of the load balancer say which ones there are.
func TestSeveralHostsBehindALB(t *testing.T) {
	t.Parallel()
	known := newSecrets()
	tenant := startDevTenant(t, "http://localhost:3000")
	api := startProxiedAPI(t, tenant, known, dotenvOfProxies(t, "TRUSTED_PROXIES=10.0.0.0/16"))
	key := newProofKey(t, known)
	token := key.token(tenant)
	clients := startALB(t, false, map[string]*program{"api.example.com": api, "api.example.org": api})
	for protocol, client := range clients {
		t.Run(protocol, func(t *testing.T) {
			callsBehindALB(t, client, key, token, "https://api.example.org")
			stranger := newGet(t, "https://api.example.com/api/private")
			stranger.Host = "forged.example.com"
			proof := key.proof(t, http.MethodGet, "https://forged.example.com/api/private", token)
			ask(t, client, stranger, bound(token, proof)...).want(t, http.StatusMisdirectedRequest, "")
		})
	}
	t.Run("around the load balancer", func(t *testing.T) {
		const public = "https://api.example.com/api/private"
		request := newGet(t, api.url+"/api/private")
		request.Host = "api.example.com"
		headers := append(bound(token, key.proof(t, http.MethodGet, public, token)), "X-Forwarded-Proto", "https")
		ask(t, clientFrom(t, "127.0.0.2"), request, headers...).wantCode(t, http.StatusUnauthorized, "dpop_htu_mismatch")
	})
}

// callsBehindALB are calls of an API at api.example.com, and at another URL if it has one.
func callsBehindALB(t *testing.T, client *http.Client, key *proofKey, token, other string) {
	t.Helper()
	const (
		public   = "https://api.example.com"
		mismatch = "dpop_htu_mismatch"
	)
	for _, c := range []struct {
		name, asked, path, proven string
		headers                   []string
		code                      string
	}{
		{"public URL", public, "/api/echo/a%2Fb//c?d=e", public, nil, ""},
		{"default port", public + ":443", "/api/private", public, nil, ""},
		{"long cookies", public, "/api/private", public, []string{"Cookie", "a=" + strings.Repeat("c", 8200)}, ""},
		{"client says X-Forwarded", public, "/api/private", public, forged, ""},
		{"proof for the protocol that the client says", public, "/api/private", "http://api.example.com", forged, mismatch},
		{"proof for the host that the client says", public, "/api/private", "https://forged.example.test", forged, mismatch},
		{"proof for the port that the client says", public, "/api/private", public + ":8443", forged, mismatch},
		{"proof for all that the client says", public, "/api/private", "http://forged.example.test:8443/forged", forged, mismatch},
		{"proof for another host", public, "/api/private", "https://api.example.org", nil, mismatch},
		{"other host", other, "/api/private", other, nil, ""},
		{"other host, proof for the first", other, "/api/private", public, nil, mismatch},
	} {
		if c.asked == "" {
			continue // there is no other
		}
		path, _, _ := strings.Cut(c.path, "?")
		proof := key.proof(t, http.MethodGet, c.proven+path, token)
		answer := ask(t, client, newRequest(t, c.asked+c.path), append(bound(token, proof), c.headers...)...)
		status := http.StatusOK
		if c.code != "" {
			status = http.StatusUnauthorized
		}
		if answer.status != status || answer.errorCode() != c.code {
			t.Errorf("%s: %d %s, want %d %q", c.name, answer.status, answer.body, status, c.code)
		}
	}
}
