package main

import (
	"fmt"
	"io"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/auth0test/internal/paste"
)

// describe prints where the tenant is, the settings that programs read from their environment or from a file .env, and
// how to get a token.
func (s *settings) describe(w io.Writer, tenant *auth0test.Tenant) {
	advice := "so keep it on this machine."
	if s.anyAddress {
		advice = "and other machines may reach it."
	}
	fmt.Fprintf(w, "The development tenant is at %s - anybody may be anybody there, %s\n\n", tenant.URL(), advice)
	fmt.Fprintln(w, paste.Settings(tenant.Issuer(), s.clientID, s.clientSecret, s.audience))
	fmt.Fprintf(w, "A token for the API:\n%s\n", paste.Token(tenant.URL(), s.clientID, s.clientSecret, s.audience))
}
