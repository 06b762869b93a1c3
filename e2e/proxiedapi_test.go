package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// servers are further hosts of nginx, beside the one in our documentation. The verbs stand for the APIs behind it: one
// that reads X-Forwarded-*, one that reads Forwarded, one with a fixed URL.
const servers = `
	server { # says the prefix, and leaves it on
		$LISTEN
		server_name kept.example.test;
		proxy_set_header X-Forwarded-Proto  $scheme;
		proxy_set_header X-Forwarded-Host   $host;
		proxy_set_header X-Forwarded-Prefix /api;
		location /api/ { proxy_pass %[1]s; }
	}
	server { # takes the prefix off in the way that decodes the path
		$LISTEN
		server_name decoded.example.test;
		proxy_set_header X-Forwarded-Proto  $scheme;
		proxy_set_header X-Forwarded-Host   $host;
		proxy_set_header X-Forwarded-Prefix /v1;
		location /v1/ { proxy_pass %[1]s/; }
	}
	server { # RFC 7239
		$LISTEN
		server_name standard.example.test;
		proxy_set_header Forwarded 'for=_hidden;proto=$scheme;host="$host"';
		location / { proxy_pass %[2]s; }
	}
	server { # says nothing
		$LISTEN
		server_name fixed.example.test;
		location /v1/ { proxy_pass %[3]s$after_v1; }
		location /.well-known/oauth-protected-resource/v1 { proxy_pass %[3]s; }
	}
`

// What a client might say of itself in each header that an API may read.
var forged = []string{
	"X-Forwarded-Proto", "http", "X-Forwarded-Host", "forged.example.test", "X-Forwarded-Prefix", "/forged",
	"X-Forwarded-Port", "8443", "Forwarded", `proto=http;host=forged.example.test`,
}

// behindNginx are three APIs behind one nginx, and a client of theirs.
type behindNginx struct {
	*edge
	key                         *proofKey
	token                       string
	forwarding, standard, fixed *program
}

func startBehindNginx(t *testing.T) *behindNginx {
	t.Helper()
	known := newSecrets()
	tenant := startDevTenant(t, "http://localhost:3000")
	api := func(env ...string) *program {
		port := freePort(t)
		return startExample(t, "api", known, port, append(env, fmt.Sprintf("PORT=%d", port),
			"HOST=127.0.0.1", "AUTH0_DOMAIN="+tenant.domain(), "AUTH0_AUDIENCE="+audience)...)
	}
	b := &behindNginx{
		key:        newProofKey(t, known),
		forwarding: api(dotenvOfProxies(t, "FORWARDED_HEADERS=X-Forwarded-Proto,X-Forwarded-Host,")...),
		standard:   api("TRUSTED_PROXIES=127.0.0.1/32", "FORWARDED_HEADERS=Forwarded"),
		fixed:      api("API_BASE_URL=https://fixed.example.test/v1"),
	}
	b.token = b.key.token(tenant)
	documented := nginxOfProxies(t, map[string]string{"127.0.0.1:8000": addressOf(b.forwarding)})
	b.edge = startEdge(t, documented+fmt.Sprintf(servers, b.forwarding.url, b.standard.url, b.fixed.url))
	return b
}

func TestAPIBehindNginx(t *testing.T) {
	t.Parallel()
	b := startBehindNginx(t)
	for protocol, client := range b.clients {
		t.Run("proofs by "+protocol, func(t *testing.T) { b.proofs(t, client) })
	}
	t.Run("attacker who goes around nginx", b.attackerGoesAround)
	t.Run("metadata", b.metadata)
}

