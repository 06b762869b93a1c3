package ginauth0

import (
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// departure is where a browser leaves from for the tenant.
type departure struct {
	base     baseURL
	routes   *mountedRoutes
	provider *oidc.Provider // set by whoever knows which
}

// prepare says where a browser leaves from, or why it cannot: [ErrNotMounted],
// [ErrResponseStarted], [ErrBadRequest] for an unknown host.
func (a *Auth) prepare(c *gin.Context) (departure, error) {
	m, err := a.mounted()
	if err != nil {
		return departure{}, err
	}
	if cannotWrite(c) {
		return departure{}, ErrResponseStarted
	}
	base, err := a.settings.baseOf(c.Request)
	return departure{base: base, routes: m}, err
}

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
	redirect(c, location)
	return nil
}
