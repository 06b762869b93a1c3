package ginauth0_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// open sends a request of the browser and returns the response as soon as its
// header is there.
func (b *browser) open(ctx context.Context, target string) (*http.Response, error) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.app.url+target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	return b.client.Do(request)
}

// wantSoundHeader checks that a header says everything once: one Set-Cookie for
// each name, all of them whole, and no-store.
func wantSoundHeader(t *testing.T, name string, h http.Header, cookies ...string) {
	t.Helper()
	seen := map[string]int{}
	for _, line := range h.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
		seen[c.Name]++
	}
	for _, cookie := range cookies {
		if seen[cookie] != 1 {
			t.Errorf("%s: %d lines for %s: %v", name, seen[cookie], cookie, h)
		}
		delete(seen, cookie)
	}
	if len(seen) != 0 {
		t.Errorf("%s: also cookies %v", name, seen)
	}
	if got := h.Values("Cache-Control"); len(got) != 1 || got[0] != "private, no-store" {
		t.Errorf("%s: Cache-Control %q", name, got)
	}
}

// An event stream has its cookie in the header that the first event comes with,
// while the handler still runs.
func TestTheCookieOfAStreamComesFirst(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/events", auth.RequireSession(), func(c *gin.Context) {
				c.Stream(func(w io.Writer) bool {
					c.SSEvent("message", "one")
					c.Writer.Flush()
					select {
					case <-read:
					case <-c.Request.Context().Done():
						t.Error("the browser left")
					}
					c.SSEvent("message", "two")
					return false
				})
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	before := b.sessionCookies()[0].Value
	r, err := b.open(t.Context(), "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	wantSoundHeader(t, "events", r.Header, "_a0_session")
	if got := r.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Errorf("Content-Type %s", got)
	}
	if b.sessionCookies()[0].Value == before {
		t.Error("not rolled")
	}
	lines := bufio.NewReader(r.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "event:message\n" {
		t.Fatalf("%q %v", line, err)
	}
	close(read)
	if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), "data:two") {
		t.Errorf("%q %v", rest, err)
	}
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}

// However a handler ends, the header that was written before it is whole, and the
// session lives on.
func TestTheHeaderIsSoundHoweverAHandlerEnds(t *testing.T) {
	t.Parallel()
	errCut := errors.New("the connection was cut")
	for name, test := range map[string]struct {
		handler gin.HandlerFunc
		status  int
		body    string
		cut     error
		cookies []string // beside the session's
	}{
		"writes nothing":       {func(*gin.Context) {}, 200, "", nil, nil},
		"status only":          {func(c *gin.Context) { c.Status(http.StatusNoContent) }, 204, "", nil, nil},
		"aborts":               {func(c *gin.Context) { c.Abort() }, 200, "", nil, nil},
		"aborts with a status": {func(c *gin.Context) { c.AbortWithStatusJSON(http.StatusConflict, gin.H{"a": 1}) }, 409, `{"a":1}`, nil, nil},
		"flushes at once":      {func(c *gin.Context) { c.Writer.Flush(); c.String(http.StatusOK, "late") }, 200, "late", nil, nil},
		"flushes by the controller": {func(c *gin.Context) {
			_, _ = c.Writer.WriteString("a")
			if err := http.NewResponseController(c.Writer).Flush(); err != nil {
				c.Error(err) //nolint:errcheck // it returns what it was given
			}
		}, 200, "a", nil, nil},
		"panics":                   {func(*gin.Context) { panic("handler") }, 500, "", nil, nil},
		"panics after writing":     {func(c *gin.Context) { c.String(http.StatusOK, "a"); panic("handler") }, 200, "a", nil, nil},
		"cuts the connection":      {func(*gin.Context) { panic(http.ErrAbortHandler) }, 0, "", errCut, nil},
		"cuts it after the header": {func(c *gin.Context) { c.String(http.StatusOK, "a"); c.Writer.Flush(); panic(http.ErrAbortHandler) }, 200, "", errCut, nil},
		"redirects":                {func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/") }, 303, "<a href=\"/\">See Other</a>.\n\n", nil, nil},
		"sets cookies": {func(c *gin.Context) {
			http.SetCookie(c.Writer, &http.Cookie{Name: "own", Value: "1"})
			http.SetCookie(c.Writer, &http.Cookie{Name: "_a0_session_own", Value: "1"})
		}, 200, "", nil, []string{"own", "_a0_session_own"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(s *setup) {
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					// Guards one behind the other write once.
					router.Use(recovery, auth.Session())
					router.Group("/", auth.RequireSession()).GET("/ends", auth.RequireSession(), test.handler)
				}
			})
			b := a.browser(t)
			b.login("/auth/login")
			a.clock.advance(time.Hour)
			r, err := b.open(t.Context(), "/ends")
			if test.status == 0 {
				if err == nil {
					_ = r.Body.Close()
					t.Errorf("answered %d", r.StatusCode)
				}
			} else if err != nil {
				t.Fatal(err)
			} else {
				defer r.Body.Close()
				body, err := io.ReadAll(r.Body)
				if r.StatusCode != test.status || test.cut == nil && (err != nil || string(body) != test.body) || test.cut != nil && err == nil {
					t.Errorf("%d %q %v", r.StatusCode, body, err)
				}
				wantSoundHeader(t, name, r.Header, append(test.cookies, "_a0_session")...)
			}
			if !b.signedIn() {
				t.Error("the session is gone")
			}
		})
	}
}

