package ginauth0

import (
	"context"
	"time"
)

// wish is what a refresh token is to be used for.
type wish interface {
	// key sets it apart from the other wishes of a session.
	key() runKey
	// choose decides without the tenant: the token that a record has for what is
	// wanted, or found false if one has to be got with the refresh token. The error is
	// [ErrNoRefreshToken].
	choose(r *record, now time.Time) (t recordToken, found bool, err error)
	// ask uses the refresh token of a session, and puts the token that it gets into the
	// outcome of the run. A nil result has nothing that could be kept.
	ask(ctx context.Context, f *refreshing, state *record) (*refreshed, error)
}
