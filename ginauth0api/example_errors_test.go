package ginauth0api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Every refusal is of one kind. A program that decides with Check, or looks on with OnError,
// asks for the kind; the code in the Error says it exactly.
func ExampleError() {
	tenant := startTenant()
	defer tenant.Close()
	kinds := map[string]error{
		"ErrNoToken": ginauth0api.ErrNoToken, "ErrBadRequest": ginauth0api.ErrBadRequest,
		"ErrBadToken": ginauth0api.ErrBadToken, "ErrBadProof": ginauth0api.ErrBadProof,
		"ErrScope": ginauth0api.ErrScope, "ErrStepUp": ginauth0api.ErrStepUp,
		"ErrUpstream": ginauth0api.ErrUpstream, "ErrInternal": ginauth0api.ErrInternal,
	}
	guard := configured(tenant, ginauth0api.Config{
		OnError: func(_ *gin.Context, e *ginauth0api.Error) {
			for name, kind := range kinds {
				if errors.Is(e, kind) {
					fmt.Println(e.Status, name, e.Code)
				}
			}
		},
	})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth("write:messages"), func(*gin.Context) {})
	router.GET("/mine", guard.RequireAuth(), func(c *gin.Context) { guard.Refuse(c, errors.New("the database is down")) })
	router.GET("/strong", guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{"gold"}}), func(*gin.Context) {})

	read := tenant.AccessToken(auth0test.Claims{"scope": "read:messages"})
	for _, try := range []struct{ path, authorization string }{
		{"/", ""},
		{"/", "Bearer a b"},
		{"/", "Bearer " + tenant.AccessToken(auth0test.Claims{"aud": "https://another.example"})},
		{"/", "Bearer " + read},
		{"/strong", "Bearer " + read},
		{"/mine", "Bearer " + read},
		{"/", "DPoP " + tenant.AccessToken(auth0test.Claims{"cnf": auth0test.NewProofKey("").Confirmation()})},
	} {
		request := httptest.NewRequest(http.MethodGet, try.path, nil)
		if try.authorization != "" {
			request.Header.Set("Authorization", try.authorization)
		}
		router.ServeHTTP(httptest.NewRecorder(), request)
	}
	// Output:
	// 401 ErrNoToken credentials_missing
	// 400 ErrBadRequest authorization_malformed
	// 401 ErrBadToken invalid_audience
	// 403 ErrScope insufficient_scope
	// 401 ErrStepUp step_up_required
	// 500 ErrInternal internal_error
	// 401 ErrBadProof dpop_proof_missing
}

// The fields that are wrong, one by one.
func ExampleConfigError() {
	_, err := ginauth0api.New(context.Background(), ginauth0api.Config{Leeway: time.Hour})
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, err := range all.Unwrap() {
			var problem *ginauth0api.ConfigError
			if errors.As(err, &problem) {
				fmt.Println(problem.Field)
			}
		}
	}
	// Output:
	// Domain
	// Audience
	// Leeway
}
