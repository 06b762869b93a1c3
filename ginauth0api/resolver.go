package ginauth0api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	// resolverLimit is how long a request waits for its issuers.
	resolverLimit = 5 * time.Second
	// A call that runs for so long heeds its context badly or not at all. While
	// there are too many of them no more are made: they would pile up.
	overdueAfter    = resolverLimit + time.Second
	maxOverdueCalls = 100
)

var (
	errResolverLimit   = errors.New("the DomainResolver took longer than 5 s")
	errResolverOverdue = errors.New("too many calls of the DomainResolver go on although their context is done")
	errResolverExit    = errors.New("the DomainResolver ended its goroutine")
	errResolverEmpty   = errors.New("the DomainResolver returned no domain")
)

// resolver asks an application's DomainResolver. Each call runs in a goroutine of
// its own, because nothing else could hold it to a limit.
type resolver struct {
	resolve   func(context.Context, DomainRequest) ([]string, error)
	publicURL func(*http.Request) *url.URL

	overdue atomic.Int64 // calls that run longer than overdueAfter

	mu   sync.Mutex
	left map[*resolverCall]struct{} // running, and nobody waits for them any more
}

// resolverCall is one call. Its result may be read once done is closed.
type resolverCall struct {
	done  chan struct{}
	texts []string
	err   error
}

func newResolver(resolve func(context.Context, DomainRequest) ([]string, error), publicURL func(*http.Request) *url.URL) *resolver {
	return &resolver{resolve: resolve, publicURL: publicURL, left: map[*resolverCall]struct{}{}}
}

// ask returns the issuers that are accepted in a request: at least one, all well
// formed.
func (r *resolver) ask(request *http.Request) ([]oidc.Domain, *Error) {
	if r.overdue.Load() >= maxOverdueCalls {
		return nil, resolverTimeout.because(errResolverOverdue)
	}
	ctx, cancel := context.WithTimeoutCause(request.Context(), resolverLimit, errResolverLimit)
	defer cancel()
	call := &resolverCall{done: make(chan struct{})}
	// The call may outlive the request, which belongs to the server again then:
	// it gets copies.
	go r.run(ctx, call, DomainRequest{URL: r.publicURL(request), Header: withoutCredentials(request.Header)})
	select {
	case <-call.done:
	case <-ctx.Done():
		r.leave(call)
		return nil, resolverTimeout.because(context.Cause(ctx))
	}
	return call.result(ctx)
}

// result reads what a call that has ended came to.
func (c *resolverCall) result(ctx context.Context) ([]oidc.Domain, *Error) {
	switch {
	case c.err == nil:
		return parseDomains(c.texts)
	case ctx.Err() != nil: // it noticed before its request did
		return nil, resolverTimeout.because(context.Cause(ctx))
	}
	return nil, resolverFailed.because(c.err)
}

// run makes the call.
func (r *resolver) run(ctx context.Context, call *resolverCall, about DomainRequest) {
	overdue := time.AfterFunc(overdueAfter, func() { r.overdue.Add(1) })
	defer func() {
		if !overdue.Stop() {
			r.overdue.Add(-1)
		}
		close(call.done)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.left, call)
	}()
	defer func() {
		if value := recover(); value != nil {
			call.err = errors.New("the DomainResolver panicked: " + quoted(fmt.Sprint(value)))
		}
	}()
	call.err = errResolverExit // unless it returns
	texts, err := r.resolve(withoutToken{ctx}, about)
	if err != nil {
		err = fmt.Errorf("the DomainResolver failed: %w", err)
	}
	call.texts, call.err = texts, err
}

// leave notes that a call goes on although its request has ended.
func (r *resolver) leave(call *resolverCall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-call.done:
	default:
		r.left[call] = struct{}{}
	}
}

// wait returns when the calls that outlived their requests have ended, or after
// resolverLimit: their contexts are done, but an application may not look.
func (r *resolver) wait() {
	r.mu.Lock()
	left := make([]*resolverCall, 0, len(r.left))
	for call := range r.left {
		left = append(left, call)
	}
	r.mu.Unlock()
	limit := time.NewTimer(resolverLimit)
	defer limit.Stop()
	for _, call := range left {
		select {
		case <-call.done:
		case <-limit.C:
			return
		}
	}
}

// parseDomains reads a resolver's list. One bad entry spoils it: who knows what
// the others were meant to be.
func parseDomains(texts []string) ([]oidc.Domain, *Error) {
	if len(texts) == 0 {
		return nil, resolverFailed.because(errResolverEmpty)
	}
	domains := make([]oidc.Domain, 0, len(texts))
	for _, text := range texts {
		domain, err := oidc.ParseDomain(text)
		if err != nil {
			return nil, resolverFailed.because(errors.New("the DomainResolver returned the malformed domain " + quoted(text)))
		}
		domains = append(domains, domain)
	}
	return domains, nil
}

// withoutToken hides the token that another Guard has put into the context of the
// request: it may be the same one.
type withoutToken struct{ context.Context }

// Value finds what is not a token.
func (c withoutToken) Value(key any) any {
	switch key.(type) {
	case tokenKey, verifiedBy:
		return nil
	}
	return c.Context.Value(key)
}

// withoutCredentials copies a header but for what proves who sends it.
func withoutCredentials(header http.Header) http.Header {
	copied := make(http.Header, len(header))
	for name, lines := range header {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "Proxy-Authorization", "Cookie", "Dpop":
		default:
			copied[name] = slices.Clone(lines)
		}
	}
	return copied
}
