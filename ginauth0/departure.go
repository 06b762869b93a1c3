package ginauth0

import (
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// departure is where a browser leaves from for the tenant.
type departure struct {
	base        baseURL
	routes      *mountedRoutes
	redirectURI string // where it comes back to
}

// departureOf says where a browser leaves from, or why it cannot: [ErrNotMounted], also if
// the route is off that it would come back to, [ErrResponseStarted], [ErrBadRequest] for
// an unknown host. answered says that there is nothing left to do: nothing may change for
// a speculative request.
func (a *Auth) departureOf(c *gin.Context, callback func(*mountedRoutes) string) (d departure, answered bool, err error) {
	m, err := a.mounted()
	switch {
	case err != nil:
		return d, false, err
	case callback(m) == "":
		return d, false, errRouteOff
	case speculative(c.Request):
		nothing(c)
		return d, true, nil
	case cannotWrite(c):
		return d, false, ErrResponseStarted
	}
	base, err := a.settings.baseOf(c.Request)
	return departure{base: base, routes: m, redirectURI: base.String() + callback(m)}, false, err
}

// callbackOf is where logins come back to.
func callbackOf(m *mountedRoutes) string { return m.callback }

// depart writes the attempt into its cookie and sends the browser to location. The
// error is [ErrBadRequest], for an attempt that is too long.
func (a *Auth) depart(c *gin.Context, d departure, attempt *attempt, wanted, location string) error {
	ctx, now, h := c.Request.Context(), a.now(), c.Writer.Header()
	returnTo, accepted := a.returnPath(wanted, d.base, d.routes)
	attempt.ReturnTo = returnTo
	evicted, fits := a.attempts.write(h, c.Request, attempt, now)
	if !fits {
		attempt.ReturnTo, accepted = a.defaultPath(d.base), false
		if evicted, fits = a.attempts.write(h, c.Request, attempt, now); !fits {
			return badRequest("the login does not fit into a cookie")
		}
	}
	if wanted != "" && !accepted {
		a.settings.Logger.LogAttrs(ctx, slog.LevelInfo, "a login's returnTo was replaced by the default")
	}
	for range evicted {
		a.event(ctx, Event{Name: eventAttemptEvicted, Issuer: attempt.Issuer})
		a.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a login in progress was evicted", slog.String("issuer", attempt.Issuer))
	}
	a.noteHost(c.Request, d.base)
	redirect(c, location)
	return nil
}

// noteHost says in the log that a browser leaves from another host than it comes back to,
// since it will not bring the cookie of the attempt then. Cookies know no ports (RFC 6265
// section 8.5). With several base URLs the host has decided.
func (a *Auth) noteHost(r *http.Request, base baseURL) {
	host, err := authority.Parse(r.Host)
	if len(a.settings.bases) != 1 || err == nil && host.Host == base.host.Host {
		return
	}
	shown := r.Host[:min(len(r.Host), maxLoggedHost)]
	if err != nil {
		shown = strconv.QuoteToASCII(shown)
	}
	a.settings.Logger.LogAttrs(r.Context(), slog.LevelDebug,
		"the login begins at another host than BaseURL; its cookie will not come back, unless a proxy changes Host or Session.Domain covers both",
		slog.String("host", shown), slog.String("base_url_host", base.host.String()))
}

// maxLoggedHost is how many bytes of a Host header go into the log.
const maxLoggedHost = 64
