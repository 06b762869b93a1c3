package main

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/examples/internal/server"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// newRouter has the routes.
func newRouter(auth *ginauth0.Auth, settings settings) *gin.Engine {
	router := server.New()
	router.Use(setHeaders, sameOrigin(auth, settings))
	auth.Mount(router) // /auth/login, /auth/callback, /auth/logout, /auth/backchannel-logout, /auth/connect

	site := newSite(auth, settings)
	router.GET("/", auth.Session(), site.home) // for everybody
	router.GET("/organization", auth.Session(), site.organization)

	people := router.Group("", auth.RequireSession()) // others are sent to log in and back; programs get 401
	people.GET("/profile", site.profile)
	people.GET("/api/me", me)
	people.GET("/messages", site.messages) // asks an API in the name of the person
	people.GET("/accounts", site.accounts) // what the person has at other services
	people.POST("/accounts/delete", site.deleteAccount)
	people.POST("/tokens/renew", site.renewToken)
	people.POST("/tokens/revoke", site.revokeToken)
	people.GET("/phone", site.phone) // a login that the person confirms elsewhere
	people.POST("/phone", site.askPhone)

	// A login that is good enough to look around may not be good enough for everything.
	people.GET("/recent", auth.RequireSession(ginauth0.RequireRecentLogin(5*time.Minute)), site.recent)
	people.GET("/second-factor", auth.RequireSession(ginauth0.RequireMFA()), site.secondFactor)

	router.GET("/static/:file", site.static)
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.NoRoute(auth.Session(), site.notFound)
	return router
}

// setHeaders lets a page have its style sheet, its script, its icon and its forms, and nothing else.
func setHeaders(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", "same-origin")
}

// sameOrigin refuses forms that pages of others send. The session's cookie, which is SameSite=Lax, does not go with them
// either, but pages of the same site are others too.
func sameOrigin(auth *ginauth0.Auth, settings settings) gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	for _, base := range append([]string{settings.auth.BaseURL}, settings.auth.ExtraBaseURLs...) {
		if u, err := url.Parse(base); err == nil { // behind a proxy Host may be another one
			_ = protection.AddTrustedOrigin(u.Scheme + "://" + u.Host) // New has judged it
		}
	}
	return func(c *gin.Context) {
		if protection.Check(c.Request) != nil {
			auth.Fail(c, ginauth0.ErrCrossSite)
		}
	}
}
