package ginauth0api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/slots"
)

// rememberedHeaders is how many keys an issuer may be expected to sign with at a
// time, and some more.
const rememberedHeaders = 64

// The defaults of the settings.
const (
	defaultProofAge       = 300 * time.Second
	defaultProofLeeway    = 30 * time.Second
	defaultNonceLifetime  = 5 * time.Minute
	defaultReplayCapacity = 1 << 20
	defaultCacheEntries   = 10_000
	defaultCacheAge       = time.Minute
)

// New makes a Guard. It makes no request: the signing keys are fetched when the
// first token needs them, so that an unreachable issuer does not stop the
// program from starting. Use [Guard.Warm] to fetch them earlier.
//
// ctx bounds the background work of the Guard, not the requests. The error joins
// one [*ConfigError] for each mistake in cfg.
func New(ctx context.Context, cfg Config) (*Guard, error) {
	settings, err := cfg.validate(ctx)
	if err != nil {
		return nil, err
	}
	template := settings.keys
	template.HTTPClient = cfg.HTTPClient
	template.Logger = cfg.Logger
	template.OnEvent = forwardEvents(cfg.OnEvent)
	g := &core{
		now:               time.Now,
		audience:          slices.Clone(cfg.Audience),
		algorithms:        slices.Clone(cfg.Algorithms),
		leeway:            cfg.Leeway,
		requireRFC9068:    cfg.RequireRFC9068,
		scopeClaim:        orDefault(cfg.ScopeClaim, "scope"),
		tokenChecks:       slices.Clone(cfg.TokenChecks),
		realm:             orDefault(cfg.Realm, "api"),
		allowPreflight:    cfg.AllowPreflight,
		clientCertificate: cfg.ClientCertificate,
		proxy:             settings.proxy,
		client:            settings.client,
		resource:          settings.resource,
		onError:           cfg.OnError,
		onEvent:           cfg.OnEvent,
	}
	if len(g.algorithms) == 0 {
		g.algorithms = []string{"RS256"}
	}
	if g.clientCertificate == nil {
		g.clientCertificate = peerCertificate
	}
	g.issuers = newIssuers(ctx, settings.issuers, template, g.urlOf)
	g.headers = slots.New[jws.Header](rememberedHeaders)
	g.cache = newTokenCache(cfg.TokenCache, g.readClock)
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	g.log = newRefusalLog(logger)
	g.setProofRules(cfg.DPoP)
	g.setChallenges()
	return &Guard{core: g, mode: cfg.DPoP.Mode}, nil
}

// setProofRules fills in the defaults of what concerns DPoP.
func (g *core) setProofRules(cfg DPoPConfig) {
	g.dpopAlgorithms = slices.Clone(cfg.Algorithms)
	if len(g.dpopAlgorithms) == 0 {
		g.dpopAlgorithms = []string{"ES256"}
	}
	g.allowBoundAsBearer = cfg.AllowBoundTokenAsBearer
	maxAge, leeway := orDefault(cfg.MaxAge, defaultProofAge), orDefault(cfg.Leeway, defaultProofLeeway)
	g.proofs = proofRules{
		verifier:                dpop.NewVerifier(dpop.Rules{Algorithms: g.dpopAlgorithms, MaxAge: maxAge, Leeway: leeway}),
		maxAge:                  maxAge,
		replay:                  cfg.ReplayStore,
		allowReplayStoreFailure: cfg.AllowReplayStoreFailure,
	}
	if cfg.ReplayStore == nil {
		g.proofs.replay = newReplayMemory()
	}
	_, g.proofs.inMemory = g.proofs.replay.(*dpop.ReplayMemory)
	if len(cfg.Nonce.Keys) > 0 {
		keys := make([][]byte, 0, len(cfg.Nonce.Keys))
		for _, key := range cfg.Nonce.Keys {
			keys = append(keys, []byte(key))
		}
		g.proofs.nonces = dpop.NewNonces(keys, orDefault(cfg.Nonce.Lifetime, defaultNonceLifetime))
	}
}

// newReplayMemory is the memory of a Guard that was given none.
func newReplayMemory() ReplayStore {
	memory, err := dpop.NewReplayMemory(defaultReplayCapacity)
	if err != nil {
		panic("ginauth0api: " + err.Error()) // for a capacity below 1 alone
	}
	return memory
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Close ends the background work and returns when it has ended. It may be called
// more than once. Keys that are held serve on until they are too old; nothing is
// fetched any more.
func (g *Guard) Close() {
	g.issuers.close()
	g.cache.close()
}

// urlOf is the public URL of a request, empty if it cannot be formed.
func (g *core) urlOf(r *http.Request) *url.URL {
	address, err := g.proxy.of(r)
	if err != nil {
		return &url.URL{}
	}
	return address.url()
}

// readClock is the clock of the moment, which tests replace.
func (g *core) readClock() time.Time { return g.now() }

// Warm fetches the signing keys now, for readiness probes and for programs that
// want to fail early. The error is an [*Error] of the kind [ErrUpstream].
func (g *Guard) Warm(ctx context.Context) error {
	if err := g.issuers.warm(ctx); err != nil {
		return keyError(err)
	}
	return nil
}