// proofs are for the URL that the client sees, whatever happens on the way.
func (b *behindNginx) proofs(t *testing.T, client *http.Client) {
	const (
		mismatch = "dpop_htu_mismatch"
		stripped = "https://api.example.com/v1/api/echo/"
		kept     = "https://kept.example.test/api/echo/"
		decoded  = "https://decoded.example.test/v1/api/echo/"
		standard = "https://standard.example.test/api/echo/"
		fixed    = "https://fixed.example.test/v1/api/echo/"
	)
	cookies := []string{"Cookie", "one=" + strings.Repeat("c", 4200) + "; two=" + strings.Repeat("d", 4200)}

	for _, c := range []struct {
		name, asked, proven string
		headers             []string
		code                string // empty: the request passes
	}{
		{name: "public URL", asked: stripped + "x", proven: stripped + "x"},
		{name: "query", asked: stripped + "x?a=b&c=%2F", proven: stripped + "x"},
		{name: "no TLS", asked: "http://kept.example.test/api/echo/x", proven: "http://kept.example.test/api/echo/x"},
		{name: "8 KB of cookies", asked: stripped + "x", proven: stripped + "x", headers: cookies},
		{name: "proof for the address behind nginx", asked: stripped + "x", proven: b.forwarding.url + "/api/echo/x", code: mismatch},
		{name: "proof without the prefix", asked: stripped + "x", proven: "https://api.example.com/api/echo/x", code: mismatch},
		{name: "proof without TLS", asked: stripped + "x", proven: "http://api.example.com/v1/api/echo/x", code: mismatch},
		{name: "proof for TLS", asked: "http://kept.example.test/api/echo/x", proven: kept + "x", code: mismatch},
		{name: "proof for another host", asked: stripped + "x", proven: "https://kept.example.test/v1/api/echo/x", code: mismatch},

		{name: "client says X-Forwarded", asked: stripped + "x", proven: stripped + "x", headers: forged},
		{name: "proof for what the client says", asked: stripped + "x", proven: "http://forged.example.test/forged/api/echo/x", headers: forged, code: mismatch},
		{name: "proof for the host that the client says", asked: stripped + "x", proven: "https://forged.example.test/v1/api/echo/x", headers: forged, code: mismatch},

		{name: "prefix left on", asked: kept + "x", proven: kept + "x"},
		{name: "prefix left on, and doubled in the proof", asked: kept + "x", proven: "https://kept.example.test/api/api/echo/x", code: mismatch},

		{name: "slash escaped", asked: stripped + "a%2Fb", proven: stripped + "a%2fb"},
		{name: "slash escaped, but not in the proof", asked: stripped + "a%2Fb", proven: stripped + "a/b", code: mismatch},
		{name: "space escaped", asked: stripped + "a%20b", proven: stripped + "a%20b"},
		{name: "tilde escaped", asked: stripped + "%7Ea", proven: stripped + "~a"},
		{name: "percent sign escaped", asked: stripped + "a%252Fb", proven: stripped + "a%252Fb"},
		{name: "umlaut escaped", asked: stripped + "%C3%A4", proven: stripped + "ä"},
		{name: "umlaut as it is", asked: stripped + "ä", proven: stripped + "%c3%a4"},
		{name: "two slashes", asked: stripped + "a//b/", proven: stripped + "a//b/"},
		{name: "two slashes, but one in the proof", asked: stripped + "a//b/", proven: stripped + "a/b/", code: mismatch},
		{name: "dot segments", asked: stripped + "a/../b", proven: stripped + "a/../b", code: mismatch},

		{name: "decoded: space", asked: decoded + "a%20b", proven: decoded + "a%20b"},
		{name: "decoded: slash", asked: decoded + "a%2Fb", proven: decoded + "a%2Fb", code: mismatch},

		{name: "Forwarded", asked: standard + "a%2Fb%20c", proven: standard + "a%2Fb%20c", headers: cookies},
		{name: "Forwarded, no TLS", asked: "http://standard.example.test/api/echo/x", proven: "http://standard.example.test/api/echo/x"},
		{name: "Forwarded, client says more", asked: standard + "x", proven: standard + "x", headers: forged},
		{name: "Forwarded, proof for what the client says", asked: standard + "x", proven: "http://forged.example.test/api/echo/x", headers: forged, code: mismatch},
		{name: "Forwarded, proof for the address behind nginx", asked: standard + "x", proven: b.standard.url + "/api/echo/x", code: mismatch},

		{name: "fixed URL", asked: fixed + "a%2Fb%20c", proven: fixed + "a%2Fb%20c", headers: cookies},
		{name: "fixed URL, client says more", asked: fixed + "x", proven: fixed + "x", headers: forged},
		{name: "fixed URL, proof for what the client says", asked: fixed + "x", proven: "http://forged.example.test/forged/api/echo/x", headers: forged, code: mismatch},
		{name: "fixed URL, proof for the address behind nginx", asked: fixed + "x", proven: b.fixed.url + "/api/echo/x", code: mismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			proof := b.key.proof(t, http.MethodGet, c.proven, b.token)
			answer := ask(t, client, newRequest(t, c.asked), append(bound(b.token, proof), c.headers...)...)
			status := http.StatusOK
			if c.code != "" {
				status = http.StatusUnauthorized
			}
			answer.wantCode(t, status, c.code)
			if status == http.StatusOK {
				_, path, _ := strings.Cut(c.asked, "/api/echo/")
				path, _, _ = strings.Cut(path, "?")
				path, err := url.PathUnescape(path)
				if err != nil {
					t.Fatal(err)
				}
				answer.want(t, status, `{"method":"GET","path":"/api/echo/`+path+`"}`)
			}
		})
	}
}

