package oidc_test

import (
	"net"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// The errors of net/http quote what is no HTTP answer; ours do not, for a log
// must not show what a server sent.
func TestMalformedAnswerIsNotQuoted(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte("a secret of the issuer\r\n\r\n"))
			_ = connection.Close()
		}
	}()
	domain, err := oidc.ParseDomain("http://" + listener.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	p := oidc.New(t.Context(), oidc.Config{Domain: domain})
	defer p.Close()
	if err := p.Warm(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}
