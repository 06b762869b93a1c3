package ginauth0

import (
	"context"
	"errors"
	"log/slog"
)

// Event is one thing to count. Every field comes from a small closed set, so
// that it can be the label of a metric.
type Event struct {
	// Name says what happened:
	//
	//	login_started        a browser was sent to the tenant to log in
	//	login                a login ended in a session
	//	login_refused        a callback, or another way to sign in, was refused with Code
	//	logout               a browser asked for a logout
	//	backchannel_logout   the tenant logged somebody out
	//	backchannel_refused  a logout token was refused with Code
	//	session_expired      a session was over
	//	session_unreadable   the cookies of a session did not open, or its row is gone
	//	refresh              a refresh token was used, also for a token of a connection
	//	refresh_shared       a request got what another one's refresh brought
	//	refresh_failed       a refresh failed with Code
	//	store_failed         session store, logout store or refresh lock failed
	//	attempt_evicted      a login in progress made room for others
	Name string
	// Code is the error code that the answer has, otherwise empty.
	Code string
	// Issuer is the tenant that the event is about, empty if none is known.
	Issuer string
}

const (
	eventLoginStarted       = "login_started"
	eventLogin              = "login"
	eventLoginRefused       = "login_refused"
	eventLogout             = "logout"
	eventBackchannelLogout  = "backchannel_logout"
	eventBackchannelRefused = "backchannel_refused"
	eventSessionExpired     = "session_expired"
	eventSessionUnreadable  = "session_unreadable"
	eventRefresh            = "refresh"
	eventRefreshShared      = "refresh_shared"
	eventRefreshFailed      = "refresh_failed"
	eventStoreFailed        = "store_failed"
	eventAttemptEvicted     = "attempt_evicted"
)

// event counts.
func (a *Auth) event(ctx context.Context, e Event) {
	if a.settings.OnEvent != nil {
		a.settings.OnEvent(ctx, e)
	}
}

// countStoreFailure counts an error if a store has failed, and not the browser that did
// not wait for it.
func (a *Auth) countStoreFailure(ctx context.Context, issuer string, err error) {
	if (errors.Is(err, ErrStore) || errors.Is(err, ErrConflict)) && !left(ctx, err) {
		a.event(ctx, Event{Name: eventStoreFailed, Issuer: issuer})
	}
}

// unlessLeft is the level of an error in the log: Debug if the browser has left, since
// there is nothing to repair.
func unlessLeft(ctx context.Context, err error, level slog.Level) slog.Level {
	if left(ctx, err) {
		return slog.LevelDebug
	}
	return level
}

// left reports whether an error came of nothing but that the browser has left.
func left(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled)
}
