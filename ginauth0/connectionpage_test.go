package ginauth0_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// connecting is an app whose people hold refresh tokens and have connected accounts:
// ada two at google-oauth2 and one at github. Its page /connection shows a token of one
// of them, or the error of getting it.
func connecting(s *setup) {
	refreshing(s)
	s.tenant.Connections = []auth0test.Connection{
		{Name: "google-oauth2", Scopes: []string{"openid", "email", "calendar.read"}}, {Name: "github", Scopes: []string{"repo"}}, {Name: "slack"},
	}
	routes := s.routes
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		routes(router, auth)
		router.GET("/connection", func(c *gin.Context) { showConnection(c, auth) })
		router.GET("/held", auth.Session(), func(c *gin.Context) {
			session, _ := ginauth0.SessionFrom(c)
			c.JSON(http.StatusOK, connectionPage{Held: session.Tokens()})
		})
		router.GET("/fail", func(c *gin.Context) {
			_, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{Connection: "github"})
			auth.Fail(c, err)
		})
	}
}

// connectionPage is what /connection shows.
type connectionPage struct {
	Token, Type, Connection, Audience, Error string
	Scopes                                   []string
	ExpiresAt                                time.Time
	SignedIn, RefreshToken                   bool
	Held                                     []ginauth0.TokenInfo
}

func showConnection(c *gin.Context, auth *ginauth0.Auth) {
	query := c.Request.URL.Query()
	t, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{
		Connection: query.Get("of"), LoginHint: query.Get("hint"), ForceRefresh: query.Has("force"),
	})
	page := connectionPage{
		Token: string(t.Token), Type: t.Type, Connection: t.Connection, Audience: t.Audience, Scopes: t.Scopes, ExpiresAt: t.ExpiresAt,
	}
	if err != nil {
		page.Error = err.Error()
	}
	if session, ok := ginauth0.SessionFrom(c); ok {
		page.SignedIn, page.RefreshToken, page.Held = true, session.HasRefreshToken(), session.Tokens()
	}
	c.JSON(http.StatusOK, page)
}

func (b *browser) connectionPageAt(path string) connectionPage {
	b.t.Helper()
	return jsonOf[connectionPage](b.t, b.get(path))
}

func (b *browser) connectionPage(query string) connectionPage {
	b.t.Helper()
	return b.connectionPageAt("/connection" + query)
}

// connection opens /connection, which must show a token.
func (b *browser) connection(query string) connectionPage {
	b.t.Helper()
	page := b.connectionPage(query)
	if page.Error != "" || page.Token == "" {
		b.t.Fatalf("no token: %s\nlog: %s", page.Error, b.app.log)
	}
	return page
}

// held shows which tokens the session holds.
func (b *browser) held() connectionPage {
	b.t.Helper()
	return b.connectionPageAt("/held")
}

// accounts returns the accounts whose tokens the session holds.
func (p connectionPage) accounts() []string {
	var list []string
	for _, t := range p.Held {
		if t.Connection != "" {
			list = append(list, strings.TrimSpace(t.Connection+" "+t.LoginHint))
		}
	}
	return list
}

func signedInConnecting(t testing.TB, edits ...func(*setup)) (*app, *browser) {
	t.Helper()
	a := newApp(t, append([]func(*setup){connecting}, edits...)...)
	a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@work.test", "calendar.read")
	a.tenant.AddConnectedAccount("ada", "github", "ada")
	b := a.browser(t)
	b.login("/auth/login")
	return a, b
}

// answeringConnections makes the tenant give this answer to every grant of a connection token.
func answeringConnections(a *app, status int, members map[string]any) *tokenRequests {
	requests := &tokenRequests{answer: func(form url.Values) (int, map[string]any) {
		if form.Get("connection") == "" {
			return 0, nil
		}
		return status, members
	}}
	requests.watch(a)
	return requests
}
