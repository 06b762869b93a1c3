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

// organization goes on to the login for an organization that somebody has typed.
func (s site) organization(c *gin.Context) {
	s.showLogin(c, http.StatusOK, url.Values{"organization": {c.Query("organization")}, "returnTo": {s.base + "/profile"}})
}
