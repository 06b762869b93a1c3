package ginauth0_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const tokenPath = "/oauth/token"

// secondAudience is an API that a login does not ask for.
const secondAudience = "https://second.example.test"

// refreshing is an app whose people hold refresh tokens. Its page /token shows an
// access token, or the error of getting one; what it may show of the session too.
func refreshing(s *setup) {
	s.tenant.APIs = []auth0test.API{
		{Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages", "write:messages"}},
		{Audience: secondAudience, Scopes: []string{"read:files", "write:files"}},
	}
	s.config.Audience = auth0test.DefaultAudience
	s.config.Scopes = []string{"openid", "profile", "email", "offline_access", "read:messages"}
	s.config.Routes.EnableAccessToken = true
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/token", func(c *gin.Context) { showToken(c, auth) })
	}
}

// tokenPage is what /token shows.
type tokenPage struct {
	Token, Type, Audience, Error string
	Scopes                       []string
	ExpiresAt                    time.Time
	SignedIn, RefreshToken       bool
	Name                         string
}

func showToken(c *gin.Context, auth *ginauth0.Auth) {
	query := c.Request.URL.Query()
	t, err := auth.AccessToken(c, ginauth0.TokenOptions{
		Audience: query.Get("audience"), Scopes: strings.Fields(query.Get("scope")),
		NoMerge: query.Has("nomerge"), ForceRefresh: query.Has("force"),
	})
	page := tokenPage{Token: string(t.Token), Type: t.Type, Audience: t.Audience, Scopes: t.Scopes, ExpiresAt: t.ExpiresAt}
	if err != nil {
		page.Error = err.Error()
	}
	if session, ok := ginauth0.SessionFrom(c); ok {
		page.SignedIn, page.RefreshToken, page.Name = true, session.HasRefreshToken(), session.User().Name
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusTeapot
	}
	c.JSON(status, page)
}

// token opens /token, which must show one.
func (b *browser) token(query string) tokenPage {
	b.t.Helper()
	page := b.tokenPage(query)
	if page.Error != "" {
		b.t.Fatalf("no token: %s\nlog: %s", page.Error, b.app.log)
	}
	return page
}

func (b *browser) tokenPage(query string) tokenPage {
	b.t.Helper()
	return b.tokenPageAt("/token" + query)
}

func (b *browser) tokenPageAt(path string) tokenPage {
	b.t.Helper()
	return jsonOf[tokenPage](b.t, b.get(path))
}

// wantUses checks how often refresh tokens were used: the logins come first.
func (a *app) wantUses(t testing.TB, logins, uses int) {
	t.Helper()
	if got := a.tenant.Requests(tokenPath) - logins; got != uses {
		t.Errorf("%d uses of refresh tokens, want %d", got, uses)
	}
}

func signedInRefreshing(t testing.TB, edits ...func(*setup)) (*app, *browser) {
	t.Helper()
	a := newApp(t, append([]func(*setup){refreshing}, edits...)...)
	b := a.browser(t)
	b.login("/auth/login")
	return a, b
}

// claimsOfToken reads a JWT without checking it.
func claimsOfToken(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	claims := map[string]any{}
	if len(parts) != 3 {
		return claims
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Error(err)
	}
	return claims
}
