package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// cachedTokens are the calls for tokens that the session of a request has, once that
// is loaded, and the load itself.
type cachedTokens struct {
	app                      *app
	load, access, connection func(int)
}

func newCachedTokens(tb testing.TB) *cachedTokens {
	tb.Helper()
	a, b := signedInConnecting(tb, small)
	claimsOf(a, 160)
	b.login("/auth/login")
	b.connection("?of=github")
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range b.sessionCookies() {
		request.AddCookie(cookie)
	}
	loaded := func() *gin.Context {
		r := *request // loading replaces its context
		c, _ := gin.CreateTestContext(discard{http.Header{}})
		c.Request = &r
		a.auth.Session()(c)
		return c
	}
	c := loaded()
	if session, ok := ginauth0.SessionFrom(c); !ok || len(session.Tokens()) != 2 {
		tb.Fatal("the session is not loaded, or has not both tokens")
	}
	return &cachedTokens{
		app:  a,
		load: func(int) { loaded() },
		access: func(int) {
			if _, err := a.auth.AccessToken(c, ginauth0.TokenOptions{}); err != nil {
				tb.Fatal(err)
			}
		},
		connection: func(int) {
			if _, err := a.auth.TokenForConnection(c, ofGitHub); err != nil {
				tb.Fatal(err)
			}
		},
	}
}

// noRequest fails a test whose calls have reached the tenant.
func (t *cachedTokens) noRequest(tb testing.TB, before int) {
	tb.Helper()
	if got := t.app.tenant.Requests("*") - before; got != 0 {
		tb.Errorf("%d requests to the tenant", got)
	}
}

// BenchmarkCachedToken prints what a token that the session has costs beyond loading
// the session, and how many loads that is.
func BenchmarkCachedToken(b *testing.B) {
	tokens := newCachedTokens(b)
	before := tokens.app.tenant.Requests("*")
	b.Run("access", func(b *testing.B) { ratio.Report(b, tokens.access, tokens.load) })
	b.Run("connection", func(b *testing.B) { ratio.Report(b, tokens.connection, tokens.load) })
	tokens.noRequest(b, before)
}
