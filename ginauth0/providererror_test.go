package ginauth0_test

import (
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Whoever reads the log wants to know what the tenant said, but nothing that a stranger
// wrote, and no secret that a server gives back as its code.
func TestWhatAProviderErrorShowsOfItsCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  ginauth0.ProviderError
		want string
	}{
		"an endpoint's own code":     {ginauth0.ProviderError{Code: "federated_connection_refresh_token_not_found", Op: "connection", Status: 401}, "(connection): federated_connection_refresh_token_not_found"},
		"an endpoint's usual code":   {ginauth0.ProviderError{Code: "invalid_grant", Op: "refresh", Status: 400}, "(refresh): invalid_grant"},
		"a registered one, callback": {ginauth0.ProviderError{Code: "access_denied", Op: "authorize"}, "(authorize): access_denied"},
		"another one, callback":      {ginauth0.ProviderError{Code: "federated_connection_refresh_token_not_found", Op: "authorize"}, "(authorize): login_failed"},
		"a token":                    {ginauth0.ProviderError{Code: "v1.MjQ5ZDU3", Op: "refresh", Status: 400}, "(refresh): login_failed"},
		"a sentence":                 {ginauth0.ProviderError{Code: "it is broken", Op: "refresh", Status: 400}, "(refresh): login_failed"},
		"no end":                     {ginauth0.ProviderError{Code: strings.Repeat("a", 65), Op: "refresh", Status: 400}, "(refresh): login_failed"},
		"nothing":                    {ginauth0.ProviderError{Op: "refresh", Status: 400}, "(refresh): login_failed"},
	} {
		if got := test.err.Error(); got != "ginauth0: the tenant refused "+test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
