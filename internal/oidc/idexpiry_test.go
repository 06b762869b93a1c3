package oidc_test

import (
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func TestIDTokenExpired(t *testing.T) {
	t.Parallel()
	at := loginTime.Unix()
	for name, test := range map[string]struct {
		token   string
		expired bool
	}{
		"in a second":     {idToken(t, map[string]any{"exp": at + 1}), false},
		"now":             {idToken(t, map[string]any{"exp": at}), true},
		"a second ago":    {idToken(t, map[string]any{"exp": at - 1}), true},
		"by a fraction":   {idToken(t, map[string]any{"exp": float64(at) - 0.5}), true},
		"never":           {idToken(t, map[string]any{"exp": nil}), false},
		"not in a number": {idToken(t, map[string]any{"exp": "1"}), false},
		"no token":        {"x.y.z", false},
		"nothing":         {"", false},
	} {
		if got := oidc.IDTokenExpired(test.token, loginTime); got != test.expired {
			t.Errorf("%s: %v", name, got)
		}
	}
}
