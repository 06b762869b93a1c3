package ginauth0api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// holder has a token and the key that it is bound to, and asks an API by writing
// to the connection: an HTTP client would put odd requests right.
type holder struct {
	t      testing.TB
	server *httptest.Server
	issuer *issuer
	client prover
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
	client := newProver()
	return &holder{t, server, i, client, i.token(client.bound())}
}

// proof is made for a URL.
func (h *holder) proof(htu string) string {
	return h.client.proof(http.MethodGet, htu, h.token, nil)
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
