package ginauth0_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const discoveryPath = "/.well-known/openid-configuration"

// tower is one server with a tenant below every path. It counts its connections.
type tower struct {
	*httptest.Server
	fetches, made, open atomic.Int32
}

func newTower(t testing.TB) *tower {
	t.Helper()
	w := &tower{}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		issuer, found := strings.CutSuffix("http://"+r.Host+r.URL.Path, discoveryPath)
		if !found {
			http.NotFound(rw, r)
			return
		}
		w.fetches.Add(1)
		_ = json.NewEncoder(rw).Encode(map[string]string{
			"issuer": issuer, "jwks_uri": issuer + "/keys", "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
		})
	}))
	w.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			w.made.Add(1)
			w.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			w.open.Add(-1)
		}
	}
	w.Start()
	t.Cleanup(w.Close)
	return w
}

// Not parallel: it counts the goroutines of the whole process.
func TestManyDomainsAreBounded(t *testing.T) {
	w := newTower(t)
	before := runtime.NumGoroutine()
	cfg := validConfig()
	cfg.Domain, cfg.BaseURL = "", "http://localhost:3000"
	cfg.DomainResolver = func(r *http.Request) (string, error) { return w.URL + "/" + r.Header.Get("X-Tenant"), nil }
	auth, err := ginauth0.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("New started %d goroutines", now-before)
	}
	router := gin.New()
	auth.Mount(router)
	login := func(i int) int {
		request := httptest.NewRequest(http.MethodGet, "/auth/login", nil)
		request.Header.Set("X-Tenant", fmt.Sprint("t", i))
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request)
		return recorder.Code
	}
	for i := range 250 {
		if status := login(i); status != http.StatusFound {
			t.Fatalf("t%d: %d", i, status)
		}
	}
	wantCounts(t, auth, 0, 100, 150) // those on their way out go on for a while
	for i := 249; i >= 0; i-- {
		if status := login(i); status != http.StatusFound {
			t.Fatalf("t%d again: %d", i, status)
		}
	}
	if n := w.fetches.Load(); n != 250 {
		t.Errorf("%d documents fetched for 250 domains", n)
	}
	for i := range 500 {
		login(1000 + i)
	}
	wantCounts(t, auth, 0, 100, 300)
	// One after another they share a connection, unless it comes back a moment late.
	if n := w.made.Load(); n > 10 {
		t.Errorf("%d connections for 750 domains", n)
	}
	auth.Close()
	deadline := time.Now().Add(10 * time.Second)
	for (runtime.NumGoroutine() > before || w.open.Load() > 0) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond) // the other end notices a little later
	}
	if now := runtime.NumGoroutine(); now > before || w.open.Load() > 0 {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines and %d connections left\n%s", now-before, w.open.Load(), stacks[:runtime.Stack(stacks, true)])
	}
	if status := login(5000); status != http.StatusServiceUnavailable {
		t.Errorf("a new domain after Close: %d", status)
	}
}

// Each issuer is asked once, and whoever leaves takes nobody along.
func TestConcurrentDiscoveryMergesPerDomain(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	for _, tenant := range []*auth0test.Tenant{s.a, s.b} {
		tenant.Break(discoveryPath, auth0test.Hang)
	}
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		request, _ := http.NewRequestWithContext(impatient, http.MethodGet, "http://"+hostA+"/auth/login", nil)
		_, err := s.visitor(t).client.Do(request)
		left <- err
	}()
	for s.a.Requests(discoveryPath) == 0 {
		runtime.Gosched()
	}
	const each = 8
	var group sync.WaitGroup
	for i := range 2 * each {
		b := s.visitor(t).at([]string{hostA, hostB}[i%2])
		group.Go(func() {
			if r := b.get("/auth/login"); r.status != http.StatusFound {
				t.Errorf("%s: %d %s", b.app.url, r.status, r.body)
			}
		})
	}
	for s.asked.Load() < 2*each+1 || s.b.Requests(discoveryPath) == 0 {
		runtime.Gosched()
	}
	leave()
	if err := <-left; err == nil {
		t.Error("the one who left got an answer")
	}
	s.a.Heal("*")
	s.b.Heal("*")
	group.Wait()
	if a, b := s.a.Requests(discoveryPath), s.b.Requests(discoveryPath); a != 1 || b != 1 {
		t.Errorf("%d and %d documents, want one of each", a, b)
	}
	wantCounts(t, s.auth, 0, 2, 0)
}

// A failure belongs to its domain and ends with it.
func TestDomainThatIsDownDisturbsNoOther(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*auth0test.Tenant){
		"down":        func(tenant *auth0test.Tenant) { tenant.Break(discoveryPath, auth0test.Down) },
		"no document": func(tenant *auth0test.Tenant) { tenant.Break(discoveryPath, auth0test.Garbage) },
		"another issuer": func(tenant *auth0test.Tenant) {
			tenant.EditDiscovery(func(d map[string]any) { d["issuer"] = "https://evil.example/" })
		},
	} {
		s := newSites(t)
		breakIt(s.b)
		b := s.visitor(t)
		refused := b.at(hostB).get("/auth/login", asJSON)
		wantError(t, refused, http.StatusServiceUnavailable, "temporarily_unavailable")
		wantNoCookie(t, name, refused)
		b.login("/auth/login")
		b.wantPage("hello Ada Lovelace")
		s.b.Heal("*")
		s.b.EditDiscovery(nil)
		s.clock.advance(2 * time.Second) // the pause after a failure
		b.at(hostB).login("/auth/login")
		b.at(hostB).wantPage("hello Grace Hopper")
	}
}

// With several domains: everybody stays who and where they are.
func TestParallelSessionsOfSeveralDomainsNeverMix(t *testing.T) {
	t.Parallel()
	s := newSites(t, config(func(c *ginauth0.Config) { c.Session.Domain = "shop.test" }))
	var group sync.WaitGroup
	for i := range 8 {
		host, greeting := hostA, "hello Ada Lovelace"
		if i%2 == 1 {
			host, greeting = hostB, "hello Grace Hopper"
		}
		b := s.visitor(t).at(host)
		group.Go(func() {
			for range 3 {
				b.login("/auth/login")
				b.wantPage(greeting)
				b.at(map[string]string{hostA: hostB, hostB: hostA}[host]).wantPage("hello stranger")
				b.get("/auth/logout")
				b.wantPage("hello stranger")
			}
		})
	}
	group.Wait()
	wantCounts(t, s.auth, 2, 0, 0)
}
