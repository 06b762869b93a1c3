package ginauth0_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Pages for some people only. The others are told so with 403; nobody's claims reach
// the answer.
func ExampleAuth_RequireSession_claims() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		ok := func(c *gin.Context) { c.String(http.StatusOK, "come in") }
		router.GET("/home", auth.RequireSession(), ok)
		router.GET("/team", auth.RequireSession(ginauth0.ClaimEquals("email_verified", true)), ok)
		router.GET("/admin", auth.RequireSession(ginauth0.ClaimIncludes("https://app.example/roles", "admin")), ok)
		router.GET("/acme", auth.RequireSession(ginauth0.InOrganization("acme")), ok)
	})
	defer done()
	fmt.Println(get("/home"))
	fmt.Println(get("/team"))
	for _, path := range []string{"/admin", "/acme"} {
		status, _ := get(path)
		fmt.Println(status)
	}
	// Output:
	// 200 come in
	// 200 come in
	// 403
	// 403
}

// Money moves only after a login with a second factor in the last ten minutes. Who is
// signed in with less is sent to the tenant and back; a script gets 401
// insufficient_user_authentication.
func ExampleAuth_RequireSession_stepUp() {
	var auth *ginauth0.Auth // from New
	_ = func(router gin.IRouter) {
		payments := router.Group("/payments", auth.RequireSession(ginauth0.RequireMFA(), ginauth0.RequireRecentLogin(10*time.Minute)))
		payments.POST("/", func(c *gin.Context) { c.Status(http.StatusAccepted) })
	}
}

// A page asks for a login that is as recent as the page is dear.
func ExampleRequireRecentLogin() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		recent := auth.RequireSession(ginauth0.RequireRecentLogin(10 * time.Minute))
		router.GET("/email", recent, func(c *gin.Context) { c.String(http.StatusOK, "change it") })
	})
	defer done()
	fmt.Println(get("/email"))
	// Output: 200 change it
}

// The tenant's own names for how strong a login is.
func ExampleRequireACR() {
	var auth *ginauth0.Auth // from New
	_ = func(router gin.IRouter) {
		router.Group("/records", auth.RequireSession(ginauth0.RequireACR("gold", "platinum")))
	}
}

// A second factor, however the tenant says that there was one.
func ExampleRequireMFA() {
	var auth *ginauth0.Auth // from New
	_ = func(router gin.IRouter) { router.Group("/admin", auth.RequireSession(ginauth0.RequireMFA())) }
}

// A rule of the application's own.
func ExampleClaimMatches() {
	staff := ginauth0.ClaimMatches(func(user *ginauth0.User) error {
		if !user.EmailVerified || !strings.HasSuffix(user.Email, "@example.test") {
			return errors.New("not of the staff") // for the log
		}
		return nil
	})
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(staff), func(c *gin.Context) { c.String(http.StatusOK, "hello colleague") })
	})
	defer done()
	fmt.Println(get("/"))
	// Output: 200 hello colleague
}

// A check of the application's own, which turns some people away for good and asks the
// others for a recent login.
func ExampleStepUpError() {
	mayPay := func(session *ginauth0.Session) error {
		user := session.User()
		if blocked, _ := user.Claim("https://app.example/blocked"); blocked == true {
			return errors.New("blocked") // 403
		}
		recent := 5 * time.Minute
		if user.ACR != "gold" && time.Since(user.AuthTime) > recent {
			return &ginauth0.StepUpError{MaxAge: &recent} // to the tenant and back, or 401
		}
		return nil
	}
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/pay", auth.RequireSession(mayPay), func(c *gin.Context) { c.String(http.StatusOK, "paid") })
	})
	defer done()
	fmt.Println(get("/pay"))
	// Output: 200 paid
}

// Which part of the claims a check looks at.
func ExampleClaimEquals() {
	_ = []ginauth0.Check{
		ginauth0.ClaimEquals("https://app.example/plan", "gold"),
		ginauth0.ClaimEquals("https://app.example/level", 3), // 3.0 as well, "3" not
		ginauth0.ClaimEquals("https://app.example/limits", map[string]any{"seats": 5}),
		ginauth0.ClaimEquals("https://app.example/manager", nil), // null, and not a missing claim
	}
}

// Both roles are needed, in an array or in a text with spaces between.
func ExampleClaimIncludes() {
	_ = ginauth0.ClaimIncludes("https://app.example/roles", "editor", "publisher")
}

// One of two organizations: by the tenant's id, or by name.
func ExampleInOrganization() {
	_ = ginauth0.InOrganization("org_4Kx2", "acme")
}
