package ginauth0api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Ready checks and one of your own: its error is for the log, the client learns
// only that it may not.
func ExampleGuard_RequireClaims() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	errNoMachines := errors.New("this route is for people")
	people := func(token *ginauth0api.Token) error {
		if token.Subject() == token.ClientID()+"@clients" {
			return errNoMachines
		}
		return nil
	}
	router := gin.New()
	router.GET("/billing",
		guard.RequireClaims(
			ginauth0api.ClaimEquals("https://example.com/plan", "pro"),
			ginauth0api.ClaimIncludesAny("https://example.com/roles", "admin", "accountant"),
			ginauth0api.IssuedWithin(time.Hour),
			people,
		),
		func(c *gin.Context) { c.String(http.StatusOK, "invoices") })

	claims := auth0test.Claims{"https://example.com/plan": "pro", "https://example.com/roles": []string{"accountant"}}
	call(router, "/billing", tenant.AccessToken(claims))
	claims["https://example.com/plan"] = "free"
	call(router, "/billing", tenant.AccessToken(claims))
	// Output:
	// 200 invoices
	// 403 {"error":"insufficient_scope","error_description":"The access token does not allow this request.","error_code":"claim_refused"}
}

// Reading takes any login, a transfer one with a second factor in the last five
// minutes. The challenge tells the client what to ask the tenant for.
func ExampleGuard_RequireStepUp() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	mfa := ginauth0api.StepUp{
		ACRValues: []string{"http://schemas.openid.net/pape/policies/2007/06/multi-factor"},
		MaxAge:    5 * time.Minute,
	}
	router := gin.New()
	accounts := router.Group("/accounts", guard.RequireAuth())
	accounts.GET("/balance", func(c *gin.Context) { c.String(http.StatusOK, "42") })
	accounts.GET("/transfer", guard.RequireStepUp(mfa), func(c *gin.Context) { c.String(http.StatusOK, "done") })

	token := tenant.AccessToken(auth0test.Claims{"auth_time": time.Now().Add(-time.Hour)})
	call(router, "/accounts/balance", token)

	request := httptest.NewRequest(http.MethodGet, "/accounts/transfer", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, request)
	fmt.Println(recorder.Code)
	fmt.Println(recorder.Header().Get("WWW-Authenticate"))
	// Output:
	// 200 42
	// 401
	// Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or more recent login is required.", acr_values="http://schemas.openid.net/pape/policies/2007/06/multi-factor", max_age="300"
}
