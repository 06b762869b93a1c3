package ginauth0_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
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
// signed in with less is sent to the tenant and back, as here; a script gets 401
// insufficient_user_authentication.
func ExampleAuth_RequireSession_stepUp() {
	get, done := exampleAppAt(tenantThatSays(nil), ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		acr := func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "acr: %q", user.ACR)
		}
		router.GET("/home", auth.RequireSession(), acr)
		payments := router.Group("/payments", auth.RequireSession(ginauth0.RequireMFA(), ginauth0.RequireRecentLogin(10*time.Minute)))
		payments.GET("/new", acr)
	})
	defer done()
	fmt.Println(get("/home"))
	fmt.Println(get("/payments/new"))
	// Output:
	// 200 acr: ""
	// 200 acr: "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
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
	tenant := tenantThatSays(map[string]any{"acr": "gold"})
	get, done := exampleAppAt(tenant, ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		records := router.Group("/records", auth.RequireSession(ginauth0.RequireACR("gold", "platinum")))
		records.GET("/7", func(c *gin.Context) { c.String(http.StatusOK, "the record") })
	})
	defer done()
	fmt.Println(get("/records/7"))
	// Output: 200 the record
}

// A second factor, however the tenant says that there was one.
func ExampleRequireMFA() {
	tenant := tenantThatSays(map[string]any{"amr": []string{"pwd", "mfa"}})
	get, done := exampleAppAt(tenant, ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		admin := router.Group("/admin", auth.RequireSession(ginauth0.RequireMFA()))
		admin.GET("/users", func(c *gin.Context) { c.String(http.StatusOK, "all users") })
	})
	defer done()
	fmt.Println(get("/admin/users"))
	// Output: 200 all users
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
	tenant := tenantThatSays(map[string]any{
		"https://app.example/level":   3,
		"https://app.example/limits":  map[string]any{"seats": 5},
		"https://app.example/manager": nil,
	})
	get, done := exampleAppAt(tenant, ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		ok := func(c *gin.Context) { c.String(http.StatusOK, "come in") }
		for path, check := range map[string]ginauth0.Check{
			"/number":  ginauth0.ClaimEquals("https://app.example/level", 3.0),
			"/text":    ginauth0.ClaimEquals("https://app.example/level", "3"),
			"/object":  ginauth0.ClaimEquals("https://app.example/limits", map[string]any{"seats": 5}),
			"/null":    ginauth0.ClaimEquals("https://app.example/manager", nil),
			"/missing": ginauth0.ClaimEquals("https://app.example/plan", nil),
		} {
			router.GET(path, auth.RequireSession(check), ok)
		}
	})
	defer done()
	for _, path := range []string{"/number", "/text", "/object", "/null", "/missing"} {
		status, _ := get(path)
		fmt.Println(path, status)
	}
	// Output:
	// /number 200
	// /text 403
	// /object 200
	// /null 200
	// /missing 403
}

// Both roles are needed, in an array or in a text with spaces between.
func ExampleClaimIncludes() {
	tenant := tenantThatSays(map[string]any{
		"https://app.example/roles": []string{"publisher", "editor", "author"},
		"https://app.example/teams": "books films",
	})
	get, done := exampleAppAt(tenant, ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		ok := func(c *gin.Context) { c.String(http.StatusOK, "come in") }
		router.GET("/print", auth.RequireSession(ginauth0.ClaimIncludes("https://app.example/roles", "editor", "publisher")), ok)
		router.GET("/books", auth.RequireSession(ginauth0.ClaimIncludes("https://app.example/teams", "books")), ok)
		router.GET("/admin", auth.RequireSession(ginauth0.ClaimIncludes("https://app.example/roles", "editor", "admin")), ok)
	})
	defer done()
	for _, path := range []string{"/print", "/books", "/admin"} {
		status, _ := get(path)
		fmt.Println(path, status)
	}
	// Output:
	// /print 200
	// /books 200
	// /admin 403
}

// One of two organizations: by the tenant's id, or by name.
func ExampleInOrganization() {
	tenant := tenantThatSays(map[string]any{"org_id": "org_4Kx2", "org_name": "umbrella"})
	get, done := exampleAppAt(tenant, ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		ok := func(c *gin.Context) { c.String(http.StatusOK, "come in") }
		router.GET("/partners", auth.RequireSession(ginauth0.InOrganization("org_4Kx2", "acme")), ok)
		router.GET("/acme", auth.RequireSession(ginauth0.InOrganization("acme")), ok)
	})
	defer done()
	for _, path := range []string{"/partners", "/acme"} {
		status, _ := get(path)
		fmt.Println(path, status)
	}
	// Output:
	// /partners 200
	// /acme 403
}

// tenantThatSays is a tenant at which ada is signed in without a page, and whose ID tokens say more of her.
func tenantThatSays(claims map[string]any) *auth0test.Tenant {
	tenant, err := auth0test.New(auth0test.Config{
		AutoApprove:  "ada",
		Users:        []auth0test.User{{Name: "ada", Claims: claims}},
		SecondFactor: true,
	})
	if err == nil {
		err = tenant.Listen("localhost:0")
	}
	if err != nil {
		log.Fatal(err)
	}
	return tenant
}
