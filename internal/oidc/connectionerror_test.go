package oidc_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// A connection that breaks says how, but never what was sent over it.
func TestConnectionErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, test := range map[string]struct {
		answer string // raw, on the wire
		want   error
	}{
		"no HTTP":        {secret + "\r\n\r\n", nil},
		"bad header":     {"HTTP/1.1 200 OK\r\n" + secret + "\r\n\r\n", nil},
		"bad chunk":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secret + "\r\n", nil},
		"bad redirect":   {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://[" + secret + "\r\n\r\n", nil},
		"nothing":        {"", io.EOF},
		"cut in the end": {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"" + secret, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			p := providerWithRawEndpoint(t, test.answer)
			_, err := call(p)
			var unavailable *oidc.UnavailableError
			if !errors.As(err, &unavailable) || unavailable.Timeout() || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error = %v, want %v", err, test.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the answer is in the text: %v", err)
			}
		})
	}
}

// Nor do those of discovery.
func TestMalformedDocumentIsNotQuoted(t *testing.T) {
	t.Parallel()
	domain, err := oidc.ParseDomain("http://" + listen(t, "a secret of the issuer\r\n\r\n") + "/")
	if err != nil {
		t.Fatal(err)
	}
	p := oidc.New(t.Context(), oidc.Config{Domain: domain})
	t.Cleanup(p.Close)
	if err := p.Warm(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// What an operator has to know of a connection stays.
func TestConnectionErrorsNameTheCause(t *testing.T) {
	t.Parallel()
	hanging := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	secure, plain := httptest.NewUnstartedServer(http.HandlerFunc(hanging)), httptest.NewServer(http.HandlerFunc(hanging))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told of the failing handshake
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	raw := listen(t, "no TLS at all")
	impatient := &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: 50 * time.Millisecond}}
	t.Cleanup(impatient.CloseIdleConnections)
	for name, test := range map[string]struct {
		endpoint string
		client   *http.Client
		is       func(error) bool
		timeout  bool
	}{
		"certificate nobody knows": {secure.URL, nil, func(err error) bool {
			var certificate *tls.CertificateVerificationError
			return errors.As(err, &certificate)
		}, false},
		"no TLS": {"https://" + raw, nil, func(err error) bool {
			var record tls.RecordHeaderError
			return errors.As(err, &record)
		}, false},
		"HTTP instead of HTTPS":    {"https://" + strings.TrimPrefix(plain.URL, "http://"), nil, func(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) }, false},
		"the transport's own time": {plain.URL, impatient, func(error) bool { return true }, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call(providerWithEndpoint(t, test.endpoint+"/token", test.client))
			var unavailable *oidc.UnavailableError
			if !errors.As(err, &unavailable) || !test.is(err) || unavailable.Timeout() != test.timeout {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// providerWithRawEndpoint has a token endpoint that writes exactly this text.
func providerWithRawEndpoint(t *testing.T, answer string) *oidc.Provider {
	t.Helper()
	return providerWithEndpoint(t, "http://"+listen(t, answer)+"/token", nil)
}

// listen answers every connection with a text, and returns its address.
func listen(t *testing.T, answer string) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
			}
			_, _ = io.WriteString(connection, answer)
			_ = connection.Close()
		}
	}()
	return listener.Addr().String()
}

// providerWithEndpoint is of an issuer that names this token endpoint.
func providerWithEndpoint(t *testing.T, endpoint string, client *http.Client) *oidc.Provider {
	t.Helper()
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"issuer":"`+base+`/","jwks_uri":"`+base+`/keys","token_endpoint":"`+endpoint+`"}`)
	}))
	t.Cleanup(server.Close)
	base = server.URL
	domain, err := oidc.ParseDomain(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	p := oidc.New(t.Context(), oidc.Config{Domain: domain, HTTPClient: client})
	t.Cleanup(p.Close)
	return p
}
