package ginauth0_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestSomebodyNotSignedInIsSentToLogInAndBack(t *testing.T) {
	t.Parallel()
	var ran atomic.Bool
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/deep/*path", auth.RequireSession(), func(*gin.Context) { ran.Store(true) })
		}
	})
	b := a.browser(t)
	r := b.get("/deep/a%20b?c=d&e=%2F")
	location := r.location(t)
	if r.status != http.StatusFound || location.Path != "/auth/login" || location.Query().Get("returnTo") != "/deep/a%20b?c=d&e=%2F" || ran.Load() {
		t.Errorf("%d to %s, handler ran: %v", r.status, location, ran.Load())
	}
	if len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" || r.header.Get("WWW-Authenticate") != "" {
		t.Errorf("headers %v", r.header)
	}
	if got := b.login(location.String()).header.Get("Location"); got != "/deep/a%20b?c=d&e=%2F" {
		t.Errorf("the login leads to %s", got)
	}
	if location := b.app.browser(t).get("/deep/" + strings.Repeat("x", 2050)).location(t); location.RawQuery != "" {
		t.Errorf("a return path above 2048 bytes: %.60s", location)
	}
}

func TestAnythingButAPageRequestGets401(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	for name, send := range map[string]func() answer{
		"JSON":         func() answer { return b.get("/profile", asJSON) },
		"anything":     func() answer { return b.get("/profile", "Accept: */*") },
		"XHR":          func() answer { return b.get("/profile", "X-Requested-With: XMLHttpRequest") },
		"fetch":        func() answer { return b.get("/profile", "Sec-Fetch-Mode: cors") },
		"HTML refused": func() answer { return b.get("/profile", "Accept: text/html;q=0, */*") },
		"POST":         func() answer { return b.do(http.MethodPost, "/profile") },
	} {
		r := send()
		if r.status != http.StatusUnauthorized || r.body != `{"error":"unauthorized","error_description":"Please log in"}` ||
			r.header.Get("Content-Type") != "application/json; charset=utf-8" || r.header.Get("Location") != "" ||
			len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("WWW-Authenticate") != "" || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %s %v", name, r.status, r.body, r.header)
		}
	}
}

func TestChecksOfRequireSession(t *testing.T) {
	t.Parallel()
	var failed atomic.Value
	a := newApp(t, func(s *setup) {
		s.config.OnError = func(_ *gin.Context, err error) { failed.Store(err) }
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			ok := func(c *gin.Context) { c.String(http.StatusOK, "in") }
			router.GET("/pass", auth.RequireSession(func(s *ginauth0.Session) error { return nil }), ok)
			router.GET("/refuse", auth.RequireSession(func(s *ginauth0.Session) error { return errors.New("no admin " + s.User().Email) }), ok)
			router.GET("/panic", auth.RequireSession(func(*ginauth0.Session) error { panic("check") }), ok)
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	if r := b.get("/pass"); r.body != "in" {
		t.Errorf("pass: %d %s", r.status, r.body)
	}
	for _, path := range []string{"/refuse", "/panic"} {
		r := b.get(path, asJSON)
		wantError(t, r, http.StatusForbidden, `"error":"forbidden"`)
		var check *ginauth0.CheckError
		if err, _ := failed.Load().(error); !errors.As(err, &check) || strings.Contains(r.body, "admin") {
			t.Errorf("%s: %v, %s", path, err, r.body)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a nil check did not panic at registration")
		}
	}()
	a.auth.RequireSession(nil)
}

func TestTheLoginRouteOffMeans401(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) { c.Routes.Login = "-" }))
	b := a.browser(t)
	if r := b.get("/profile"); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "unauthorized") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.get("/auth/login"); r.status != http.StatusNotFound {
		t.Errorf("login route: %d", r.status)
	}
}

func TestAnUnmountedAuthSaysSo(t *testing.T) {
	t.Parallel()
	auth, err := ginauth0.New(t.Context(), validConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	router.GET("/page", auth.RequireSession())
	router.GET("/login", func(c *gin.Context) { auth.Fail(c, auth.Login(c, ginauth0.LoginOptions{})) })
	for _, path := range []string{"/page", "/login"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", "text/html")
		router.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "server_error") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestFailAnswersOnceAndEndsTheChain(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.config.OnError = func(c *gin.Context, err error) {
			if c.Query("own") != "" {
				c.String(http.StatusTeapot, "own page")
			}
		}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/fail", func(c *gin.Context) {
				auth.Fail(c, errors.New("secret text of an error"))
				auth.Fail(c, nil)
			}, func(c *gin.Context) { c.String(http.StatusOK, "next handler") })
			router.GET("/late", func(c *gin.Context) {
				c.String(http.StatusOK, "begun")
				auth.Fail(c, ginauth0.ErrNoSession)
				if err := auth.Login(c, ginauth0.LoginOptions{}); !errors.Is(err, ginauth0.ErrResponseStarted) {
					t.Errorf("login after the response has started: %v", err)
				}
				if err := auth.Logout(c, ginauth0.LogoutOptions{}); !errors.Is(err, ginauth0.ErrResponseStarted) {
					t.Errorf("logout after the response has started: %v", err)
				}
				if len(c.Errors) != 1 || !errors.Is(c.Errors[0].Err, ginauth0.ErrNoSession) {
					t.Errorf("c.Errors = %v", c.Errors)
				}
			})
		}
	})
	b := a.browser(t)
	wantError(t, b.get("/fail", asJSON), http.StatusInternalServerError, `{"error":"server_error","error_description":"The request could not be processed."}`)
	page := b.get("/fail")
	if page.status != 500 || strings.Contains(page.body, "secret text") || strings.Contains(page.body, "next handler") || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("page: %d %s", page.status, page.body)
	}
	if r := b.get("/fail?own=1"); r.status != http.StatusTeapot || r.body != "own page" {
		t.Errorf("own answer: %d %s", r.status, r.body)
	}
	if r := b.get("/late"); r.status != http.StatusOK || r.body != "begun" {
		t.Errorf("late: %d %s", r.status, r.body)
	}
}

func TestReturnToAfterALogoutLoopIsTheDefault(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser(t)
	if got := b.login("/auth/login?returnTo=" + url.QueryEscape("/auth/logout")).header.Get("Location"); got != "/" {
		t.Errorf("leads to %s", got)
	}
}
