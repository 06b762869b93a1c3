package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// recent stands for what needs somebody who has logged in just now, such as a change of address.
func (s site) recent(c *gin.Context) {
	s.show(c, http.StatusOK, "recent.html", page{Title: "Recent login"})
}

// secondFactor stands for what needs more than a password, such as a payment.
func (s site) secondFactor(c *gin.Context) {
	s.show(c, http.StatusOK, "secondfactor.html", page{Title: "Second factor"})
}