// recovery is that of applications: it answers a panic, but for the one that is to
// cut the connection.
func recovery(c *gin.Context) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler: //nolint:errorlint // a panic value that is compared as net/http does
			panic(p)
		default:
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	}()
	c.Next()
}

// Whoever takes over the connection finds the cookie in the header and can send it.
func TestTheCookieIsInTheHeaderBeforeAHijack(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/hijack", auth.RequireSession(), func(c *gin.Context) {
				wantSoundHeader(t, "before the hijack", c.Writer.Header(), "_a0_session")
				conn, rw, err := c.Writer.Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n")
				_ = c.Writer.Header().Write(rw)
				_, _ = rw.WriteString("\r\nok")
				_ = rw.Flush()
			})
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	before := b.sessionCookies()[0].Value
	if r := b.get("/hijack"); r.status != http.StatusOK || r.body != "ok" {
		t.Fatalf("%d %s", r.status, r.body)
	} else {
		wantSoundHeader(t, "after the hijack", r.header, "_a0_session")
	}
	if b.sessionCookies()[0].Value == before || !b.signedIn() {
		t.Error("not rolled")
	}
}

// A session in pieces has each piece once, and the pieces that it no longer needs
// are deleted once.
func TestPiecesAreWrittenOnceEach(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	claimsOf(a, 4<<10)
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	r := b.get("/profile")
	wantSoundHeader(t, "rolled", r.header, "_a0_session.0", "_a0_session.1")
	claimsOf(a, 10)
	r = b.get(b.toCallback("/auth/login"))
	var attempt string
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if strings.HasPrefix(c.Name, "_a0_tx_") {
			attempt = c.Name
		}
	}
	wantSoundHeader(t, "smaller", r.header, "_a0_session", "_a0_session.0", "_a0_session.1", attempt)
	if n := len(b.sessionCookies()); n != 1 || !b.signedIn() {
		t.Errorf("%d session cookies", n)
	}
}

func TestSessionsSurviveFlushPanicAndHijack(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.Use(gin.RecoveryWithWriter(&syncBuffer{}))
			group := router.Group("/", auth.RequireSession())
			group.GET("/flush", func(c *gin.Context) {
				_, _ = c.Writer.WriteString("a")
				c.Writer.Flush()
				_, _ = c.Writer.WriteString("b")
			})
			group.GET("/panic", func(*gin.Context) { panic("handler") })
			group.GET("/hijack", func(c *gin.Context) {
				conn, rw, err := c.Writer.Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				hijacked(rw.Writer)
			})
		}
	})
	for path, want := range map[string]int{"/flush": 200, "/panic": 500, "/hijack": 200} {
		b := a.browser(t)
		b.login("/auth/login")
		a.clock.advance(time.Hour)
		r := b.get(path)
		if r.status != want {
			t.Errorf("%s: %d", path, r.status)
		}
		if wrote := len(r.cookies("_a0_session")) == 1; wrote != (path != "/hijack") {
			t.Errorf("%s: %v", path, r.header)
		}
		if !b.signedIn() {
			t.Errorf("%s ended the session", path)
		}
	}
}

func hijacked(w *bufio.Writer) {
	_, _ = w.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	_ = w.Flush()
}
