package ginauth0_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withRefreshTokens makes logins that bring one, and a page /revoke that revokes it.
func withRefreshTokens(failed *atomic.Pointer[error]) func(*setup) {
	return func(s *setup) {
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/revoke", func(c *gin.Context) {
				if c.Query("late") != "" {
					c.String(http.StatusOK, "begun")
				}
				if err := auth.RevokeRefreshToken(c); err != nil {
					failed.Store(&err)
					auth.Fail(c, err)
					return
				}
				session, _ := ginauth0.SessionFrom(c)
				c.JSON(http.StatusOK, session.HasRefreshToken())
			})
			router.GET("/has", auth.RequireSession(), func(c *gin.Context) {
				session, _ := ginauth0.SessionFrom(c)
				c.JSON(http.StatusOK, session.HasRefreshToken())
			})
		}
	}
}

// revocations keeps the forms that the tenant's revocation endpoint gets.
func revocations(a *app) func() []url.Values {
	var forms atomic.Pointer[[]url.Values]
	forms.Store(new([]url.Values))
	a.tenant.Break("/oauth/revoke", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		form, _ := url.ParseQuery(string(body))
		list := append(*forms.Load(), form)
		forms.Store(&list)
		next.ServeHTTP(w, r)
	})
	return func() []url.Values { return *forms.Load() }
}

// refreshTokens keeps the refresh tokens that the tenant issues.
func refreshTokens(a *app) func() string {
	var last atomic.Value
	a.tenant.EditTokenResponse(func(m map[string]any) {
		if token, ok := m["refresh_token"].(string); ok {
			last.Store(token)
		}
	})
	return func() string {
		token, _ := last.Load().(string)
		return token
	}
}

func wantRevoked(t *testing.T, sent []url.Values, token string) {
	t.Helper()
	want := url.Values{
		"token": {token}, "token_type_hint": {"refresh_token"},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}
	if len(sent) != 1 || sent[0].Encode() != want.Encode() || token == "" {
		t.Errorf("sent %v, want %v", sent, want)
	}
}

func TestRevokeRefreshTokenTakesItOutOfTheSession(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "a store"} {
		var failed atomic.Pointer[error]
		a := newApp(t, withRefreshTokens(&failed), config(func(c *ginauth0.Config) {
			if kind == "a store" {
				c.Session.Store = newBrittleStore(t)
			}
		}))
		sent, token := revocations(a), refreshTokens(a)
		b := a.browser(t)
		b.login("/auth/login")
		old := b.copyOf(t)
		if got := b.get("/has").body; got != "true" {
			t.Fatalf("%s: no refresh token: %s", kind, got)
		}
		r := b.get("/revoke")
		if r.status != http.StatusOK || r.body != "false" {
			t.Errorf("%s: %d %s", kind, r.status, r.body)
		}
		wantOneLinePerName(t, r)
		wantRevoked(t, sent(), token())
		if got := b.get("/has").body; got != "false" || !b.signedIn() {
			t.Errorf("%s: in the session: %s", kind, got)
		}
		if got := old.get("/has").body; got != "false" {
			t.Errorf("%s: in an old cookie: %s", kind, got)
		}
		wantError(t, b.get("/revoke", asJSON), http.StatusUnauthorized, `"error":"missing_refresh_token"`)
		if err := *failed.Load(); !errors.Is(err, ginauth0.ErrNoRefreshToken) || len(sent()) != 1 {
			t.Errorf("%s: again: %v, %d calls", kind, err, len(sent()))
		}
		wantError(t, a.browser(t).get("/revoke", asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
		if err := *failed.Load(); !errors.Is(err, ginauth0.ErrNoSession) || len(sent()) != 1 {
			t.Errorf("%s: a stranger: %v, %d calls", kind, err, len(sent()))
		}
	}
}

func TestRevokeRefreshTokenFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  auth0test.Fault
		status int
		code   string
		is     error
	}{
		"down":               {auth0test.Down, 502, "upstream_error", ginauth0.ErrUpstream},
		"hangs up":           {func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, 503, "temporarily_unavailable", ginauth0.ErrUpstream},
		"refuses the type":   {answering(400, `{"error":"unsupported_token_type"}`), 502, "upstream_error", nil},
		"refuses the client": {answering(401, `{"error":"invalid_client"}`), 500, "configuration_error", ginauth0.ErrConfig},
	} {
		var failed atomic.Pointer[error]
		a := newApp(t, withRefreshTokens(&failed))
		token := refreshTokens(a)
		b := a.browser(t)
		b.login("/auth/login")
		a.tenant.Break("/oauth/revoke", test.fault)
		wantError(t, b.get("/revoke", asJSON), test.status, `"error":"`+test.code+`"`)
		err := *failed.Load()
		var provider *ginauth0.ProviderError
		if test.is != nil && !errors.Is(err, test.is) || test.is == nil && (!errors.As(err, &provider) || provider.Op != "revoke") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), token()) || strings.Contains(a.log.String(), token()) {
			t.Errorf("%s: the token is in the error or the log", name)
		}
		if a.tenant.Requests("/oauth/revoke") != 1 {
			t.Errorf("%s: %d calls", name, a.tenant.Requests("/oauth/revoke"))
		}
		a.tenant.Heal("*")
		if b.get("/has").body != "true" || b.get("/revoke").body != "false" {
			t.Errorf("%s: it cannot be tried again", name)
		}
	}
}

