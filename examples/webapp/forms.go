package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// note is what a page says to whoever comes from a form.
type note struct {
	Text string
	Bad  bool // it did not work
}

var notes = map[string]note{
	"renewed":   {Text: "The access token is a new one."},
	"revoked":   {Text: "The tenant has taken the refresh token back. The access token still serves until it expires."},
	"confirmed": {Text: "You confirmed it on your phone. This session is a new one."},
	"failed":    {Text: "That did not work. Try again in a moment, or log out and in again.", Bad: true},
}

// failForm leads whoever has sent a form that did not work back to its page, which says so: Fail answers forms as it answers
// programs. Whose session has ended logs in first.
func (s site) failForm(c *gin.Context, path string, err error) {
	slog.Warn("a form did not work", "route", c.FullPath(), "cause", err)
	if errors.Is(err, ginauth0.ErrNoSession) || errors.Is(err, ginauth0.ErrSessionExpired) {
		s.showLogin(c, http.StatusUnauthorized, url.Values{"returnTo": {s.base + path}})
		return
	}
	c.Redirect(http.StatusSeeOther, s.base+path+"?note=failed")
}

// showLogin goes on to a login. A form does not lead to that itself: browsers hold the form-action of the
// Content-Security-Policy against each redirect after a form, and these lead to the tenant, and on to whomever it asks.
func (s site) showLogin(c *gin.Context, status int, parameters url.Values) {
	login := s.base + "/auth/login?" + parameters.Encode()
	s.show(c, status, "login.html", page{Title: "Log in", Login: login, Refresh: "0; url=" + login})
}
