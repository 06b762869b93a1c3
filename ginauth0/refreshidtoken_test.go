package ginauth0_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// userPage shows the claims of the session, and its sid.
func userPage(s *setup) {
	routes := s.routes
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		routes(router, auth)
		router.GET("/claims", auth.Session(), func(c *gin.Context) {
			session, ok := ginauth0.SessionFrom(c)
			claims := map[string]any{}
			if ok {
				if err := session.User().Claims(&claims); err != nil {
					c.String(http.StatusInternalServerError, err.Error())
					return
				}
				claims["session's sid"] = session.ID()
			}
			c.JSON(http.StatusOK, claims)
		})
	}
}

func TestARefreshedIDTokenBringsNewClaims(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, userPage)
	login := map[string]any{"acr": "gold", "amr": []string{"mfa"}, "act": map[string]any{"sub": "broker"}, "org_id": "org_1", "org_name": "acme", "team": "blue", "old": true}
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		for name, value := range login {
			claims[name] = value
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := b.claims()
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		for _, name := range []string{"auth_time", "sid", "acr", "amr", "act", "org_id", "org_name"} {
			delete(claims, name)
		}
		claims["team"], claims["new"] = "red", 1
	})
	if page := b.token("?force"); page.Name != "Ada Lovelace" {
		t.Errorf("%+v", page)
	}
	after := b.claims()
	for _, name := range []string{"sub", "auth_time", "acr", "amr", "act", "org_id", "org_name", "session's sid"} {
		if fmt.Sprint(before[name]) != fmt.Sprint(after[name]) || after[name] == nil {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
	if after["team"] != "red" || after["new"] != 1.0 || after["old"] != nil || after["iss"] != nil || after["exp"] != nil {
		t.Errorf("claims %v", after)
	}
	// What the login did not say a refresh does not bring, and what it says else is
	// for others.
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		claims["org_id"], claims["sid"], claims["acr"], claims["amr"] = "org_1", "another", "none", []string{"pwd"}
	})
	b.token("?force")
	if again := b.claims(); fmt.Sprint(again["acr"], again["amr"], again["session's sid"]) != fmt.Sprint(before["acr"], before["amr"], before["session's sid"]) {
		t.Errorf("claims %v, before %v", again, before)
	}
}

func TestClaimsThatTheLoginLackedStayAway(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, userPage)
	a.tenant.EditIDToken(func(_, claims map[string]any) { delete(claims, "auth_time") })
	b := a.browser(t)
	b.login("/auth/login")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["acr"], claims["amr"] = "gold", []string{"mfa"} })
	b.token("?force")
	if claims := b.claims(); claims["auth_time"] != nil || claims["acr"] != nil || claims["amr"] != nil || claims["sub"] != "auth0|ada" {
		t.Errorf("claims %v", claims)
	}
}

// A token that was checked and is bad ends the session, here and for its twins.
func TestABadIDTokenOfARefreshEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(header, claims map[string]any){
		"of somebody else":    func(_, c map[string]any) { c["sub"] = "auth0|mallory" },
		"of another login":    func(_, c map[string]any) { c["auth_time"] = 1_500_000_000 },
		"of an organization":  func(_, c map[string]any) { c["org_id"] = "org_2" },
		"of another issuer":   auth0test.WrongIssuer,
		"for another client":  auth0test.WrongAudience,
		"expired":             auth0test.Expired,
		"for another token":   func(_, c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"unsigned":            func(h, _ map[string]any) { h["alg"] = "none" },
		"that is no ID token": func(h, _ map[string]any) { h["typ"] = "at+jwt" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t)
			twin := b.twin()
			a.tenant.EditIDToken(edit)
			page := b.tokenPage("?force")
			if !strings.Contains(page.Error, ginauth0.ErrBadIDToken.Error()) || page.SignedIn || len(b.sessionCookies()) != 0 {
				t.Errorf("%+v, cookies %v", page, b.sessionCookies())
			}
			a.tenant.EditIDToken(nil)
			if twin.signedIn() || b.signedIn() {
				t.Error("signed in")
			}
			a.wantUses(t, 1, 1)
		})
	}
}

// Without keys the token says nothing, good or bad; the refresh token must not be
// lost with it.
func TestKeysAreDownDuringARefresh(t *testing.T) {
	t.Parallel()
	const keysPath = "/.well-known/jwks.json"
	for name, test := range map[string]func(a *app){
		"keys are down":     func(a *app) { a.tenant.Break(keysPath, auth0test.Down) },
		"an unknown key":    func(*app) {},
		"keys are too slow": func(a *app) { a.tenant.Break(keysPath, auth0test.Hang) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 3 * time.Second }))
			test(a)
			a.tenant.EditIDToken(func(header, claims map[string]any) {
				header["kid"], claims["name"] = "the next key", "Somebody"
			})
			page := b.token("?force")
			if page.Name != "Ada Lovelace" || !page.RefreshToken {
				t.Errorf("%+v", page)
			}
			if !strings.Contains(a.log.String(), "refreshed ID token is not used") {
				t.Error("no warning")
			}
			a.tenant.EditIDToken(func(_, claims map[string]any) { claims["name"] = "Ada King" })
			a.tenant.Heal("*")
			a.clock.advance(time.Minute)
			if page := b.token("?force"); page.Name != "Ada King" {
				t.Errorf("afterwards: %+v", page)
			}
		})
	}
}

func TestBeforeSaveSeesARefreshedIDToken(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	calls, mood := 0, "good"
	a := newApp(t, refreshing, userPage, config(func(c *ginauth0.Config) {
		c.BeforeSave = func(_ context.Context, d *ginauth0.SessionDraft) error {
			mu.Lock()
			defer mu.Unlock()
			calls++
			switch mood {
			case "bad":
				return errors.New("the hook fails")
			case "panic":
				panic("the hook panics")
			}
			return errors.Join(d.Set("role", fmt.Sprint("role ", calls)), d.Remove("email"))
		}
	}))
	b := a.browser(t)
	b.login("/auth/login")
	b.token("?force")
	if claims := b.claims(); claims["role"] != "role 2" || claims["email"] != nil || claims["name"] != "Ada Lovelace" {
		t.Errorf("claims %v", claims)
	}
	// An answer without an ID token changes nothing that the hook has to see.
	b.token("?force&nomerge&scope=read:messages")
	for i, next := range []string{"bad", "panic"} {
		mu.Lock()
		mood = next
		mu.Unlock()
		if page := b.token("?force"); page.Token == "" || !page.RefreshToken {
			t.Errorf("%s: %+v", next, page)
		}
		if claims := b.claims(); claims["role"] != "role 2" || calls != 3+i {
			t.Errorf("%s: claims %v, %d calls", next, claims, calls)
		}
	}
}

func TestARefreshedIDTokenIsKeptUnlessItIsToBeLeftOut(t *testing.T) {
	t.Parallel()
	for _, omit := range []bool{false, true} {
		a, b := signedInRefreshing(t, func(s *setup) {
			s.config.Session.OmitIDToken = omit
			routes := s.routes
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				routes(router, auth)
				router.GET("/out", func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
			}
		})
		var last string
		a.tenant.EditTokenResponse(func(m map[string]any) { last, _ = m["id_token"].(string) })
		b.token("?force")
		hint := b.get("/out").location(t).Query().Get("id_token_hint")
		if last == "" || omit && hint != "" || !omit && hint != last {
			t.Errorf("omit %v: hint %q", omit, hint)
		}
	}
}
