package ginauth0_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A page about the session: since when, until when, and which tokens it holds, without one
// of them.
func ExampleSession() {
	cfg := ginauth0.Config{Scopes: []string{"openid", "profile", "offline_access"}}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			session, _ := ginauth0.SessionFrom(c)
			c.String(http.StatusOK, "%s, since %v ago, for %v at most\n", session.User().Name,
				time.Since(session.CreatedAt()).Truncate(time.Minute), session.ExpiresAt().Sub(session.UpdatedAt()).Round(time.Minute))
			c.String(http.StatusOK, "at %v, session of the tenant: %v\n", session.Issuer() != "", session.ID() != "")
			c.String(http.StatusOK, "ID token: %v, refresh token: %v\n", session.HasIDToken(), session.HasRefreshToken())
			for _, token := range session.Tokens() {
				c.String(http.StatusOK, "%s token for %q with %v", token.Type, token.Audience, token.Scopes)
			}
		})
	}, "/")
	// Output:
	// Ada Lovelace, since 0s ago, for 24h0m0s at most
	// at true, session of the tenant: true
	// ID token: true, refresh token: true
	// Bearer token for "" with [openid profile offline_access]
}

// Code that knows nothing of Gin is handed the context of the request.
func ExampleSessionFromContext() {
	audit := func(ctx context.Context, what string) string {
		session, ok := ginauth0.SessionFromContext(ctx)
		if !ok {
			return "somebody: " + what
		}
		return session.User().Subject + ": " + what
	}
	exampleHooks(ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/order", auth.RequireSession(), func(c *gin.Context) {
			c.String(http.StatusOK, audit(c.Request.Context(), "has ordered a book"))
		})
	}, "/order")
	// Output: auth0|ada: has ordered a book
}

// The attributes of the cookies of an application's own data.
func ExampleCookieStore() {
	store, err := ginauth0.NewCookieStore("made with: openssl rand -hex 32 ...")
	if err != nil {
		fmt.Println(err)
		return
	}
	store.Options(sessions.Options{Path: "/shop", MaxAge: 3600, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
	router := gin.New()
	router.GET("/shop", sessions.Sessions("basket", store), func(c *gin.Context) {
		basket := sessions.Default(c)
		basket.Set("apples", 3)
		if err := basket.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	})
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/shop", nil))
	cookie := w.Result().Cookies()[0]
	fmt.Println(cookie.Path, cookie.MaxAge, cookie.HttpOnly, cookie.Secure, cookie.SameSite == http.SameSiteStrictMode)
	// Output: /shop 3600 true true true
}
