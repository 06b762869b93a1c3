package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// refreshOutcome is what a refresh came to, for all who waited for it.
type refreshOutcome struct {
	token   recordToken
	later   refreshes // what the session of the caller does not have yet
	found   kept      // the session, as it was read again
	written bool      // found is newer than later: its row was written with them
	over    bool      // the session is over: rows and marks say so already
	err     error     // also beside what is to be written
}

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

// refreshing is one run on its way.
type refreshing struct {
	*refreshOutcome
	auth    *Auth
	request *http.Request // of the caller who came first, without its end
	before  *record       // its session
	want    wish
	asked   bool
}

// refresh brings a token that the session of a request does not have, in one run for all
// who want the same. The error says that there is no outcome for this caller.
func (a *Auth) refresh(r *http.Request, found kept, want wish) (*refreshOutcome, error) {
	ctx, before := r.Context(), found.record
	key := want.key()
	key.result = resultKeyOf(before.RID, before.RefreshToken)
	request := r.Clone(context.WithoutCancel(ctx)) // a handler may change its own
	outcome, shared, err := a.refresher.queue.do(ctx, before.RID, key, func(ctx context.Context) *refreshOutcome {
		run := &refreshing{
			refreshOutcome: &refreshOutcome{found: found}, auth: a, request: request.WithContext(ctx), before: before, want: want,
		}
		run.err = run.run(ctx)
		run.report(ctx)
		return run.refreshOutcome
	})
	if shared && err == nil && outcome.err == nil {
		a.event(ctx, Event{Name: eventRefreshShared, Issuer: before.Issuer})
	}
	return outcome, err
}

// run does what is left to do when its turn has come.
func (f *refreshing) run(ctx context.Context) error {
	looking, cancel := context.WithTimeout(ctx, f.auth.refresher.limit)
	defer cancel()
	if done, err := f.look(looking); done || err != nil {
		return err
	}
	unlock, ends, err := f.auth.refresher.acquire(ctx, f.before)
	if err != nil {
		return err
	}
	defer unlock()
	locked := time.Now()
	saving, cancel := context.WithDeadline(ctx, ends)
	defer cancel()
	if done, err := f.lookAgain(saving); done || err != nil {
		return err
	}
	// The tenant's answer must not come when it is too late to keep it: the refresh
	// token that was used may be worth nothing then.
	if time.Since(locked) > f.auth.refresher.slow {
		return fmt.Errorf("%w: too slow for a refresh", ErrStore)
	}
	working, cancel := context.WithTimeout(ctx, f.auth.refresher.limit)
	defer cancel()
	state := f.state()
	result, err := f.want.ask(working, f, state)
	if invalidGrant(err) != nil {
		// Somebody may have been here although the lock was ours, if it had lapsed.
		if done, err := f.lookAgain(working); done || err != nil {
			return err
		}
		if next := f.state(); next.RefreshToken != state.RefreshToken {
			state = next
			result, err = f.want.ask(working, f, state)
		}
	}
	refusal := invalidGrant(err)
	switch {
	case refusal != nil && refusal.Op == opRefresh:
		return f.refused(saving, state, err)
	case errors.Is(err, ErrBadIDToken):
		f.end(saving)
		return err
	case result == nil && err == nil: // a token that is not kept
		return f.writeRow(saving)
	case result == nil:
		return err
	}
	return errors.Join(err, f.save(saving, state, result))
}

// state is the session as it is now. It is a copy.
func (f *refreshing) state() *record {
	state := *f.found.record
	f.later.apply(&state)
	return &state
}

// look follows kept results, and is done if they hold what is wanted.
func (f *refreshing) look(ctx context.Context) (done bool, err error) {
	results, err := f.auth.refresher.newest(ctx, f.found.record)
	if err != nil {
		return false, storeError(err)
	}
	f.later = results
	token, found, err := f.want.choose(f.state(), f.auth.now())
	if err != nil || !found {
		return false, err
	}
	f.token = token
	return true, f.writeRow(ctx)
}

// lookAgain reads the row again, if there is one, before it looks.
func (f *refreshing) lookAgain(ctx context.Context) (done bool, err error) {
	found, err := f.auth.keeper.reread(f.request.WithContext(ctx), f.found)
	switch {
	case errors.Is(err, errGone):
		f.over = true
		return false, ErrNoSession
	case err != nil:
		return false, err
	}
	f.found = found
	return f.look(ctx)
}

// save keeps what the tenant has answered: in this process, in the row, for other
// processes. From the first of these on nothing is lost.
func (f *refreshing) save(ctx context.Context, state *record, result *refreshed) error {
	refresher := f.auth.refresher
	refresher.keep(state, result)
	f.later = append(f.later, result)
	row := insist(ctx, f.writeRow)
	if f.over {
		refresher.forget(ctx, f.before)
		return row
	}
	shared := refresher.share(ctx, state, result)
	switch {
	case row != nil:
		return row
	case shared != nil && f.written:
		f.auth.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "the result of a refresh could not be shared", slog.Any("cause", shared))
		return nil
	}
	return storeError(shared)
}

// writeRow writes what came later into the row of the session. Without rows that is
// for the answers of those who wait.
func (f *refreshing) writeRow(ctx context.Context) error {
	if !f.auth.keeper.vault.hasRow(f.found) {
		return nil
	}
	if len(f.later) == 0 {
		f.written = true
		return nil
	}
	found, err := f.auth.keeper.change(f.request.WithContext(ctx), nil, f.found, f.token.Token, f.later.apply)
	switch {
	case errors.Is(err, errGone): // a logout that nothing undoes
		f.over = true
		return ErrNoSession
	case err != nil:
		return err
	}
	f.found, f.written = found, true
	return nil
}

// refused takes a refresh token that is worth nothing out of the session, or ends
// the session.
func (f *refreshing) refused(ctx context.Context, state *record, err error) error {
	if f.auth.settings.EndSessionOnInvalidGrant {
		f.end(ctx)
		return err
	}
	f.later = append(f.later, f.auth.resultOf(state, ""))
	return errors.Join(err, f.writeRow(ctx))
}

// end ends the session for everybody.
func (f *refreshing) end(ctx context.Context) {
	f.over = true
	f.auth.keeper.end(f.request.WithContext(ctx), nil, f.found)
	f.auth.markEnded(ctx, f.before)
}

// report counts and logs how it went.
func (f *refreshing) report(ctx context.Context) {
	event := Event{Name: eventRefresh, Issuer: f.before.Issuer}
	switch {
	case f.err != nil:
		event.Name, event.Code = eventRefreshFailed, answerOf(f.err).code
		f.auth.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "a refresh failed",
			slog.String("issuer", event.Issuer), slog.String("error", event.Code), slog.String("session", f.before.trace()), slog.Any("cause", f.err))
		f.auth.countStoreFailure(ctx, event.Issuer, f.err)
	case !f.asked:
		event.Name = eventRefreshShared
	}
	f.auth.event(ctx, event)
}
