package auth0test_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const discoveryPath = "/.well-known/openid-configuration"

func TestBreakAndHeal(t *testing.T) {
	tenant := auth0test.Start(t)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) page {
		t.Helper()
		response, err := stay.Get(tenant.URL() + path)
		return read(t, response, err)
	}
	tenant.Break(discoveryPath, auth0test.Down)
	if got := get(discoveryPath); got.status != http.StatusServiceUnavailable || got.body != "" {
		t.Errorf("down: status %d, %d bytes", got.status, len(got.body))
	}
	if got := get("/.well-known/jwks.json"); got.status != http.StatusOK {
		t.Errorf("another path: status %d", got.status)
	}
	tenant.Break(discoveryPath, auth0test.Garbage)
	if got := get(discoveryPath); got.status != http.StatusOK || strings.HasPrefix(got.body, "{") {
		t.Errorf("garbage: status %d, %q", got.status, got.body)
	}
	tenant.Break(discoveryPath, auth0test.Redirect("http://127.0.0.1:1/"))
	if got := get(discoveryPath); got.status != http.StatusTemporaryRedirect || got.header.Get("Location") != "http://127.0.0.1:1/" {
		t.Errorf("redirect: status %d, Location %q", got.status, got.header.Get("Location"))
	}
	tenant.Break(discoveryPath, auth0test.Oversized(1<<20))
	if got := get(discoveryPath); len(got.body) < 1<<20 || got.json(t)["padding"] == nil {
		t.Errorf("oversized: %d bytes", len(got.body))
	}
	tenant.Break(discoveryPath, auth0test.Slow(time.Millisecond))
	if got := get(discoveryPath); got.json(t)["auth0test"] != true {
		t.Errorf("slow: %s", got.body)
	}
	tenant.Break(discoveryPath, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
	if got := get(discoveryPath); got.status != http.StatusOK || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("own fault: status %d, Cache-Control %q", got.status, got.header.Get("Cache-Control"))
	}
	tenant.Break("/added", auth0test.Garbage)
	if got := get("/added"); got.status != http.StatusOK {
		t.Errorf("added path: status %d", got.status)
	}
	tenant.Break("*", auth0test.Down)
	if got := get("/authorize"); got.status != http.StatusServiceUnavailable {
		t.Errorf("all down: status %d", got.status)
	}
	tenant.Heal("*")
	for path, want := range map[string]int{discoveryPath: 200, "/added": 404, "/authorize": 400} {
		if got := get(path); got.status != want {
			t.Errorf("%s after healing: status %d, want %d", path, got.status, want)
		}
	}
}

// announced tells when the first request has arrived at the fault.
func announced(f auth0test.Fault) (fault auth0test.Fault, arrived chan struct{}) {
	arrived = make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		close(arrived)
		f(w, r, next)
	}, arrived
}

func TestHangUntilHealed(t *testing.T) {
	tenant := auth0test.Start(t)
	hang, arrived := announced(auth0test.Hang)
	tenant.Break(discoveryPath, hang)
	done := make(chan int)
	go func() {
		response, err := http.Get(tenant.URL() + discoveryPath)
		if err != nil {
			done <- 0
			return
		}
		response.Body.Close()
		done <- response.StatusCode
	}()
	<-arrived
	tenant.Heal(discoveryPath)
	if got := <-done; got != http.StatusOK {
		t.Errorf("status %d after healing, want 200", got)
	}
}

// A hanging request with a body: the server notices that its client has left all the same.
func TestHangEndsWhenTheClientLeaves(t *testing.T) {
	tenant := auth0test.Start(t)
	ended := make(chan struct{})
	hang, arrived := announced(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		defer close(ended)
		auth0test.Hang(w, r, next)
	})
	tenant.Break("/oauth/token", hang)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, tenant.URL()+"/oauth/token", strings.NewReader("grant_type=x"))
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		left <- err
	}()
	<-arrived
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	<-ended
}

func TestCloseEndsHangingRequests(t *testing.T) {
	for name, fault := range map[string]auth0test.Fault{"hang": auth0test.Hang, "slow": auth0test.Slow(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			tenant := auth0test.Start(t)
			fault, arrived := announced(fault)
			tenant.Break("*", fault)
			left := make(chan error)
			go func() {
				response, err := http.Get(tenant.URL() + discoveryPath)
				if err == nil {
					response.Body.Close()
				}
				left <- err
			}()
			<-arrived
			tenant.Close()
			if err := <-left; err == nil {
				t.Error("the request got an answer, want a cut connection")
			}
		})
	}
}

// In a server that is not the tenant's own, a request does not end with its connection.
func TestCloseEndsHangingRequestsOfAnotherServer(t *testing.T) {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tenant)
	defer server.Close()
	hang, arrived := announced(auth0test.Hang)
	tenant.Break("*", hang)
	left := make(chan error)
	go func() {
		response, err := http.Get(server.URL)
		if err == nil {
			response.Body.Close()
		}
		left <- err
	}()
	<-arrived
	tenant.Close()
	if err := <-left; err == nil {
		t.Error("the request got an answer, want a cut connection")
	}
}

func TestCloseWaitsForHandlers(t *testing.T) {
	tenant := auth0test.Start(t)
	var returned atomic.Bool
	slow, arrived := announced(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		<-r.Context().Done()
		for range 10_000 {
			runtime.Gosched() // time for a Close that does not wait
		}
		returned.Store(true)
	})
	tenant.Break("*", slow)
	go func() {
		response, err := http.Get(tenant.URL())
		if err == nil {
			response.Body.Close()
		}
	}()
	<-arrived
	tenant.Close()
	if !returned.Load() {
		t.Error("Close returned before a handler did")
	}
}

func TestRequestsCountsWhatIsRefusedToo(t *testing.T) {
	tenant := auth0test.Start(t)
	if tenant.Requests("*") != 0 || tenant.Requests("/oauth/token") != 0 {
		t.Error("a new tenant has seen requests")
	}
	token(t, tenant, nil)
	tenant.Break("/oauth/token", auth0test.Down)
	token(t, tenant, nil)
	discovery(t, tenant)
	if got := tenant.Requests("/oauth/token"); got != 2 {
		t.Errorf("%d requests of the token endpoint, want 2", got)
	}
	if got := tenant.Requests("*"); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
}

func TestFaultReadsTheBodyAndPassesItOn(t *testing.T) {
	tenant := auth0test.Start(t)
	var seen string
	code := newBrowser(t, tenant).login(nil)
	tenant.Break("/oauth/token", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		seen = string(body)
		r.Body = io.NopCloser(strings.NewReader(seen))
		next.ServeHTTP(w, r)
	})
	granted(t, tenant, codeForm(code, nil))
	if !strings.Contains(seen, "grant_type=authorization_code") {
		t.Errorf("the fault saw %d bytes", len(seen))
	}
}
