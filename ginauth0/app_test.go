package ginauth0_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	m.Run()
}

const (
	secret1 = "first secret of at least thirty-two bytes"
	secret2 = "second secret of at least thirty-two bytes"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// syncBuffer is a log that handlers write and tests read.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// app is a Gin application that people sign in to, with its tenant.
type app struct {
	tenant *auth0test.Tenant
	auth   *ginauth0.Auth
	url    string
	clock  *clock
	log    *syncBuffer
	server *httptest.Server
}

// setup changes what an app is made of before it starts.
type setup struct {
	tenant auth0test.Config
	config ginauth0.Config
	routes func(router *gin.Engine, auth *ginauth0.Auth)
	mount  func(router *gin.Engine) gin.IRouter
}

// newApp starts an application with a page /profile, a public page / that
// loads the session, and what edit adds.
func newApp(t testing.TB, edits ...func(*setup)) *app {
	t.Helper()
	a := &app{clock: newClock(), log: &syncBuffer{}}
	router := gin.New()
	a.server = httptest.NewUnstartedServer(router)
	a.url = "http://" + a.server.Listener.Addr().String()
	s := &setup{
		tenant: auth0test.Config{AutoApprove: "ada", Now: a.clock.Now},
		config: ginauth0.Config{
			ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
			Secrets: []ginauth0.Secret{secret1}, BaseURL: a.url,
			Logger: slog.New(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		},
		mount: func(router *gin.Engine) gin.IRouter { return router },
	}
	for _, edit := range edits {
		edit(s)
	}
	a.tenant = auth0test.Start(t, s.tenant)
	if s.config.Domain == "" && s.config.DomainResolver == nil {
		s.config.Domain = a.tenant.Issuer()
	}
	var err error
	if a.auth, err = ginauth0.NewAt(t.Context(), s.config, a.clock.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.auth.Close)
	a.auth.Mount(s.mount(router))
	router.GET("/profile", a.auth.RequireSession(), func(c *gin.Context) {
		user, _ := ginauth0.UserFrom(c)
		c.String(http.StatusOK, "profile of %s", user.Subject)
	})
	router.POST("/profile", a.auth.RequireSession(), func(c *gin.Context) { c.String(http.StatusOK, "changed") })
	router.GET("/", a.auth.Session(), func(c *gin.Context) {
		if user, ok := ginauth0.UserFrom(c); ok {
			c.String(http.StatusOK, "hello %s", user.Name)
			return
		}
		c.String(http.StatusOK, "hello stranger")
	})
	if s.routes != nil {
		s.routes(router, a.auth)
	}
	a.server.Start()
	t.Cleanup(a.server.Close)
	return a
}

func config(edit func(*ginauth0.Config)) func(*setup) {
	return func(s *setup) { edit(&s.config) }
}
