// Package paste writes what developers paste: the settings of a program, and a command that gets a token.
package paste

import (
	"net/url"
	"strings"
)

// Settings are the lines of a file .env for a program that is one client of a tenant. Without a secret or an audience
// these have no line.
func Settings(issuer, clientID, clientSecret, audience string) string {
	var lines strings.Builder
	for _, setting := range []struct{ name, value string }{
		{"AUTH0_DOMAIN", issuer},
		{"AUTH0_CLIENT_ID", clientID},
		{"AUTH0_CLIENT_SECRET", clientSecret},
		{"AUTH0_AUDIENCE", audience},
	} {
		if setting.value != "" {
			lines.WriteString(setting.name + "=" + quoted(setting.value) + "\n")
		}
	}
	return lines.String()
}

// Token is a shell command that gets a token for an API by client credentials (RFC 6749 section 4.4). The URL is that
// of the tenant, without a slash at its end.
func Token(tenant, clientID, clientSecret, audience string) string {
	return "curl -s " + word(tenant+"/oauth/token") + " -d grant_type=client_credentials -d client_id=" + inForm(clientID) +
		" -d client_secret=" + inForm(clientSecret) + " -d audience=" + inForm(audience)
}

// quoted is a value as readers of .env files take it. Where a shell reads the file it runs nothing, and takes all but
// line breaks as they are.
func quoted(value string) string {
	switch {
	case plain(value):
		return value
	case !strings.ContainsAny(value, "'\n"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`", "\n", `\n`).Replace(value) + `"`
}

// word is a value as a word of a shell command (POSIX.1-2024, Shell Command Language, 2.2.2).
func word(value string) string {
	if plain(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// inForm is a value as a form holds it. Of what a form writes in another way it leaves alone what is good to read and
// means nothing to a shell.
func inForm(value string) string {
	return strings.NewReplacer("%3A", ":", "%2F", "/", "~", "%7E").Replace(url.QueryEscape(value))
}

// plain tells whether no character of a value means something to a shell.
func plain(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-_.:/@", r)
	})
}
