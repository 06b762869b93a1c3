package ginauth0_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A handler passes on what it cannot help. Where another login helps it may start one.
func ExampleAuth_Fail() {
	exampleHooks(ginauth0.Config{}, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/report", func(c *gin.Context) {
			token, err := auth.AccessToken(c, ginauth0.TokenOptions{})
			if errors.Is(err, ginauth0.ErrNoSession) || errors.Is(err, ginauth0.ErrNoRefreshToken) {
				err = auth.Login(c, ginauth0.LoginOptions{ReturnTo: "/report"})
				if err == nil {
					return // the browser is on its way
				}
			}
			if err != nil {
				auth.Fail(c, err)
				return
			}
			c.String(http.StatusOK, "A report, made with %v", token.Token)
		})
	}, "/report")
	// Output: A report, made with [redacted]
}

// What each error is answered with, whatever it is wrapped in: for a page of the
// application's own, and for a table of tests.
func ExampleStatusOf() {
	for _, err := range []error{
		ginauth0.ErrBadRequest, ginauth0.ErrBadCallback, ginauth0.ErrBadLogoutToken,
		ginauth0.ErrNoSession, ginauth0.ErrSessionExpired, ginauth0.ErrBadIDToken, ginauth0.ErrWeakLogin,
		ginauth0.ErrNoRefreshToken, ginauth0.ErrNoIDToken, ginauth0.ErrNoActor,
		ginauth0.ErrOrganization, ginauth0.ErrCrossSite,
		ginauth0.ErrConfig, ginauth0.ErrNotMounted, ginauth0.ErrResponseStarted, ginauth0.ErrInsecureURL,
		ginauth0.ErrTokenType, ginauth0.ErrUpstream, ginauth0.ErrStore, ginauth0.ErrConflict,
	} {
		fmt.Println(ginauth0.StatusOf(fmt.Errorf("while the shop opens: %w", err)))
	}
	// Output:
	// 400 invalid_request
	// 400 invalid_callback
	// 400 invalid_request
	// 401 unauthorized
	// 401 session_expired
	// 401 invalid_id_token
	// 401 invalid_id_token
	// 401 missing_refresh_token
	// 401 missing_id_token
	// 401 missing_id_token
	// 403 organization_mismatch
	// 403 cross_site_request
	// 500 configuration_error
	// 500 server_error
	// 500 server_error
	// 500 server_error
	// 502 upstream_error
	// 503 temporarily_unavailable
	// 503 store_unavailable
	// 503 store_unavailable
}

// A page of the application's own for everything that goes wrong. The reference is in the log
// too, so that whoever reads it out on the phone can be helped.
func ExampleReferenceFrom() {
	cfg := ginauth0.Config{
		OnError: func(c *gin.Context, err error) {
			status, _ := ginauth0.StatusOf(err)
			reference, ok := ginauth0.ReferenceFrom(c)
			c.String(status, "That did not work. Please call us and say %d characters (%v).", len(reference), ok)
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) { auth.Fail(c, errors.New("the database is down")) })
	}, "/")
	// Output: That did not work. Please call us and say 14 characters (true).
}

// The settings that are wrong, one by one.
func ExampleConfigError() {
	_, err := ginauth0.New(context.Background(), ginauth0.Config{Domain: "tenant.eu.auth0.com", ClientID: "client"})
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, err := range all.Unwrap() {
			var problem *ginauth0.ConfigError
			if errors.As(err, &problem) {
				fmt.Println(problem.Field, "or", problem.Variable)
			}
		}
	}
	// Output:
	// ClientSecret or AUTH0_CLIENT_SECRET
	// Secrets or AUTH0_SECRET
	// BaseURL or APP_BASE_URL
}

// Nothing was sent: the argument itself is wrong.
func ExampleParameterError() {
	_, auth, done := exampleAuth()
	defer done()
	_, err := auth.ExchangeToken(context.Background(), ginauth0.ExchangeOptions{SubjectTokenType: "urn:example:legacy-session"})
	var wrong *ginauth0.ParameterError
	fmt.Println(errors.As(err, &wrong), wrong.Name, errors.Is(err, ginauth0.ErrBadRequest))
	// Output: true subject_token true
}

// A page of the application's own for people whom a check turns away.
func ExampleCheckError() {
	cfg := ginauth0.Config{
		OnError: func(c *gin.Context, err error) {
			var check *ginauth0.CheckError
			if errors.As(err, &check) {
				c.String(http.StatusForbidden, "This page is for editors.")
			} // anything else is answered as without the hook
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		editors := auth.RequireSession(ginauth0.ClaimIncludes("https://app.example/roles", "editor"))
		router.GET("/edit", editors, func(c *gin.Context) { c.Status(http.StatusOK) })
	}, "/edit")
	// Output: This page is for editors.
}

// The tenant wants a second factor before it renews the token: a login that asks for one
// is the way to it.
func ExampleMFARequiredError() {
	tenant := newTenant()
	cfg := ginauth0.Config{Scopes: []string{"openid", "profile", "offline_access"}}
	get, done := exampleAppAt(tenant, cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/transfer", auth.RequireSession(), func(c *gin.Context) {
			_, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
			var mfa *ginauth0.MFARequiredError
			if errors.As(err, &mfa) {
				err = auth.Login(c, ginauth0.LoginOptions{
					ReturnTo:  "/confirmed",
					ACRValues: []string{"http://schemas.openid.net/pape/policies/2007/06/multi-factor"},
				})
			}
			if err != nil {
				auth.Fail(c, err)
			}
		})
		router.GET("/confirmed", auth.RequireSession(ginauth0.RequireMFA()), func(c *gin.Context) { c.String(http.StatusOK, "confirmed") })
	})
	defer done()
	tenant.RequireMFA(true)
	tenant.EditIDToken(func(_, claims map[string]any) { claims["amr"] = []string{"pwd", "mfa"} })
	fmt.Println(get("/transfer"))
	// Output: 200 confirmed
}

// A session must be small: who keeps too much learns which field it is.
func ExampleSessionTooLargeError() {
	cfg := ginauth0.Config{
		BeforeSave: func(_ context.Context, draft *ginauth0.SessionDraft) error {
			return draft.Set("https://shop.example/basket", strings.Repeat("apples ", 3000))
		},
		OnError: func(c *gin.Context, err error) {
			var large *ginauth0.SessionTooLargeError
			if errors.As(err, &large) {
				c.String(http.StatusInternalServerError, "%v of %d bytes at most, and the biggest field is %s",
					large.Size > large.Limit, large.Limit, large.Fields[0].Name)
			}
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) { c.Status(http.StatusOK) })
	}, "/")
	// Output: true of 8192 bytes at most, and the biggest field is user
}

// What the tenant said about a login cannot be changed in a session.
func ExampleClaimError() {
	cfg := ginauth0.Config{
		BeforeSave: func(_ context.Context, draft *ginauth0.SessionDraft) error {
			err := draft.Set("sub", "auth0|grace")
			var refused *ginauth0.ClaimError
			fmt.Println(errors.As(err, &refused), refused.Claim)
			return draft.Set("https://shop.example/plan", "gold")
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, user.Subject)
		})
	}, "/")
	// Output:
	// true sub
	// auth0|ada
}
