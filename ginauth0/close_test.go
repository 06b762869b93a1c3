package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Not parallel: it counts the goroutines of the whole process.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	for name, fault := range map[string]auth0test.Fault{"a sound tenant": nil, "a tenant that hangs": auth0test.Hang} {
		tenant := auth0test.Start(t)
		if fault != nil {
			tenant.Break("*", fault)
		}
		before := runtime.NumGoroutine()
		cfg := validConfig()
		cfg.Domain, cfg.BaseURL = tenant.Issuer(), "http://localhost:3000"
		auth, err := ginauth0.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if now := runtime.NumGoroutine(); now != before {
			t.Errorf("%s: New started %d goroutines", name, now-before)
		}
		router := gin.New()
		auth.Mount(router)
		answered := make(chan int)
		go func() {
			w := httptest.NewRecorder()
			router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/login", nil))
			answered <- w.Code
		}()
		want := http.StatusFound
		if fault != nil {
			for tenant.Requests("*") == 0 {
				runtime.Gosched()
			}
			auth.Close() // while the login waits
			want = http.StatusServiceUnavailable
		}
		if status := <-answered; status != want {
			t.Errorf("%s: login %d, want %d", name, status, want)
		}
		auth.Close()
		// Connections notice a little later that they were closed.
		deadline := time.Now().Add(10 * time.Second)
		for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		if now := runtime.NumGoroutine(); now > before {
			stacks := make([]byte, 1<<16)
			t.Errorf("%s: %d goroutines left\n%s", name, now-before, stacks[:runtime.Stack(stacks, true)])
		}
		tenant.Close()
	}
}
