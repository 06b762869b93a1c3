package ginauth0api

import (
	"context"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// Event is one thing to count. Every field comes from a small closed set, so
// that it can be the label of a metric.
type Event struct {
	// Name says what happened:
	//
	//	accepted               a handler let a request through
	//	refused                a request was refused with Code
	//	jwks_fetch             signing keys were fetched, in Duration
	//	jwks_fetch_failed      a fetch failed, after Duration
	//	jwks_stale_used        old keys served because new ones cannot be had
	//	unknown_kid_throttled  an unknown key caused no fetch
	Name string
	// Code is the error code of a refusal, "other" for one that the application
	// made up.
	Code string
	// Issuer is the trusted issuer that the event is about, otherwise empty.
	Issuer string
	// Duration is how long a fetch took, otherwise 0.
	Duration time.Duration
}

const (
	eventAccepted = "accepted"
	eventRefused  = "refused"
)

func (g *Guard) countAccepted(ctx context.Context, token *Token) {
	if g.onEvent != nil {
		g.onEvent(ctx, Event{Name: eventAccepted, Issuer: token.Issuer()})
	}
}

func (g *Guard) countRefused(ctx context.Context, e *Error) {
	if g.onEvent != nil {
		g.onEvent(ctx, Event{Name: eventRefused, Code: g.log.label(e.Code)})
	}
}

// forwardEvents hands the events of the key set on.
func forwardEvents(onEvent func(context.Context, Event)) func(context.Context, oidc.Event) {
	if onEvent == nil {
		return nil
	}
	return func(ctx context.Context, e oidc.Event) {
		onEvent(ctx, Event{Name: e.Name, Issuer: e.Issuer, Duration: e.Duration})
	}
}
