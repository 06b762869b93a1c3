package ginauth0_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	accountsPath = "/me/v1/connected-accounts"
	connectRoute = "/auth/connect"
)

// accountCall is a request to the My Account API.
type accountCall struct {
	line   string // method and path as it was sent, with the query
	header http.Header
	body   string
}

// accountCalls sees what goes to the My Account API. answer may answer in place of the
// tenant, which it does by being true.
type accountCalls struct {
	mu     sync.Mutex
	calls  []accountCall
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func watchAccounts(a *app) *accountCalls {
	q := new(accountCalls)
	a.tenant.Break("*", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.HasPrefix(r.URL.Path, "/me/") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		q.mu.Lock()
		q.calls = append(q.calls, accountCall{r.Method + " " + r.RequestURI, r.Header.Clone(), string(body)})
		answer := q.answer
		q.mu.Unlock()
		if answer == nil || !answer(w, r) {
			next.ServeHTTP(w, r)
		}
	})
	return q
}

func (q *accountCalls) set(answer func(http.ResponseWriter, *http.Request) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answer = answer
}

// say makes every answer one of this status and text.
func (q *accountCalls) say(status int, contentType, body string) {
	q.set(func(w http.ResponseWriter, _ *http.Request) bool {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	})
}

// take returns the calls since the last time.
func (q *accountCalls) take() []accountCall {
	q.mu.Lock()
	defer q.mu.Unlock()
	calls := q.calls
	q.calls = nil
	return calls
}

// one returns the only call since the last time, which must be this one.
func (q *accountCalls) one(t testing.TB, line string) accountCall {
	t.Helper()
	calls := q.take()
	if len(calls) != 1 || calls[0].line != line {
		t.Fatalf("calls %v, want %s", calls, line)
	}
	return calls[0]
}

func (q *accountCalls) wantNone(t testing.TB, what string) {
	t.Helper()
	if calls := q.take(); len(calls) != 0 {
		t.Errorf("%s: the API was asked: %v", what, calls)
	}
}

// members reads a JSON object.
func members(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

func wantMembers(t testing.TB, text string, want map[string]any) {
	t.Helper()
	if got := members(t, text); !reflect.DeepEqual(got, want) {
		t.Errorf("sent %v\nwant %v", got, want)
	}
}

// options is what a test lets the page /start ask for.
type options struct {
	mu      sync.Mutex
	connect ginauth0.ConnectAccountOptions
	err     error // that the last call returned
}

func (o *options) set(connect ginauth0.ConnectAccountOptions) *options {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.connect = connect
	return o
}

func (o *options) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// run calls what may fail, and answers with the failure.
func (o *options) run(c *gin.Context, auth *ginauth0.Auth, do func() error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.Query("late") != "" {
		c.String(http.StatusOK, "begun")
	}
	if o.err = do(); o.err != nil {
		auth.Fail(c, o.err)
	}
}

// connectingAccounts is an app whose people may connect accounts. Its page /start does so by
// the program.
func connectingAccounts(o *options) func(*setup) {
	return func(s *setup) {
		s.tenant.Connections = []auth0test.Connection{
			{Name: "google-oauth2", Scopes: []string{"openid", "email"}}, {Name: "github", Strategy: "oauth2"},
		}
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.config.Routes.EnableConnectedAccounts = true
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/start", func(c *gin.Context) {
				o.run(c, auth, func() error { return auth.StartConnectAccount(c, o.connect) })
			})
		}
	}
}

// signedInConnecting returns such an app, with somebody who is signed in.
func signedInToConnect(t testing.TB, o *options, edits ...func(*setup)) (*app, *browser, *accountCalls) {
	t.Helper()
	a := newApp(t, append([]func(*setup){connectingAccounts(o)}, edits...)...)
	q := watchAccounts(a)
	b := a.browser(t)
	b.login("/auth/login")
	return a, b, q
}

// returned is the address at the app that a tenant sends the browser to which was sent
// off to location.
func (b *browser) returned(location *url.URL) *url.URL {
	b.t.Helper()
	for range 5 {
		location = location.ResolveReference(b.get(location.String()).location(b.t))
		if strings.HasPrefix(location.String(), b.app.url) {
			return location
		}
	}
	b.t.Fatal("the tenant does not come back")
	return nil
}

// hearing adds OnCallback and OnError that only listen.
func hearing(told *callbackEvents) func(*setup) {
	return func(s *setup) {
		routes := s.routes
		withOnCallback(told, nowhere)(s)
		s.routes = routes
	}
}
