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
	//	token_cache_hit        a token was known, and needed no signature check
	//	token_cache_miss       a token was not known
	//	replay_refused         a DPoP proof was used before
	//	replay_store_failed    the memory of proofs has failed, or is full
	//	token_endpoint_call    the token endpoint was asked, in Duration
	Name string
	// Code is the error code of a refusal, or of a call of the token endpoint
	// that failed; "other" for one that the application or the issuer made up.
	Code string
	// Issuer is the trusted issuer that the event is about, otherwise empty.
	Issuer string
	// Duration is how long a fetch or a call took, otherwise 0.
	Duration time.Duration
}

const (
	eventAccepted = "accepted"
	eventRefused  = "refused"

	eventCacheHit          = "token_cache_hit"
	eventCacheMiss         = "token_cache_miss"
	eventReplayRefused     = "replay_refused"
	eventReplayStoreFailed = "replay_store_failed"
)

func (g *core) count(ctx context.Context, e Event) {
	if g.onEvent != nil {
		g.onEvent(ctx, e)
	}
}

func (g *core) countAccepted(ctx context.Context, token *Token) {
	if g.onEvent != nil { // Issuer costs an allocation
		g.onEvent(ctx, Event{Name: eventAccepted, Issuer: token.Issuer()})
	}
}

func (g *core) countRefused(ctx context.Context, e *Error) {
	g.count(ctx, Event{Name: eventRefused, Code: g.log.label(e.Code)})
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