func TestRevokeRefreshTokenAfterTheAnswerHasBegun(t *testing.T) {
	t.Parallel()
	var failed atomic.Pointer[error]
	a := newApp(t, withRefreshTokens(&failed))
	b := a.browser(t)
	b.login("/auth/login")
	b.get("/revoke?late=1")
	if err := *failed.Load(); !errors.Is(err, ginauth0.ErrResponseStarted) || a.tenant.Requests("/oauth/revoke") != 0 {
		t.Errorf("%v after %d calls", err, a.tenant.Requests("/oauth/revoke"))
	}
	if b.get("/has").body != "true" {
		t.Error("the session lost its token")
	}
}

// Several tabs revoke at once, others read. The tenant hears of it once.
func TestRevokeRefreshTokenInParallel(t *testing.T) {
	t.Parallel()
	var failed atomic.Pointer[error]
	a := newApp(t, withRefreshTokens(&failed))
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour) // everybody rolls too
	late := b.copyOf(t)
	var all sync.WaitGroup
	var revoked atomic.Int32
	for i := range 12 {
		tab := b.copyOf(t)
		all.Go(func() {
			if i%3 == 0 {
				if r := tab.get("/has"); r.status != http.StatusOK {
					t.Errorf("%d %s", r.status, r.body)
				}
				return
			}
			switch r := tab.get("/revoke", asJSON); {
			case r.status == http.StatusOK && r.body == "false":
				revoked.Add(1)
			case r.status != http.StatusUnauthorized || !strings.Contains(r.body, "missing_refresh_token"):
				t.Errorf("%d %s", r.status, r.body)
			}
			if r := tab.get("/has"); r.body != "false" {
				t.Errorf("after the revocation: %d %s", r.status, r.body)
			}
		})
	}
	all.Wait()
	if revoked.Load() == 0 || a.tenant.Requests("/oauth/revoke") != 1 {
		t.Errorf("%d tabs revoked, %d calls", revoked.Load(), a.tenant.Requests("/oauth/revoke"))
	}
	// An old cookie, from before, holds a token that is worth nothing.
	if r := late.get("/has"); r.body != "false" {
		t.Errorf("an old cookie: %d %s", r.status, r.body)
	}
}

// A refresh that is on its way brings another refresh token: that one is revoked.
func TestRevokeRefreshTokenWaitsForARefresh(t *testing.T) {
	t.Parallel()
	var failed atomic.Pointer[error]
	a := newApp(t, withRefreshTokens(&failed), func(s *setup) {
		before := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			before(router, auth)
			router.GET("/refresh", func(c *gin.Context) {
				if _, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true}); err != nil {
					auth.Fail(c, err)
				}
			})
		}
	})
	sent, token := revocations(a), refreshTokens(a)
	b := a.browser(t)
	b.login("/auth/login")
	first := token()
	refreshing, revoking := b.copyOf(t), b.copyOf(t)
	begun, proceed := make(chan struct{}), make(chan struct{})
	a.tenant.Break("/oauth/token", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		close(begun)
		<-proceed
		next.ServeHTTP(w, r)
	})
	var all sync.WaitGroup
	all.Go(func() { refreshing.get("/refresh") })
	<-begun
	all.Go(func() {
		if r := revoking.get("/revoke"); r.body != "false" {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	close(proceed)
	all.Wait()
	if token() == first {
		t.Error("the refresh brought nothing")
	}
	wantRevoked(t, sent(), token())
	for _, tab := range []*browser{refreshing, revoking, b} {
		if r := tab.get("/has"); r.body != "false" {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}

func TestRevokeRefreshTokenWhoseSessionCannotBeWritten(t *testing.T) {
	t.Parallel()
	var failed atomic.Pointer[error]
	store := newBrittleStore(t)
	a := newApp(t, withRefreshTokens(&failed), config(func(c *ginauth0.Config) {
		c.Session.Store, c.Session.OmitIDToken = store, true
	}))
	b := a.browser(t)
	b.login("/auth/login")
	store.noWriting.Store(true)
	wantError(t, b.get("/revoke", asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	store.noReading.Store(true)
	wantError(t, b.get("/revoke", asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if a.tenant.Requests("/oauth/revoke") != 1 {
		t.Errorf("%d calls", a.tenant.Requests("/oauth/revoke"))
	}
}
