package ginauth0

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// version of this module, for User-Agent and Auth0-Client.
const version = "0.1.0"

// Auth signs people in to one application at one tenant. It never changes after
// [New] and is safe for concurrent use.
type Auth struct {
	settings  *settings
	tenants   tenants
	attempts  attempts
	keeper    keeper
	lookup    rows.Lookup // marks and kept results in one call; nil: not offered
	refresher *refresher
	closeIdle func()                        // of the client that makes our requests, if it is our own
	routes    atomic.Pointer[mountedRoutes] // nil before Mount
	now       func() time.Time
}

// New judges the configuration and reports all its problems at once, each a
// *[ConfigError]. It makes no request: an application starts while its tenant
// is down. Once ctx is done, or after Close, nothing is fetched from the tenant
// any more.
func New(ctx context.Context, cfg Config) (*Auth, error) {
	return newAuth(ctx, cfg, time.Now)
}

func newAuth(ctx context.Context, cfg Config, now func() time.Time) (*Auth, error) {
	if ctx == nil {
		return nil, &ConfigError{Field: "ctx", Problem: "is nil: give it that of the program, or context.Background()"}
	}
	s, err := newSettings(cfg)
	if err != nil {
		return nil, err
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.LogoutStore == nil {
		s.LogoutStore = newMemoryMarks(now)
		if s.Routes.BackchannelLogout != off {
			s.Logger.Warn("back-channel logouts are kept in memory: other instances, and this one after a restart, do not know of them; set Config.LogoutStore")
		}
	}
	attributes := http.Cookie{
		Path: s.Session.Path, Domain: s.Session.Domain, HttpOnly: true,
		Secure: s.bases[0].scheme == "https", SameSite: s.Session.SameSite,
	}
	attemptAttributes := attributes
	attemptAttributes.SameSite = http.SameSiteLaxMode
	closeIdle := s.ensureClient(ctx)
	return &Auth{
		settings: s,
		tenants:  newTenants(ctx, s, now),
		lookup:   lookupOf(s.LogoutStore, s.RefreshLock),
		attempts: attempts{prefix: s.Session.AttemptPrefix, box: s.ring.Box("transaction"), attributes: attemptAttributes},
		keeper: keeper{
			config: &s.Session, vault: newVault(s, attributes, now), attributes: attributes, now: now, logger: s.Logger, warned: new(atomic.Bool),
		},
		refresher: newRefresher(ctx, s, now),
		closeIdle: closeIdle,
		now:       now,
	}, nil
}

// Close ends background work and returns when it has ended; a refresh that is on
// its way is waited for, HTTPTimeout and some seconds at most, since its refresh
// token may be used up already. Sessions that are there are served on. It is
// idempotent.
func (a *Auth) Close() {
	a.refresher.queue.end()
	a.tenants.close()
	a.closeIdle()
}

// ensureClient sees to it that there is a client: calls to the tenant and to APIs share
// one, and its connections. closeIdle ends one that is our own.
func (s *settings) ensureClient(ctx context.Context) (closeIdle func()) {
	if s.HTTPClient != nil {
		copied := *s.HTTPClient
		s.HTTPClient = &copied
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	client, closeConnections := oidc.NewClient(ctx)
	s.HTTPClient = client
	return func() {
		cancel()
		closeConnections()
	}
}

// newVault chooses how sessions are kept.
func newVault(s *settings, attributes http.Cookie, now func() time.Time) vault {
	name := s.Session.Name
	switch store := s.Session.Store.(type) {
	case nil:
		return &cookieVault{name: name, store: newCookieStore(s.ring, now), attributes: attributes, maxBytes: s.Session.MaxBytes}
	case *CookieStore:
		return &cookieVault{name: name, store: store, attributes: attributes, maxBytes: s.Session.MaxBytes}
	case rows.Source:
		return &rowVault{name: name, store: store.Rows(), attributes: attributes}
	default:
		return &storeVault{name: name, store: store, box: s.ring.Box("record"), now: now, attributes: attributes}
	}
}

// lookupOf returns the common look-up of two stores that keep their things in
// one place.
func lookupOf(logouts LogoutStore, lock RefreshLock) rows.Lookup {
	lookup, ok := logouts.(rows.Lookup)
	if !ok || lock == nil || !lookup.Beside(lock) {
		return nil
	}
	return lookup
}

// requestHeader names this module to the tenant.
func requestHeader(disableTelemetry bool) http.Header {
	h := http.Header{"User-Agent": {"gin-auth0/" + version}}
	if disableTelemetry {
		return h
	}
	client, err := json.Marshal(map[string]any{"name": "gin-auth0", "version": version, "env": map[string]string{"go": runtime.Version()}})
	if err == nil { // constant texts: always
		h.Set("Auth0-Client", base64.StdEncoding.EncodeToString(client))
	}
	return h
}
