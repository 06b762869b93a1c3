package ginauth0_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Refreshes, good and bad: nothing of them is in the log, and an access token prints
// nowhere.
func TestRefreshesShowNoSecrets(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	a, b := signedInRefreshing(t, func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/print", func(c *gin.Context) {
				token, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
				if err != nil || token.Token == "" {
					t.Error(err)
				}
				for _, v := range []any{token, &token, []any{token}, map[string]ginauth0.AccessToken{"t": token}, struct{ T ginauth0.AccessToken }{token}} {
					for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
						fmt.Fprintf(&printed, verb+"\n", v)
					}
					slog.New(slog.NewJSONHandler(&printed, nil)).Info("v", "v", v)
					slog.New(slog.NewTextHandler(&printed, nil)).Info("v", "v", v)
					if text, err := json.Marshal(v); err == nil {
						printed.Write(text)
					}
				}
			})
		}
	})
	var mu sync.Mutex
	var secrets []string
	a.tenant.EditTokenResponse(func(m map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		for _, name := range []string{"access_token", "id_token", "refresh_token"} {
			if text, ok := m[name].(string); ok {
				secrets = append(secrets, text, fmt.Sprintf("%x", text), base64.StdEncoding.EncodeToString([]byte(text)))
			}
		}
	})
	behind := b.twin()
	b.get("/print")
	behind.token("")
	a.tenant.EditIDToken(auth0test.WrongAudience)
	b.tokenPage("?force")
	a.tenant.EditIDToken(nil)
	b.login("/auth/login")
	requests := tokenRequests{answer: func(form url.Values) (int, map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		secrets = append(secrets, form.Get("refresh_token"))
		return http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": form.Get("refresh_token")}
	}}
	requests.watch(a)
	b.tokenPage("?force")
	if !strings.Contains(printed.String(), "[redacted]") || len(secrets) < 9 {
		t.Errorf("%d secrets; printed %s", len(secrets), printed.String())
	}
	for _, secret := range secrets {
		if strings.Contains(a.log.String(), secret) || strings.Contains(printed.String(), secret) {
			t.Errorf("%q is shown", secret)
		}
	}
}

// Not parallel: it counts the goroutines of the whole process.
func TestCloseWaitsForARefreshAndLeavesNoGoroutine(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	before := runtime.NumGoroutine()
	cfg := validConfig()
	cfg.Domain, cfg.BaseURL = tenant.Issuer(), "http://localhost:3000"
	cfg.ClientID, cfg.ClientSecret = auth0test.DefaultClientID, auth0test.DefaultClientSecret
	cfg.Scopes = []string{"openid", "offline_access"}
	cfg.HTTPTimeout = 2 * time.Second
	auth, err := ginauth0.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	router := gin.New()
	auth.Mount(router)
	router.GET("/token", func(c *gin.Context) { showToken(c, auth) })
	serve := func(target string, cookies []*http.Cookie) *http.Response {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil)
		for _, cookie := range cookies {
			r.AddCookie(cookie)
		}
		router.ServeHTTP(w, r)
		return w.Result()
	}
	started := serve("/auth/login", nil)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), cfg.BaseURL) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	authorized, err := client.Get(started.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	authorized.Body.Close()
	done := serve(authorized.Header.Get("Location"), started.Cookies())
	cookies := done.Cookies()
	tenant.Break(tokenPath, auth0test.Hang)
	answered := make(chan int)
	for range 2 {
		go func() { answered <- serve("/token?force", cookies).StatusCode }()
	}
	for tenant.Requests(tokenPath) < 2 {
		time.Sleep(time.Millisecond)
	}
	auth.Close()
	for range 2 {
		select {
		case status := <-answered:
			if status != http.StatusTeapot {
				t.Errorf("status %d", status)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still waiting after Close")
		}
	}
	auth.Close()
	if status := serve("/token", cookies).StatusCode; status != http.StatusOK {
		t.Errorf("a token that is there, after Close: %d", status)
	}
	if status := serve("/token?force", cookies).StatusCode; status != http.StatusTeapot || tenant.Requests(tokenPath) != 2 {
		t.Errorf("a refresh after Close: %d", status)
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines left\n%s", now-before, stacks[:runtime.Stack(stacks, true)])
	}
}

// In somebody else's store of rows the run writes the row too, and nobody conflicts.
func TestRefreshesInAForeignStore(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, storedIn(newStub()))
	a.clock.advance(time.Hour)
	b.get("/profile") // rolls
	var group sync.WaitGroup
	for range 30 {
		tab := b.twin()
		group.Go(func() {
			if page := tab.tokenPage(""); page.Error != "" {
				t.Error(page.Error)
			}
		})
	}
	group.Wait()
	a.wantUses(t, 1, 1)
	first := b.token("")
	a.clock.advance(20 * time.Minute) // nothing is kept but the row
	if b.token("").Token != first.Token {
		t.Error("not in the row")
	}
	b.token("?force&audience=" + secondAudience)
	b.token("?force")
	a.wantUses(t, 1, 3)
	b.get("/auth/logout")
	if page := b.tokenPage(""); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("%+v", page)
	}
}

func TestEventsOfRefreshes(t *testing.T) {
	t.Parallel()
	var counted counted
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.OnEvent = counted.count }))
	tab := b.twin()
	counted.take()
	want := func(what string, events ...ginauth0.Event) {
		t.Helper()
		got := counted.take()
		if fmt.Sprint(got) != fmt.Sprint(events) {
			t.Errorf("%s: %v, want %v", what, got, events)
		}
	}
	issuer := a.tenant.Issuer()
	b.token("")
	want("a token that is there")
	b.token("?force")
	want("a use", ginauth0.Event{Name: "refresh", Issuer: issuer})
	a.tenant.Break(tokenPath, auth0test.Down)
	b.tokenPage("?force")
	want("the tenant is down", ginauth0.Event{Name: "refresh_failed", Code: "upstream_error", Issuer: issuer})
	a.tenant.Heal(tokenPath)
	requests := tokenRequests{answer: func(url.Values) (int, map[string]any) {
		return http.StatusBadRequest, map[string]any{"error": "invalid_grant"}
	}}
	requests.watch(a)
	tab.tokenPage("?force")
	want("refused", ginauth0.Event{Name: "refresh_failed", Code: "failed_to_refresh_token", Issuer: issuer})
}
