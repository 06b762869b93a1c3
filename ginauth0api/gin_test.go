package ginauth0api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestNestedGuardsVerifyOnceAndAllDemand(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var told events
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.OnEvent = told.count })
	var tokens []*ginauth0api.Token
	keep := func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		tokens = append(tokens, token)
	}
	a := serve(t, func(r gin.IRouter) {
		group := r.Group("/", guard.OptionalAuth(), keep, guard.RequireAuth("read:a"), keep)
		group.GET("/", guard.RequirePermissions("admin:all"), keep, subject)
		group.GET("/more", guard.RequireAuth("write:b", "more"), subject)
	})
	wantOK(t, a.bearer(i.token(nil)))
	if len(tokens) != 3 || tokens[0] != tokens[1] || tokens[1] != tokens[2] {
		t.Errorf("not one token: %p", tokens)
	}
	if n := told.of("accepted"); n != 1 {
		t.Errorf("accepted %d times, want 1", n)
	}
	wantRefused(t, a.bearer(i.token(claims{"scope": "x"})), "insufficient_scope", "read:a")
	wantRefused(t, a.bearer(i.token(claims{"permissions": nil})), "insufficient_permissions", "admin:all")
	got := a.do(http.MethodGet, "/more", http.Header{"Authorization": {"Bearer " + i.token(nil)}})
	wantRefused(t, got, "insufficient_scope", "write:b more")
}

func TestTokenOfAnotherGuardIsNotAccepted(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	first := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Audience = []string{"first"} })
	second := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Audience = []string{"second"} })
	var seen []*ginauth0api.Token
	keep := func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		seen = append(seen, token)
	}
	a := protect(t, first.RequireAuth(), keep, second.RequireAuth(), keep, first.RequireAuth(), keep)
	wantRefused(t, a.bearer(i.token(claims{"aud": "first"})), "invalid_audience", "")
	seen = nil
	wantOK(t, a.bearer(i.token(claims{"aud": []string{"first", "second"}})))
	if len(seen) != 3 || seen[0] == seen[1] || seen[1] != seen[2] {
		t.Errorf("the second Guard must verify anew, the first need not: %p", seen)
	}
}

// What another middleware puts into the request counts from then on.
func TestExchangedAuthorizationIsVerifiedAnew(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	replace := func(authorization string) gin.HandlerFunc {
		return func(c *gin.Context) { c.Request.Header.Set("Authorization", authorization) }
	}
	grace := i.token(claims{"sub": "auth0|grace"})
	a := protect(t, guard.RequireAuth(), replace("Bearer "+grace), guard.RequireAuth())
	if got := a.bearer(i.token(nil)); got.body != "auth0|grace" {
		t.Errorf("%d %s", got.status, got.body)
	}
	a = protect(t, guard.RequireAuth(), replace("Bearer garbage"), guard.RequireAuth())
	wantRefused(t, a.bearer(i.token(nil)), "token_malformed", "")
}

func TestRefusalEndsTheChainAndKeepsTheTypedError(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var errorsOf []*gin.Error
	ran := 0
	a := serve(t, func(r gin.IRouter) {
		r.Use(func(c *gin.Context) {
			c.Header("WWW-Authenticate", `Basic realm="other"`)
			c.Next()
			errorsOf = c.Errors
			if !c.IsAborted() {
				t.Error("not aborted")
			}
		})
		r.GET("/", newGuard(t, i, nil).RequireAuth("x"), func(*gin.Context) { ran++ }, func(*gin.Context) { ran++ })
	})
	for _, test := range []struct {
		authorization string
		sentinel      error
		code          string
		scheme        ginauth0api.Scheme
	}{
		{"", ginauth0api.ErrNoToken, "credentials_missing", ""},
		{"Basic abc", ginauth0api.ErrNoToken, "scheme_unsupported", ""},
		{"Bearer", ginauth0api.ErrBadRequest, "authorization_malformed", "Bearer"},
		{"Bearer garbage", ginauth0api.ErrBadToken, "token_malformed", "Bearer"},
		{"Bearer " + i.token(nil), ginauth0api.ErrScope, "insufficient_scope", "Bearer"},
	} {
		got := a.get(test.authorization)
		if n := strings.Count(got.body, "error_code"); n != 1 {
			t.Errorf("%s: %d bodies: %s", test.code, n, got.body)
		}
		if lines := got.challenges(); len(lines) != 3 || lines[0] != `Basic realm="other"` || !strings.HasPrefix(lines[1], `Bearer realm="api"`) || !strings.HasPrefix(lines[2], `DPoP realm="api"`) {
			t.Errorf("%s: challenges %q", test.code, lines)
		}
		if len(errorsOf) != 1 {
			t.Fatalf("%s: errors %v", test.code, errorsOf)
		}
		var refused *ginauth0api.Error
		if !errors.As(errorsOf[0], &refused) || refused.Code != test.code || refused.Scheme != test.scheme || !errors.Is(errorsOf[0], test.sentinel) {
			t.Errorf("%s: %#v", test.code, errorsOf[0].Err)
		}
		for _, other := range []error{ginauth0api.ErrNoToken, ginauth0api.ErrBadRequest, ginauth0api.ErrBadToken, ginauth0api.ErrScope, ginauth0api.ErrUpstream, ginauth0api.ErrInternal} {
			if want := errors.Is(other, test.sentinel); errors.Is(refused, other) != want {
				t.Errorf("%s: errors.Is(%v) = %v", test.code, other, !want)
			}
		}
	}
	if ran != 0 {
		t.Errorf("%d handlers ran behind a refusal", ran)
	}
}

