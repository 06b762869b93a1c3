package ginauth0_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// idTokens is an app whose page /id-token keeps what IDToken said last.
func idTokens(token *ginauth0.Secret, failure *error) func(*setup) {
	return func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			if routes != nil {
				routes(router, auth)
			}
			router.GET("/id-token", func(c *gin.Context) {
				if c.Query("late") != "" {
					c.Writer.WriteHeaderNow()
				}
				*token, *failure = auth.IDToken(c)
				c.Status(http.StatusNoContent)
			})
		}
	}
}

func TestTheIDTokenOfTheSession(t *testing.T) {
	t.Parallel()
	var token ginauth0.Secret
	var failure error
	a := newApp(t, refreshing, idTokens(&token, &failure))
	b := a.browser(t)
	if b.get("/id-token"); token != "" || !errors.Is(failure, ginauth0.ErrNoSession) {
		t.Errorf("signed out: %v", failure)
	}
	var issued string
	a.tenant.EditTokenResponse(func(m map[string]any) { issued, _ = m["id_token"].(string) })
	b.login("/auth/login")
	before := a.tenant.Requests("*")
	if b.get("/id-token"); failure != nil || string(token) != issued || issued == "" {
		t.Errorf("the login's: %v, %v", string(token) == issued, failure)
	}
	if b.get("/id-token?late=1"); failure != nil || string(token) != issued {
		t.Errorf("after the response started: %v", failure)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); strings.Contains(text, issued[:20]) {
		t.Error("it prints")
	}
	if got := a.tenant.Requests("*") - before; got != 0 {
		t.Errorf("%d requests to the tenant", got)
	}
	// A refresh brings another one, also for a tab that has not heard of it.
	behind, first := b.twin(), issued
	a.clock.advance(time.Minute)
	b.token("?force")
	for name, tab := range map[string]*browser{"the tab": b, "a tab that is behind": behind} {
		if tab.get("/id-token", "Sec-Fetch-Dest: script"); failure != nil || string(token) != issued || issued == first {
			t.Errorf("%s: %v, the new one %v", name, failure, string(token) == issued)
		}
	}
	// What the answer to a refresh leaves out stays.
	last := issued
	a.tenant.EditTokenResponse(func(m map[string]any) { delete(m, "id_token") })
	b.token("?force")
	if b.get("/id-token"); string(token) != last || failure != nil {
		t.Errorf("after a refresh without one: %v", failure)
	}
	// It is as it came, expired or not.
	a.clock.advance(11 * time.Hour)
	if b.get("/id-token"); string(token) != last || failure != nil {
		t.Errorf("expired: %v", failure)
	}
}

func TestASessionWithoutIDToken(t *testing.T) {
	t.Parallel()
	var token ginauth0.Secret
	var failure error
	a := newApp(t, idTokens(&token, &failure), config(func(c *ginauth0.Config) { c.Session.OmitIDToken = true }))
	b := a.browser(t)
	b.login("/auth/login")
	if b.get("/id-token"); token != "" || !errors.Is(failure, ginauth0.ErrNoIDToken) {
		t.Errorf("%v", failure)
	}
}

func TestTheCeilingEndsTheIDTokenToo(t *testing.T) {
	t.Parallel()
	var failure error
	var passes func()
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/id-token", auth.Session(), func(c *gin.Context) {
				passes()
				_, failure = auth.IDToken(c)
			})
		}
	})
	passes = func() { a.clock.advance(11 * time.Minute) }
	end := a.clock.Now().Add(10 * time.Minute).Unix()
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = end })
	b := a.browser(t)
	b.login("/auth/login")
	if b.get("/id-token"); !errors.Is(failure, ginauth0.ErrSessionExpired) {
		t.Errorf("%v", failure)
	}
}
