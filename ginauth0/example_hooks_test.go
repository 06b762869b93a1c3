package ginauth0_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A session keeps what the application needs of a person, and no more.
func ExampleSessionDraft() {
	planOf := func(context.Context, string) (string, error) { return "gold", nil } // asks the database
	cfg := ginauth0.Config{
		BeforeSave: func(ctx context.Context, draft *ginauth0.SessionDraft) error {
			plan, err := planOf(ctx, draft.User().Subject)
			if err != nil {
				return err // nobody is signed in
			}
			return errors.Join(
				draft.Set("https://shop.example/plan", plan),
				draft.Remove("picture"),
			)
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/plan", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			plan, _ := user.Claim("https://shop.example/plan")
			c.String(http.StatusOK, "%s has the plan %v", user.Name, plan)
		})
	}, "/plan")
	// Output: Ada Lovelace has the plan gold
}

// A program sends newcomers elsewhere, and those whose login failed to a page of
// its own. What it noted at the beginning of the login comes back.
func ExampleCallbackEvent() {
	cfg := ginauth0.Config{
		OnCallback: func(_ *gin.Context, e ginauth0.CallbackEvent) (redirect string) {
			switch {
			case errors.Is(e.Err, ginauth0.ErrOrganization):
				return "/other-organization"
			case e.Err != nil:
				return "" // answered as without the hook
			case e.AppState == "from the cart":
				return "/checkout"
			}
			return "" // to where the login was asked to lead
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/buy", func(c *gin.Context) {
			if err := auth.Login(c, ginauth0.LoginOptions{AppState: "from the cart"}); err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/checkout", auth.RequireSession(), func(c *gin.Context) { c.String(http.StatusOK, "Your order, please") })
	}, "/buy")
	// Output: Your order, please
}

// A program counts what happens, and shows errors in its own way.
func ExampleEvent() {
	var started, ended atomic.Int64
	cfg := ginauth0.Config{
		OnEvent: func(_ context.Context, e ginauth0.Event) { // from many requests at a time
			switch e.Name {
			case "login_started":
				started.Add(1)
			case "login":
				ended.Add(1)
			}
		},
		OnError: func(c *gin.Context, err error) {
			var provider *ginauth0.ProviderError
			if errors.As(err, &provider) && provider.Code == "access_denied" {
				c.String(http.StatusForbidden, "You have cancelled the login.")
			} // anything else is answered as without the hook
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/counters", auth.RequireSession(), func(c *gin.Context) {
			c.String(http.StatusOK, "%d started, %d ended", started.Load(), ended.Load())
		})
	}, "/counters")
	// Output: 1 started, 1 ended
}

// Somebody takes a device out of use: the session lives on, but not for long.
func ExampleAuth_RevokeRefreshToken() {
	cfg := ginauth0.Config{Scopes: []string{"openid", "profile", "offline_access"}}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/forget", auth.RequireSession(), func(c *gin.Context) {
			if err := auth.RevokeRefreshToken(c); err != nil {
				auth.Fail(c, err)
				return
			}
			session, _ := ginauth0.SessionFrom(c)
			c.String(http.StatusOK, "refresh token: %v", session.HasRefreshToken())
		})
	}, "/forget")
	// Output: refresh token: false
}

// exampleHooks prints what a person who is not signed in yet sees at a path, after
// the login.
func exampleHooks(cfg ginauth0.Config, pages func(*gin.Engine, *ginauth0.Auth), path string) {
	get, done := exampleAppOf(cfg, pages)
	defer done()
	_, body := get(path)
	fmt.Println(body)
}
