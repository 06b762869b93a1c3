package main

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// home is for everybody, and knows who is signed in.
func (s site) home(c *gin.Context) { s.show(c, http.StatusOK, "home.html", page{Title: "Home"}) }

func (s site) notFound(c *gin.Context) {
	s.show(c, http.StatusNotFound, "notfound.html", page{Title: "Not found"})
}

// organization goes on to the login for an organization that somebody has typed. The form does not lead to that login itself:
// browsers hold the form-action of the Content-Security-Policy against each redirect after a form, and these lead to the
// tenant, and on to whomever the organization signs in at.
func (s site) organization(c *gin.Context) {
	login := s.base + "/auth/login?" + url.Values{
		"organization": {c.Query("organization")}, "returnTo": {s.base + "/profile"},
	}.Encode()
	s.show(c, http.StatusOK, "organization.html", page{Title: "Log in", Login: login, Refresh: "0; url=" + login})
}
