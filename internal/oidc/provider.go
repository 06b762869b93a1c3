// Package oidc deals with one issuer: the rules of its name, its discovery
// document and key set, the checks of its ID tokens and its token endpoint.
//
// A [Provider] fetches nothing before something is needed. What it holds are
// immutable snapshots behind atomic pointers, read without a lock; what it
// fetches is shared by all who wait and belongs to none of them.
package oidc

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// Config says which issuer a Provider serves. Only Domain is needed.
type Config struct {
	Domain     Domain
	JWKSURI    string                       // a fixed key-set address instead of discovery
	StaticKeys []jws.Key                    // fixed keys; nothing is fetched. Excludes JWKSURI
	HTTPClient *http.Client                 // copied, never changed. Nil: a client of its own
	Timeout    time.Duration                // of a whole exchange with an endpoint; 0: 10 s
	Header     http.Header                  // sent with each request
	Logger     *slog.Logger                 // nil: discard
	OnEvent    func(context.Context, Event) // nil: none. Must return fast
	Now        func() time.Time             // nil: time.Now
}

// Event is something to count: "jwks_fetch", "jwks_fetch_failed",
// "jwks_stale_used" or "unknown_kid_throttled".
type Event struct {
	Name     string
	Issuer   string
	Duration time.Duration // of a fetch, otherwise 0
}

// Provider is one issuer. It is safe for concurrent use.
type Provider struct {
	domain  Domain
	jwksURI string       // fixed, or empty
	static  bool         // fixed keys: nothing is fetched
	client  *http.Client // for discovery and keys
	caller  *http.Client // for endpoints
	timeout time.Duration
	header  http.Header
	logger  *slog.Logger
	onEvent func(context.Context, Event)
	now     func() time.Time
	jitter  func() float64  // 0 to 1
	signed  func(*Provider) // is told of good signatures of tokens verified here; nil: nobody is

	ctx       context.Context // ends all background work //nolint:containedctx // its lifetime is the Provider's
	cancel    context.CancelFunc
	work      sync.WaitGroup
	closeIdle func() // of a client of its own

	exactIssuer atomic.Pointer[string] // nil until discovery has answered
	document    atomic.Pointer[document]
	keys        atomic.Pointer[snapshot]
	staleWarned atomic.Pointer[backOff] // the back-off step already warned about

	mu        sync.Mutex // of what follows; never held across I/O
	discovery *flight
	keySet    *flight
	started   atomic.Uint64 // key-set flights so far; written under mu
	unknown   unknownKeys

	backOff   atomic.Pointer[backOff] // never nil; written under mu
	inTransit atomic.Bool             // keySet is not nil; written under mu
}

// New returns the Provider of an issuer. It makes no request and starts no
// goroutine. Once ctx is done, or after Close, nothing is fetched any more and
// held keys serve until their stale limit.
func New(ctx context.Context, cfg Config) *Provider {
	p := &Provider{
		domain:  cfg.Domain,
		timeout: cfg.Timeout,
		jwksURI: cfg.JWKSURI,
		header:  cfg.Header.Clone(),
		logger:  cfg.Logger,
		onEvent: cfg.OnEvent,
		now:     cfg.Now,
		jitter:  rand.Float64,
	}
	if p.timeout == 0 {
		p.timeout = defaultTimeout
	}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	if p.onEvent == nil {
		p.onEvent = func(context.Context, Event) {}
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	client := cfg.HTTPClient
	p.closeIdle = func() {}
	if client == nil {
		client, p.closeIdle = NewClient(p.ctx)
	}
	p.client = fetchClient(client, cfg.Domain)
	p.caller = endpointClient(client)
	p.unknown.init(p.now())
	p.backOff.Store(&backOff{})
	if cfg.JWKSURI != "" || cfg.StaticKeys != nil {
		// Nobody is asked, so the spelling of the configuration is the issuer.
		p.exactIssuer.Store(&p.domain.written)
	}
	if cfg.StaticKeys != nil {
		p.static = true
		p.keys.Store(staticSnapshot(cfg.StaticKeys))
	}
	return p
}

// Close ends background work and returns when it has ended. It is idempotent.
func (p *Provider) Close() {
	p.mu.Lock()
	p.cancel() // under the lock: no flight starts behind it
	p.mu.Unlock()
	p.work.Wait()
	p.closeIdle()
}

// Domain returns the configured domain.
func (p *Provider) Domain() Domain { return p.domain }

// Issuer returns the name of the issuer: the exact one once it is known, until
// then the first spelling.
func (p *Provider) Issuer() string {
	if exact := p.exactIssuer.Load(); exact != nil {
		return *exact
	}
	return p.domain.written
}

// Trusts reports whether iss names this issuer: by either spelling until its
// discovery document has been read, exactly from then on. It makes no request.
func (p *Provider) Trusts(iss string) bool {
	if exact := p.exactIssuer.Load(); exact != nil {
		return iss == *exact
	}
	return p.domain.Stands(iss)
}

// Metadata returns the discovery document, which is fetched if there is none
// yet. From an age of one hour on it is fetched again in the background; a
// document older than 24 hours does not serve any more. Errors are
// *[UnavailableError].
func (p *Provider) Metadata(ctx context.Context) (*Metadata, error) {
	held := p.document.Load()
	if held != nil {
		age := p.now().Sub(held.fetched)
		if age < discoveryLifetime {
			return &held.metadata, nil
		}
		if age < maxStale {
			p.startDiscovery() //nolint:errcheck // in the background; a failure shows when the document is too old
			return &held.metadata, nil
		}
	}
	f, err := p.startDiscovery()
	if err == nil {
		err = p.wait(ctx, f)
	}
	if err != nil {
		return nil, p.unavailable(err)
	}
	return &p.document.Load().metadata, nil
}

// Warm fetches discovery document and keys unless fresh ones are held.
func (p *Provider) Warm(ctx context.Context) error {
	if held := p.keys.Load(); held != nil && p.now().Before(held.expires) {
		return nil
	}
	f, err := p.startKeySet()
	if err == nil {
		err = p.wait(ctx, f)
	}
	if err != nil {
		return p.unavailable(err)
	}
	return nil
}

// unavailable wraps a failure with the time for which no fetch is made.
func (p *Provider) unavailable(err error) error {
	var already *UnavailableError
	if errors.As(err, &already) {
		return err
	}
	return &UnavailableError{RetryAfter: max(p.backOff.Load().rest(p.now()), time.Second), Err: err}
}
