package ginauth0_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
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

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
	url    *url.URL // of the request that was answered
}

// cookies returns the Set-Cookie lines of a name.
func (a answer) cookies(name string) []*http.Cookie {
	var list []*http.Cookie
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

func (a answer) location(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		t.Fatalf("status %d, Location %q: %v; body %s", a.status, a.header.Get("Location"), err, a.body)
	}
	return u
}

// browser has a cookie jar and follows redirects only when told to.
type browser struct {
	t      testing.TB
	app    *app
	client *http.Client
}

func (a *app) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, app: a, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request to a path of the app or an absolute URL. Headers are given
// as "Name: value".
func (b *browser) do(method, target string, headers ...string) answer {
	b.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.app.url + target
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			request.Host = value
		} else {
			request.Header.Set(name, value)
		}
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body), request.URL}
}

func (b *browser) get(target string, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, target, headers...)
}

// toCallback starts a login at target and goes through the tenant, up to but
// not including the callback, whose address it returns.
func (b *browser) toCallback(target string) string {
	b.t.Helper()
	at := b.get(target).location(b.t)
	for range 5 {
		response := b.get(at.String())
		next := at.ResolveReference(response.location(b.t))
		if strings.HasPrefix(next.String(), b.app.url) {
			return next.String()
		}
		at = next
	}
	b.t.Fatal("the tenant does not come back")
	return ""
}

// login signs in and returns the answer of the callback.
func (b *browser) login(target string) answer {
	b.t.Helper()
	response := b.get(b.toCallback(target))
	if response.status != http.StatusFound {
		b.t.Fatalf("callback answered %d: %s\nlog: %s", response.status, response.body, b.app.log)
	}
	return response
}

// jarCookies returns the names and values that the browser sends to the app.
func (b *browser) jarCookies() []*http.Cookie {
	u, err := url.Parse(b.app.url)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.client.Jar.Cookies(u)
}

// setCookies gives the browser cookies of the app.
func (b *browser) setCookies(cookies ...*http.Cookie) {
	u, err := url.Parse(b.app.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, cookies)
}

// sessionCookies are the cookies of the session that the browser holds.
func (b *browser) sessionCookies() []*http.Cookie {
	var list []*http.Cookie
	for _, c := range b.jarCookies() {
		if strings.HasPrefix(c.Name, "_a0_session") {
			list = append(list, c)
		}
	}
	return list
}

func (b *browser) attemptCookies() []*http.Cookie {
	var list []*http.Cookie
	for _, c := range b.jarCookies() {
		if strings.HasPrefix(c.Name, "_a0_tx_") {
			list = append(list, c)
		}
	}
	return list
}

func (b *browser) signedIn() bool {
	b.t.Helper()
	return b.get("/").body == "hello Ada Lovelace"
}

// wantError checks a JSON refusal, for a browser that does not look at a page.
func wantError(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, code) {
		t.Errorf("answer %d %s, want %d %s", a.status, a.body, status, code)
	}
	if got := a.header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
}
