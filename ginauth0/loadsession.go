package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Session returns middleware that loads the session of a request for
// [SessionFrom] and [UserFrom], and requires nothing. A session that is over or
// does not open is cleared. While the store does not answer the page is served as to
// somebody who is not signed in, and the log says why: what needs the person wants
// [Auth.RequireSession].
func (a *Auth) Session() gin.HandlerFunc {
	return func(c *gin.Context) { a.load(c) }
}

// load finds the session of a request, once: it reads, judges, clears what is
// over and rolls what is due, before any handler writes.
func (a *Auth) load(c *gin.Context) *visit {
	v := a.visitOf(c)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.loaded {
		return v
	}
	v.loaded = true
	found, err := a.judge(c, v)
	if err != nil {
		v.err = err
		ctx := c.Request.Context()
		a.countStoreFailure(ctx, "", err)
		a.settings.Logger.LogAttrs(ctx, unlessLeft(ctx, err, slog.LevelError), "a session could not be loaded", slog.Any("cause", err))
		return v
	}
	v.hold(found)
	return v
}

// judge reads the session of a request and decides whether it lives. What is
// over is deleted. A record of nil is no session.
func (a *Auth) judge(c *gin.Context, v *visit) (kept, error) {
	ctx, nobody := c.Request.Context(), kept{}
	h := c.Writer.Header()
	if cannotWrite(c) || a.onlyReads(c.Request) {
		h = nil
	}
	found, err := a.keeper.read(c.Request)
	if err != nil || !found.present {
		return nobody, err
	}
	if found.record == nil {
		a.over(c, h, found, eventSessionUnreadable, "a session does not open")
		return nobody, nil
	}
	domain, err := a.domainOf(v, c.Request)
	if err != nil {
		return nobody, err
	}
	if found.record.Domain != domain.String() {
		return nobody, nil // of another tenant: absent for this request, and kept
	}
	marks, later, err := a.lookUp(ctx, found.record)
	if err != nil {
		return nobody, err
	}
	if later != nil {
		merged := *found.record
		later.apply(&merged)
		found.record = &merged
	}
	if !a.keeper.live(found.record) || found.record.markedBy(marks) {
		a.over(c, h, found, eventSessionExpired, "a session is over")
		return nobody, nil
	}
	if h == nil || later == nil && !a.rolls(found) {
		return found, nil
	}
	rolled, err := a.keeper.change(c.Request, h, found, "", later.apply)
	switch {
	case errors.Is(err, errGone):
		a.over(c, h, found, eventSessionExpired, "a session was ended meanwhile")
		return nobody, nil
	case err != nil:
		a.countStoreFailure(ctx, found.record.Issuer, err)
		a.settings.Logger.LogAttrs(ctx, unlessLeft(ctx, err, slog.LevelError), "a session could not be rolled", slog.Any("cause", err))
		return found, nil
	}
	return rolled, nil
}

// onlyReads reports whether loading the session for a request writes no cookie.
// One in the answer to a subresource may end up in a shared cache, and what a
// browser asks for ahead of the person is no activity of theirs.
func (a *Auth) onlyReads(r *http.Request) bool {
	skip := a.settings.Session.SkipRolling
	return subresource(r) || speculative(r) || skip != nil && skip(r)
}

// over deletes a session that cannot be served.
func (a *Auth) over(c *gin.Context, h http.Header, found kept, event, message string) {
	issuer := ""
	if found.record != nil {
		issuer = found.record.Issuer
	}
	a.event(c.Request.Context(), Event{Name: event, Issuer: issuer})
	a.settings.Logger.LogAttrs(c.Request.Context(), slog.LevelDebug, message, slog.String("session", found.record.trace()))
	a.keeper.end(c.Request, h, found)
}

// lookUp asks what happened to a session elsewhere: the marks that may end it,
// and the result of a refresh that this request's cookie does not have yet. Where
// both are kept in one place it takes one round trip.
func (a *Auth) lookUp(ctx context.Context, r *record) (marks []time.Time, later refreshes, err error) {
	keys := r.marks()
	together := a.lookup != nil && r.RefreshToken != ""
	if together {
		marks, later, err = a.refresher.newestWith(ctx, r, func(key string) ([]time.Time, []byte, bool, error) {
			return a.lookup.Look(ctx, keys, key)
		})
	} else {
		marks, err = a.settings.LogoutStore.Marked(ctx, keys...)
	}
	if err == nil && len(marks) != len(keys) {
		err = errors.New("the logout store answered for other keys")
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrStore, err)
		if !a.settings.BackchannelLogout.FailOpen {
			return nil, nil, err
		}
		a.countStoreFailure(ctx, r.Issuer, err)
		a.settings.Logger.LogAttrs(ctx, unlessLeft(ctx, err, slog.LevelWarn), "a session is served although logouts cannot be looked up", slog.Any("cause", err))
		return nil, nil, nil
	}
	if !together {
		if later, err = a.refresher.newest(ctx, r); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrStore, err)
		}
	}
	return marks, later, nil
}

// rolls reports whether the session is to be rewritten now.
func (a *Auth) rolls(found kept) bool {
	c := &a.settings.Session
	return !c.DisableRolling && (found.old || !a.now().Before(found.record.rollsAt(c)))
}
