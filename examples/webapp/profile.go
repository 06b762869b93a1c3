package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

type claim struct{ Name, Value string }

// profile shows who is signed in, and what the session holds. The tokens themselves stay in it.
func (s site) profile(c *gin.Context) {
	claims, err := claimsOf(c)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p := page{Title: "Profile", Note: notes[c.Query("note")]}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		value := string(claims[name])
		if claims[name][0] == '"' {
			_ = json.Unmarshal(claims[name], &value) // a text without its quotes
		}
		p.Claims = append(p.Claims, claim{name, value})
	}
	s.show(c, http.StatusOK, "profile.html", p)
}

// me answers with the claims of the person who asks.
func me(c *gin.Context) {
	claims, err := claimsOf(c)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.JSON(http.StatusOK, claims)
}

// claimsOf is everything that the tenant says of the person.
func claimsOf(c *gin.Context) (claims map[string]json.RawMessage, err error) {
	user, _ := ginauth0.UserFrom(c) // RequireSession lets nobody else pass
	return claims, user.Claims(&claims)
}
