package ginauth0api

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// New makes a Guard. It makes no request: the signing keys are fetched when the
// first token needs them, so that an unreachable issuer does not stop the
// program from starting. Use [Guard.Warm] to fetch them earlier.
//
// ctx bounds the background work of the Guard, not the requests. The error joins
// one [*ConfigError] for each mistake in cfg.
func New(ctx context.Context, cfg Config) (*Guard, error) {
	source, err := cfg.validate(ctx)
	if err != nil {
		return nil, err
	}
	source.HTTPClient = cfg.HTTPClient
	source.Logger = cfg.Logger
	source.OnEvent = forwardEvents(cfg.OnEvent)
	g := &core{
		provider:          oidc.New(ctx, source),
		now:               time.Now,
		audience:          slices.Clone(cfg.Audience),
		algorithms:        slices.Clone(cfg.Algorithms),
		leeway:            cfg.Leeway,
		requireRFC9068:    cfg.RequireRFC9068,
		scopeClaim:        cfg.ScopeClaim,
		realm:             cfg.Realm,
		allowPreflight:    cfg.AllowPreflight,
		clientCertificate: cfg.ClientCertificate,
		onError:           cfg.OnError,
		onEvent:           cfg.OnEvent,
	}
	if len(g.algorithms) == 0 {
		g.algorithms = []string{"RS256"}
	}
	if g.scopeClaim == "" {
		g.scopeClaim = "scope"
	}
	if g.realm == "" {
		g.realm = "api"
	}
	if g.clientCertificate == nil {
		g.clientCertificate = peerCertificate
	}
	g.cache = newTokenCache(cfg.TokenCache, g.readClock)
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	g.log = newRefusalLog(logger)
	g.dpopAlgorithms = slices.Clone(cfg.DPoP.Algorithms)
	if len(g.dpopAlgorithms) == 0 {
		g.dpopAlgorithms = []string{"ES256"}
	}
	g.proofAlgorithms = strings.Join(g.dpopAlgorithms, " ")
	g.allowBoundAsBearer = cfg.DPoP.AllowBoundTokenAsBearer
	return &Guard{core: g, mode: cfg.DPoP.Mode}, nil
}

// Close ends the background work and returns when it has ended. It may be called
// more than once. Keys that are held serve on until they are too old; nothing is
// fetched any more.
func (g *Guard) Close() {
	g.provider.Close()
	g.cache.close()
}

// readClock is the clock of the moment, which tests replace.
func (g *core) readClock() time.Time { return g.now() }

// Warm fetches the signing keys now, for readiness probes and for programs that
// want to fail early. The error is an [*Error] of the kind [ErrUpstream].
func (g *Guard) Warm(ctx context.Context) error {
	if err := g.provider.Warm(ctx); err != nil {
		return keyError(err)
	}
	return nil
}
