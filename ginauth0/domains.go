package ginauth0

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// tenants has the Provider of each domain. Nothing is shared between them.
type tenants struct {
	fixed *oidc.Provider // nil with a DomainResolver
}

// provider returns the Provider of a domain.
func (t *tenants) provider(domain oidc.Domain) *oidc.Provider { return t.fixed }

// close ends background work and returns when it has ended. It is idempotent.
func (t *tenants) close() {
	if t.fixed != nil {
		t.fixed.Close()
	}
}

// domainOf is the domain that a request is for: the configured one, or the one
// that the resolver names, which is asked once for each request.
func (a *Auth) domainOf(v *visit, r *http.Request) (oidc.Domain, error) {
	if a.settings.DomainResolver == nil {
		return a.settings.domain, nil
	}
	v.resolve.Do(func() {
		text, err := a.settings.DomainResolver(r)
		if err == nil {
			v.domain, err = oidc.ParseDomain(text)
		}
		if err != nil {
			v.failed = fmt.Errorf("%w: DomainResolver: %w", ErrConfig, err)
		}
	})
	return v.domain, v.failed
}

// providerOf returns the Provider of the domain that a request is for.
func (a *Auth) providerOf(c *gin.Context) (*oidc.Provider, error) {
	domain, err := a.domainOf(a.visitOf(c), c.Request)
	if err != nil {
		return nil, err
	}
	return a.tenants.provider(domain), nil
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
