package ginauth0api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Errors that an application makes: on whose challenge they stand, and that
// nothing in them breaks out of it.
func TestChallengesOfOwnErrors(t *testing.T) {
	t.Parallel()
	const bearer, dpop = `Bearer realm="api"`, `DPoP realm="api", algs="ES256"`
	guard := newGuard(t, newIssuer(t), nil)
	for name, test := range map[string]struct {
		guard *ginauth0api.Guard
		own   ginauth0api.Error
		want  []string
	}{
		"of no scheme": {
			guard,
			ginauth0api.Error{Status: 401, Kind: "mine", Description: "No."},
			[]string{bearer + `, error="mine", error_description="No."`, dpop},
		},
		"of DPoP": {
			guard,
			ginauth0api.Error{Status: 403, Kind: "mine", Scheme: ginauth0api.SchemeDPoP},
			[]string{bearer, `DPoP realm="api", error="mine", algs="ES256"`},
		},
		"of a proof": {
			guard,
			ginauth0api.Error{Status: 401, Kind: "invalid_dpop_proof"},
			[]string{bearer, `DPoP realm="api", error="invalid_dpop_proof", algs="ES256"`},
		},
		"of a nonce": {
			guard,
			ginauth0api.Error{Status: 401, Kind: "use_dpop_nonce"},
			[]string{bearer, `DPoP realm="api", error="use_dpop_nonce", algs="ES256"`},
		},
		"of a scheme that the mode lacks": {
			guard.WithDPoP(ginauth0api.DPoPDisabled),
			ginauth0api.Error{Status: 400, Kind: "mine", Scheme: ginauth0api.SchemeDPoP},
			[]string{bearer + `, error="mine"`},
		},
		"without a kind": {guard, ginauth0api.Error{Status: 401, Description: "No."}, []string{bearer, dpop}},
		"of an outage":   {guard, ginauth0api.Error{Status: 503, Kind: "mine"}, nil},
		"no challenge":   {guard, ginauth0api.Error{Status: 404, Kind: "mine"}, nil},
		"with quotes and lines": {
			guard,
			ginauth0api.Error{Status: 401, Kind: "a\"\r\nX: y", Description: `\é`},
			[]string{bearer + `, error="a???X: y", error_description="???"`, dpop},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := protect(t, func(c *gin.Context) { test.guard.Refuse(c, &test.own) }).get()
			if got.status != test.own.Status || !slices.Equal(got.challenges(), test.want) {
				t.Errorf("%d %q, want %q", got.status, got.challenges(), test.want)
			}
		})
	}
}

// A body that needs escapes is still JSON, and fit for HTML.
func TestBodyOfOwnErrors(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	own := &ginauth0api.Error{Status: http.StatusTeapot, Kind: `a"b`, Code: "<&>", Description: "é\n"}
	got := protect(t, func(c *gin.Context) { guard.Refuse(c, own) }).get()
	if want := `{"error":"a\"b","error_description":"é\n","error_code":"\u003c\u0026\u003e"}`; got.body != want {
		t.Errorf("body %s, want %s", got.body, want)
	}
}
