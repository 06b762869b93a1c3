package oidc_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// An endpoint may be called when nothing is fetched any more: on the way of a
// request, with the document that is held. Close ends that connection too.
func TestCloseEndsConnectionsThatBecameIdleAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(context.Context, oidc.Domain) (*oidc.Provider, func()){
		"Provider": func(ctx context.Context, domain oidc.Domain) (*oidc.Provider, func()) {
			p := oidc.New(ctx, oidc.Config{Domain: domain})
			return p, p.Close
		},
		"ProviderTable": func(ctx context.Context, domain oidc.Domain) (*oidc.Provider, func()) {
			table := oidc.NewProviderTable(ctx, oidc.Config{}, grace)
			return table.Provider(domain), table.Close
		},
	} {
		made, closed := make(chan net.Conn, 10), make(chan net.Conn, 10)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin := "http://" + r.Host
			if strings.HasSuffix(r.URL.Path, "/token") {
				_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": origin, "jwks_uri": origin + "/keys", "token_endpoint": origin + "/token"})
		}))
		server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				made <- conn
			case http.StateClosed:
				closed <- conn
			}
		}
		server.Start()
		t.Cleanup(server.Close)
		domain, err := oidc.ParseDomain(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		p, end := begin(ctx, domain)
		if _, err := p.Metadata(t.Context()); err != nil {
			t.Fatal(err)
		}
		cancel()
		wantClosed(t, name+": the end of ctx", <-made, closed)
		client := oidc.ClientAuth{ID: "client", Secret: "secret"}
		if _, err := p.RequestToken(t.Context(), client, nil, url.Values{"grant_type": {"refresh_token"}}); err != nil {
			t.Fatal(err)
		}
		end()
		wantClosed(t, name+": Close", <-made, closed)
	}
}

func wantClosed(t testing.TB, what string, conn net.Conn, closed <-chan net.Conn) {
	t.Helper()
	select {
	case got := <-closed:
		if got != conn {
			t.Fatalf("%s has closed another connection", what)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%s has closed no connection", what)
	}
}
