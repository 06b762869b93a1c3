package ginauth0api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Every failure of the transport.
func TestTransportFailures(t *testing.T) {
	t.Parallel()
	t.Run("endpoint gone", func(t *testing.T) {
		s := newTokenServer(t, map[string]any{"token_endpoint": "http://127.0.0.1:1/token?" + clientSecret})
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		failure := endpointErrorOf(t, err, "network_error", http.StatusBadGateway)
		var refused *net.OpError
		if !errors.As(failure, &refused) {
			t.Errorf("cause %v", failure.Err)
		}
		wantSilent(t, err, clientSecret)
	})
	t.Run("connection cut", func(t *testing.T) {
		s := newTokenServer(t, nil)
		s.replyBy(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		wantEndpointError(t, err, "network_error", http.StatusBadGateway)
		s.one() // and not sent again
	})
	t.Run("answer cut", func(t *testing.T) {
		s := newTokenServer(t, nil)
		s.replyBy(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"access_token":"hunter2"}`)
		})
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		wantEndpointError(t, err, "network_error", http.StatusBadGateway)
		wantSilent(t, err, "hunter2")
		s.one()
	})
	t.Run("discovery gone", func(t *testing.T) {
		s := newTokenServer(t, nil)
		guard := newClient(t, s, nil)
		s.Close()
		_, err := exchangeLeast(t.Context(), guard)
		wantEndpointError(t, err, "network_error", http.StatusBadGateway)
	})
	t.Run("no endpoint", func(t *testing.T) {
		s := newTokenServer(t, map[string]any{"token_endpoint": ""})
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		wantEndpointError(t, err, "invalid_response", http.StatusBadGateway)
	})
	t.Run("endpoint on another host over http", func(t *testing.T) {
		s := newTokenServer(t, map[string]any{"token_endpoint": "http://t.example/token"})
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		wantEndpointError(t, err, "network_error", http.StatusBadGateway) // discovery refuses the document
	})
	t.Run("time of the caller", func(t *testing.T) {
		s := newTokenServer(t, nil)
		s.replyBy(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := exchangeLeast(ctx, newClient(t, s, nil))
		if failure := endpointErrorOf(t, err, "timeout_error", http.StatusGatewayTimeout); !errors.Is(failure, context.DeadlineExceeded) {
			t.Errorf("cause %v", failure.Err)
		}
	})
	t.Run("time of the transport", func(t *testing.T) {
		s := newTokenServer(t, nil)
		s.replyBy(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		transport := &http.Transport{ResponseHeaderTimeout: 50 * time.Millisecond}
		defer transport.CloseIdleConnections()
		_, err := exchangeLeast(t.Context(), newClient(t, s, func(cfg *ginauth0api.Config) { cfg.HTTPClient = &http.Client{Transport: transport} }))
		wantEndpointError(t, err, "timeout_error", http.StatusGatewayTimeout)
	})
	t.Run("caller gone", func(t *testing.T) {
		s := newTokenServer(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		s.replyBy(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := exchangeLeast(ctx, newClient(t, s, nil))
		if failure := endpointErrorOf(t, err, "network_error", http.StatusBadGateway); !errors.Is(failure, context.Canceled) {
			t.Errorf("cause %v", failure.Err)
		}
	})
	t.Run("key fails", func(t *testing.T) {
		s := newTokenServer(t, nil)
		key := brokenSigner{issuerKey()}
		_, err := exchangeLeast(t.Context(), newClient(t, s, func(cfg *ginauth0api.Config) {
			cfg.Client = ginauth0api.ClientConfig{ID: clientID, Assertion: ginauth0api.ClientAssertion{Key: key}}
		}))
		if failure := endpointErrorOf(t, err, "client_assertion_failed", http.StatusInternalServerError); !errors.Is(failure, errBroken) {
			t.Errorf("cause %v", failure.Err)
		}
		if len(s.taken()) != 0 {
			t.Error("a request without authentication")
		}
	})
}

// slowIssuer answers in memory, so that time can be fake.
type slowIssuer struct{ discovery, token time.Duration }

func (i slowIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	delay, body := i.token, `{"access_token":"a"}`
	if r.Method == http.MethodGet {
		delay, body = i.discovery, `{"issuer":"https://t.example/","jwks_uri":"https://t.example/keys","token_endpoint":"https://t.example/token"}`
	}
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Ten seconds for all of it, discovery included.
func TestExchangeHasTenSeconds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		issuer slowIssuer
		took   time.Duration
		code   string
	}{
		"in time":        {slowIssuer{0, 10*time.Second - 1}, 10*time.Second - 1, ""},
		"too late":       {slowIssuer{0, time.Hour}, 10 * time.Second, "timeout_error"},
		"late together":  {slowIssuer{4 * time.Second, 7 * time.Second}, 10 * time.Second, "timeout_error"},
		"discovery late": {slowIssuer{time.Hour, 0}, 5 * time.Second, "timeout_error"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
					Domain: "t.example", Audience: []string{audience}, HTTPClient: &http.Client{Transport: test.issuer},
					Client: ginauth0api.ClientConfig{ID: clientID, Secret: clientSecret},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer guard.Close()
				start := time.Now()
				_, err = exchangeLeast(t.Context(), guard)
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if test.code == "" && err == nil {
					return
				}
				wantEndpointError(t, err, test.code, http.StatusGatewayTimeout)
			})
		})
	}
}