// attackerGoesAround: the headers count when they come from nginx's address, and from no other.
func (b *behindNginx) attackerGoesAround(t *testing.T) {
	const public = "https://api.example.com/v1/api/echo/x"
	says := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "api.example.com", "X-Forwarded-Prefix", "/v1"}
	here := b.forwarding.url + "/api/echo/x"
	for _, c := range []struct {
		name, from, proven string
		status             int
		code               string
	}{
		{"trusted address", "127.0.0.1", public, http.StatusOK, ""},
		{"trusted address, proof for where it is", "127.0.0.1", here, http.StatusUnauthorized, "dpop_htu_mismatch"},
		{"another address", "127.0.0.2", public, http.StatusUnauthorized, "dpop_htu_mismatch"},
		{"another address, proof for where it is", "127.0.0.2", here, http.StatusOK, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientFrom(t, c.from)
			proof := b.key.proof(t, http.MethodGet, c.proven, b.token)
			ask(t, client, newRequest(t, here), append(bound(b.token, proof), says...)...).wantCode(t, c.status, c.code)
		})
	}
}

// clientFrom is a client with this address.
func clientFrom(t *testing.T, address string) *http.Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp4", to)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// metadata is where the challenge says, through nginx.
func (b *behindNginx) metadata(t *testing.T) {
	client := b.clients["HTTP/2.0"]
	refused := ask(t, client, newRequest(t, "https://fixed.example.test/v1/api/private"))
	refused.wantCode(t, http.StatusUnauthorized, "credentials_missing")
	const address = "https://fixed.example.test/.well-known/oauth-protected-resource/v1"
	for _, challenge := range refused.header.Values("WWW-Authenticate") {
		if !strings.Contains(challenge, `, resource_metadata="`+address+`"`) {
			t.Errorf("challenge %s does not name %s", challenge, address)
		}
	}
	for where, want := range map[string]string{
		address: `"resource":"https://fixed.example.test/v1"`,
		"https://standard.example.test/.well-known/oauth-protected-resource": `"resource":"https://standard.example.test"`,
	} {
		answer := ask(t, client, newRequest(t, where))
		answer.want(t, http.StatusOK, "")
		if !strings.Contains(answer.body, want) {
			t.Errorf("%s says %s, want %s", where, answer.body, want)
		}
	}
}
