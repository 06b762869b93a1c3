package oidc_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func call(p *oidc.Provider) (*oidc.TokenResponse, error) {
	return p.CallTokenEndpoint(context.Background(), client, url.Values{"grant_type": {"g"}})
}

// What the two packages tell apart by type.
func TestCallTokenEndpointNamesTheFailure(t *testing.T) {
	t.Parallel()
	answer := func(code int, contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = w.Write([]byte(text))
		}
	}
	const document = `{"error":"e","error_description":"d"}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   oidc.EndpointError // zero: an AnswerError
		status int                // of the AnswerError
		json   bool               // whether its body is JSON
	}{
		"400":                    {answer(400, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 400}, 0, true},
		"400 with a charset":     {answer(400, "Application/JSON; charset=utf-8", document), oidc.EndpointError{Code: "e", Description: "d", Status: 400}, 0, true},
		"problem document":       {answer(403, "application/problem+json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 403}, 0, true},
		"503":                    {answer(503, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 503}, 0, true},
		"201":                    {answer(201, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 201}, 0, true},
		"400 in HTML":            {answer(400, "text/html", document), oidc.EndpointError{}, 400, true},
		"400 in something close": {answer(400, "application/jsonp", document), oidc.EndpointError{}, 400, true},
		"400 without a code":     {answer(400, "application/json", `{"error_description":"d"}`), oidc.EndpointError{}, 400, true},
		"400, code an object":    {answer(400, "application/json", `{"error":{"code":"e"}}`), oidc.EndpointError{}, 400, true},
		"400, code twice":        {answer(400, "application/json", `{"error":"e","error":"f"}`), oidc.EndpointError{}, 400, true},
		"400, cut off":           {answer(400, "application/json", `{"error":"e"`), oidc.EndpointError{}, 400, true},
		"400, code in capitals":  {answer(400, "application/json", `{"Error":"e"}`), oidc.EndpointError{}, 400, true},
		"redirect":               {redirect("https://evil.example/"), oidc.EndpointError{}, 302, true},
		"200, cut off":           {answer(200, "application/json", `{"access_token":"a"`), oidc.EndpointError{}, 200, false},
		"200, empty":             {answer(200, "application/json", ``), oidc.EndpointError{}, 200, false},
		"200, HTML":              {answer(200, "text/html", `<html>`), oidc.EndpointError{}, 200, false},
		"200, array":             {answer(200, "application/json", `[]`), oidc.EndpointError{}, 200, true},
		"200, blank token":       {answer(200, "application/json", `{"access_token":" "}`), oidc.EndpointError{}, 200, true},
		"200, above 1 MiB":       {answer(200, "application/json", `{"access_token":"`+strings.Repeat("x", 1<<20)+`"}`), oidc.EndpointError{}, 200, true},
		"400, above 1 MiB":       {answer(400, "application/json", `{"error":"`+strings.Repeat("x", 1<<20)+`"}`), oidc.EndpointError{}, 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork()
			n.answer(tokenURL, test.answer)
			_, err := call(newProvider(t, "t.example", n))
			var refused *oidc.EndpointError
			var unusable *oidc.AnswerError
			switch {
			case test.want.Code != "":
				if !errors.As(err, &refused) || *refused != test.want {
					t.Errorf("error %v, want %v", err, &test.want)
				}
			case !errors.As(err, &unusable) || unusable.Status != test.status || !errors.Is(err, oidc.ErrAnswer):
				t.Errorf("error %v, want one with status %d", err, test.status)
			case errors.Is(err, oidc.ErrNotJSON) == test.json:
				t.Errorf("error %v, JSON %v", err, test.json)
			}
		})
	}
}

// The type of the token is for the caller to judge.
func TestCallTokenEndpointTakesEveryType(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(tokenURL, jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"N_A","issued_token_type":"urn:t"}`))
	got, err := call(newProvider(t, "t.example", n))
	if want := (oidc.TokenResponse{AccessToken: "a", TokenType: "N_A", IssuedTokenType: "urn:t"}); err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTokenEndpointHasTenSeconds(t *testing.T) {
	t.Parallel()
	wantTenSeconds(t, newNetwork, tokenURL, func(p *oidc.Provider) error {
		_, err := call(p)
		return err
	})
}

// wantTenSeconds calls an endpoint that hangs.
func wantTenSeconds(t *testing.T, network func() *network, endpoint string, call func(*oidc.Provider) error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := network()
		n.answer(endpoint, hang)
		p := newProvider(t, "t.example", n)
		start := time.Now()
		err := call(p)
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !unavailable.Timeout() || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestTimeoutOfDiscoveryIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.answer(discoveryURL, hang)
		_, err := call(newProvider(t, "t.example", n))
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !unavailable.Timeout() {
			t.Errorf("error = %v", err)
		}
	})
}

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
