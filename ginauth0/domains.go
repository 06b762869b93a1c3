package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// tenants has the Provider of each domain. Nothing is shared between them but
// the client that makes their requests.
type tenants struct {
	fixed *oidc.Provider      // nil with a DomainResolver
	table *oidc.ProviderTable // nil without
}

// patience is for how long a request needs the Provider of its domain, beside the
// HTTPTimeout of an endpoint: twice it may wait for a fetch, of at most 8 s.
const patience = 20 * time.Second

// newTenants makes no request and no Provider of a domain that is not known yet.
func newTenants(ctx context.Context, s *settings, now func() time.Time) tenants {
	cfg := oidc.Config{
		Domain: s.domain, HTTPClient: s.HTTPClient, Timeout: s.HTTPTimeout, Header: requestHeader(s.DisableTelemetry),
		Logger: s.Logger, Now: now,
	}
	if s.DomainResolver == nil {
		return tenants{fixed: oidc.New(ctx, cfg)}
	}
	// A domain comes from the application's resolver, or from an attempt or a
	// session that was sealed after it had. Still anybody can ask for the login
	// page of each, so only those at which people do sign in are safe in the table.
	return tenants{table: oidc.NewProviderTable(ctx, cfg, patience+s.HTTPTimeout)}
}

// provider returns the Provider of a domain.
func (t *tenants) provider(domain oidc.Domain) *oidc.Provider {
	if t.fixed != nil {
		return t.fixed
	}
	return t.table.Provider(domain)
}

// close ends background work and returns when it has ended. It is idempotent.
func (t *tenants) close() {
	if t.fixed != nil {
		t.fixed.Close()
		return
	}
	t.table.Close()
}

var errNoAnswer = errors.New("it gave no answer")

// domainOf is the domain that a request is for: the configured one, or the one
// that the resolver names, which is asked once for each request. The error is
// [ErrConfig].
func (a *Auth) domainOf(v *visit, r *http.Request) (oidc.Domain, error) {
	if a.settings.DomainResolver == nil {
		return a.settings.domain, nil
	}
	v.resolve.Do(func() {
		v.failed = resolverFailed(errNoAnswer) // if it panics and somebody recovers
		text, err := a.settings.DomainResolver(r)
		if err == nil {
			v.domain, err = oidc.ParseDomain(text)
		}
		v.failed = resolverFailed(err)
	})
	return v.domain, v.failed
}

func resolverFailed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: DomainResolver: %w", ErrConfig, err)
}

// providerOf returns the Provider of the domain that a request is for.
func (a *Auth) providerOf(c *gin.Context) (*oidc.Provider, error) {
	domain, err := a.domainOf(a.visitOf(c), c.Request)
	if err != nil {
		return nil, err
	}
	return a.tenants.provider(domain), nil
}

// providerNamed returns the Provider for a call without a request: that of the
// configured domain, or with a DomainResolver that of the domain which its options
// name. The error is a *[ParameterError].
func (a *Auth) providerNamed(domain string) (*oidc.Provider, error) {
	switch {
	case a.settings.DomainResolver == nil && domain != "":
		return nil, &ParameterError{Name: "Domain", Reason: "is for applications with Config.DomainResolver"}
	case a.settings.DomainResolver == nil:
		return a.tenants.fixed, nil
	}
	parsed, err := oidc.ParseDomain(domain)
	if err != nil {
		return nil, &ParameterError{Name: "Domain", Reason: err.Error()}
	}
	return a.tenants.provider(parsed), nil
}

// providerFor returns the Provider of the domain that an attempt or a record
// holds, whatever the resolver says now. With one domain it must be that one.
func (a *Auth) providerFor(domain string) (*oidc.Provider, error) {
	if a.settings.DomainResolver == nil {
		if domain != a.settings.domain.String() {
			return nil, fmt.Errorf("%w: another domain than the configured one", ErrConfig)
		}
		return a.tenants.fixed, nil
	}
	parsed, err := oidc.ParseDomain(domain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return a.tenants.provider(parsed), nil
}

// providerOfSession returns the Provider of a session's own domain, or of the request's
// without a session.
func (a *Auth) providerOfSession(c *gin.Context, session *record) (*oidc.Provider, error) {
	if session == nil {
		return a.providerOf(c)
	}
	return a.providerFor(session.Domain)
}

// metadataOf returns what a tenant says of itself. The error is [ErrUpstream].
func metadataOf(ctx context.Context, provider *oidc.Provider) (*oidc.Metadata, error) {
	metadata, err := provider.Metadata(ctx)
	return metadata, tenantError(err, "discovery")
}

// isAuth0 reports whether the tenant is one of Auth0's, also behind a custom
// domain.
func isAuth0(metadata *oidc.Metadata, domain oidc.Domain) bool {
	return strings.HasSuffix(domain.Host().Host, ".auth0.com") || metadata.MFAChallengeEndpoint != ""
}
