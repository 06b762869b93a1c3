package auth0test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// TB is the part of testing.TB that [Start] and [Tenant.Login] need.
type TB interface {
	// Helper marks the caller as not worth naming in a failure.
	Helper()
	// Cleanup calls the function when the test ends.
	Cleanup(func())
	// Fatalf ends the test.
	Fatalf(format string, args ...any)
}

// Start starts a tenant on a free port of 127.0.0.1 and closes it when the test ends. It takes one Config
// or none, and ends the test if there is anything wrong.
func Start(tb TB, cfg ...Config) *Tenant {
	tb.Helper()
	var c Config
	switch len(cfg) {
	case 0:
	case 1:
		c = cfg[0]
	default:
		tb.Fatalf("auth0test: Start takes one Config, not %d", len(cfg))
	}
	t, err := New(c)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(t.Close)
	if err := t.Listen("127.0.0.1:0"); err != nil {
		tb.Fatalf("%v", err)
	}
	return t
}

// listener is a running server and the goroutine that serves it.
type listener struct {
	server *http.Server
	done   chan struct{}
}

// Listen listens on a TCP address and serves in the background until Close. Without Config.Issuer the
// issuer is "http://", the host as it is spelled here ("localhost" when it is left out or means all interfaces), the port and "/":
// Listen("localhost:4000") serves the issuer http://localhost:4000/. Port 0 is a free one. It is an error if the address is
// taken, and if the tenant listens already or is closed.
func (t *Tenant) Listen(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("auth0test: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return errors.New("auth0test: the tenant is closed")
	case t.server != nil:
		return errors.New("auth0test: the tenant listens already")
	}
	// A bind to an address of this machine does not wait for anything, so the lock may be held.
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return fmt.Errorf("auth0test: %w", err)
	}
	if t.cfg.Issuer == "" {
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
			host = "localhost"
		}
		t.issuer = "http://" + net.JoinHostPort(host, port) + "/"
	}
	l := &listener{
		server: &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second},
		done:   make(chan struct{}),
	}
	t.server = l
	go func() {
		defer close(l.done)
		_ = l.server.Serve(ln) // ends with Close
	}()
	return nil
}

// Close ends the tenant for good: its address is free again, requests that hang are cut off, and every
// handler has returned when Close does. It may be called more than once, but not from within a [Fault].
// Tokens can still be minted afterwards.
func (t *Tenant) Close() {
	t.mu.Lock()
	t.closed = true
	l := t.server
	t.mu.Unlock()
	t.end()
	if l != nil {
		_ = l.server.Close()
		<-l.done
	}
	t.running.Wait()
}
