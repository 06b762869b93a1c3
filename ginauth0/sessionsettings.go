package ginauth0

import (
	"net/http"
	"strings"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

func (s *settings) judgeSession(p *problems) {
	c := &s.Session
	if c.Name == "" {
		c.Name = defaultSessionName
	}
	if c.AttemptPrefix == "" {
		c.AttemptPrefix = defaultAttemptPrefix
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == 0 || c.SameSite == http.SameSiteDefaultMode {
		c.SameSite = http.SameSiteLaxMode
	}
	https := len(s.bases) > 0 && s.bases[0].scheme == "https"
	for _, name := range []struct{ field, value string }{{"Session.Name", c.Name}, {"Session.AttemptPrefix", c.AttemptPrefix}} {
		if (&http.Cookie{Name: name.value, Value: "x"}).Valid() != nil {
			p.add(name.field, "is no cookie name: use letters, digits, - and _")
		}
		if strings.HasPrefix(name.value, "__Host-") && (!https || c.Domain != "" || c.Path != "/") {
			p.add(name.field, "with __Host- needs https, no Domain and the path /")
		}
		if strings.HasPrefix(name.value, "__Secure-") && !https {
			p.add(name.field, "with __Secure- needs https")
		}
	}
	if strings.HasPrefix(c.Name, c.AttemptPrefix) {
		p.add("Session.AttemptPrefix", "must not be the start of Session.Name, since cookies are told apart by it")
	}
	if !strings.HasPrefix(c.Path, "/") || (&http.Cookie{Name: "a", Path: c.Path, Domain: c.Domain}).Valid() != nil {
		p.add("Session.Path", "must start with / and, as Session.Domain, have nothing that cannot stand in a cookie")
	}
	switch {
	case c.SameSite == http.SameSiteStrictMode:
		p.add("Session.SameSite", "must not be Strict: the browser would come back from the tenant without its session")
	case c.SameSite == http.SameSiteNoneMode && !https:
		p.add("Session.SameSite", "None needs https: use Lax, or an https BaseURL")
	}
	if c.Absolute < 0 || c.Inactivity < 0 {
		p.add("Session.Absolute", "and Session.Inactivity must not be negative")
	}
	if c.Absolute == 0 {
		c.Absolute = defaultAbsolute
	}
	if c.Inactivity == 0 {
		c.Inactivity = min(defaultInactivity, c.Absolute)
	}
	if c.Inactivity > c.Absolute {
		p.add("Session.Inactivity", "is above Session.Absolute, which ends the session anyway: make it shorter")
	}
	if c.Transient && !isOurs(c.Store) {
		p.add("Session.Transient", "needs the cookie store of this package: other stores write cookies with a life")
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxBytes < minMaxBytes || c.MaxBytes > maxMaxBytes {
		p.add("Session.MaxBytes", "must be between %d and %d", minMaxBytes, maxMaxBytes)
	}
}

// isOurs reports whether a store is of this module; nil is.
func isOurs(store sessions.Store) bool {
	switch store.(type) {
	case nil, *CookieStore, rows.Source:
		return true
	}
	return false
}