func TestOnErrorMayAnswerButNotLetThrough(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for name, test := range map[string]struct {
		hook   func(*gin.Context, *ginauth0api.Error)
		status int
		body   string // a part of it
	}{
		"looks on": {func(c *gin.Context, e *ginauth0api.Error) {
			if !c.IsAborted() || len(c.Errors) != 1 || c.Writer.Header().Get("WWW-Authenticate") == "" || e.Code != "token_malformed" || e.Err == nil {
				t.Errorf("aborted %v, errors %v, headers %v, error %#v", c.IsAborted(), c.Errors, c.Writer.Header(), e)
			}
		}, http.StatusUnauthorized, `"error_code":"token_malformed"`},
		"writes": {func(c *gin.Context, e *ginauth0api.Error) {
			c.Data(http.StatusTeapot, "application/problem+json", []byte(`{"mine":"`+e.Code+`"}`))
		}, http.StatusTeapot, `{"mine":"token_malformed"}`},
		"sets a status only": {func(c *gin.Context, _ *ginauth0api.Error) { c.Status(http.StatusOK) }, http.StatusUnauthorized, `"error_code":"token_malformed"`},
		"goes on":            {func(c *gin.Context, _ *ginauth0api.Error) { c.Next() }, http.StatusUnauthorized, `"error_code":"token_malformed"`},
	} {
		t.Run(name, func(t *testing.T) {
			guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.OnError = test.hook })
			ran := false
			got := protect(t, guard.RequireAuth(), func(*gin.Context) { ran = true }).bearer("garbage")
			if got.status != test.status || !strings.Contains(got.body, test.body) || strings.Count(got.body, "{") != 1 || ran {
				t.Errorf("%d %s, handler ran: %v", got.status, got.body, ran)
			}
			if name == "writes" && got.body != test.body {
				t.Errorf("body %s", got.body)
			}
			if got.header.Get("Cache-Control") != "no-store" || got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("headers %v", got.header)
			}
		})
	}
}

func TestRefusalAfterAnAnswerOnlyAborts(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, func(c *gin.Context) { c.String(http.StatusAccepted, "early") }, guard.RequireAuth())
	got := a.get()
	if got.status != http.StatusAccepted || got.body != "early" || len(got.challenges()) != 0 {
		t.Errorf("%d %q %v", got.status, got.body, got.header)
	}
}

func TestEarlierContentTypeDoesNotStay(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, func(c *gin.Context) {
		c.Header("Content-Type", "text/html")
		c.Header("Cache-Control", "public, max-age=600")
	}, guard.RequireAuth())
	wantRefused(t, a.get(), "credentials_missing", "")
}

func TestPanicInAHandlerLeavesTheGuardUsable(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	a := serve(t, func(r gin.IRouter) {
		r.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusTeapot) }))
		r.GET("/", guard.RequireAuth(), subject)
		r.GET("/panic", guard.RequireAuth(), func(*gin.Context) { panic("mine") })
	})
	authorization := http.Header{"Authorization": {"Bearer " + i.token(nil)}}
	if got := a.do(http.MethodGet, "/panic", authorization); got.status != http.StatusTeapot {
		t.Errorf("status %d", got.status)
	}
	wantOK(t, a.do(http.MethodGet, "/", authorization))
}

// The names of the request matter to DPoP proofs alone.
func TestBearerIgnoresHostAndPath(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	a := serve(t, func(r gin.IRouter) { r.GET("/*path", guard.RequireAuth(), subject) })
	for _, test := range []struct{ host, path string }{
		{"evil.example:99999", "/"}, {"a_b.example", "/"}, {"[::1%25eth0]", "/"}, {"", "//x//y"}, {"", "/a/%2e%2e/b"}, {"", "/%00"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = test.host
		request.Header = http.Header{
			"Authorization": {"Bearer " + i.token(nil)}, "X-Forwarded-Host": {"a b"}, "X-Forwarded-Prefix": {"/../x"}, "Forwarded": {"host=\""},
		}
		response, err := a.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, response); got.status != http.StatusOK {
			t.Errorf("%+v: %d %s", test, got.status, got.body)
		}
	}
}

func TestNoTokenInTheContext(t *testing.T) {
	t.Parallel()
	if _, ok := ginauth0api.TokenFrom(nil); ok {
		t.Error("a token without a gin.Context")
	}
	if _, ok := ginauth0api.TokenFrom(&gin.Context{}); ok {
		t.Error("a token without a request")
	}
	if _, ok := ginauth0api.TokenFromContext(t.Context()); ok {
		t.Error("a token in an empty context")
	}
	if _, ok := ginauth0api.TokenFromContext(nil); ok { //nolint:staticcheck // the mistake is the test
		t.Error("a token without a context")
	}
	if _, err := ginauth0api.ClaimsFrom[map[string]any](&gin.Context{}); !errors.Is(err, ginauth0api.ErrNoToken) {
		t.Errorf("error %v, want ErrNoToken", err)
	}
}
