package main

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// describe prints where the tenant is, the settings that programs read from their environment or from a file .env, and
// how to get a token.
func (s *settings) describe(w io.Writer, tenant *auth0test.Tenant) {
	advice := "so keep it on this machine."
	if s.anyAddress {
		advice = "and other machines may reach it."
	}
	fmt.Fprintf(w, "The development tenant is at %s - anybody may be anybody there, %s\n\n", tenant.URL(), advice)
	for _, setting := range []struct{ name, value string }{
		{"AUTH0_DOMAIN", tenant.Issuer()},
		{"AUTH0_CLIENT_ID", s.clientID},
		{"AUTH0_CLIENT_SECRET", s.clientSecret},
		{"AUTH0_AUDIENCE", s.audience},
	} {
		fmt.Fprintf(w, "%s=%s\n", setting.name, quoted(setting.value))
	}
	fmt.Fprintf(w, "\nA token for the API:\n"+
		"curl -s %s -d grant_type=client_credentials -d client_id=%s -d client_secret=%s -d audience=%s\n",
		quoted(tenant.URL()+"/oauth/token"), inForm(s.clientID), inForm(s.clientSecret), inForm(s.audience))
}

// quoted is a value as shells and readers of .env files take it.
func quoted(value string) string {
	switch {
	case !strings.ContainsFunc(value, func(r rune) bool { return !plain(r) }):
		return value
	case !strings.ContainsAny(value, "'\n"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `\n`).Replace(value) + `"`
}

// inForm is a value as a form holds it. Of what a form writes in another way it leaves alone what is good to read and
// means nothing to a shell.
func inForm(value string) string {
	return strings.NewReplacer("%3A", ":", "%2F", "/").Replace(url.QueryEscape(value))
}

func plain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:/@", r)
}
