package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// renewToken gets a new access token, although the session has one. Otherwise that happens by itself, shortly before the old
// one expires.
func (s site) renewToken(c *gin.Context) {
	if _, err := s.auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true}); err != nil {
		s.failForm(c, "/profile", err)
		return
	}
	c.Redirect(http.StatusSeeOther, s.base+"/profile?note=renewed")
}

// revokeToken gives the refresh token back. The session goes on, and gets no more access tokens.
func (s site) revokeToken(c *gin.Context) {
	if err := s.auth.RevokeRefreshToken(c); err != nil {
		s.failForm(c, "/profile", err)
		return
	}
	c.Redirect(http.StatusSeeOther, s.base+"/profile?note=revoked")
}
