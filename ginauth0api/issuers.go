package ginauth0api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// dropGrace is how long a Provider that has lost its place goes on for the
// requests that have it: longer than any of them waits for a key.
const dropGrace = 10 * time.Second

// issuers knows whose tokens are accepted. There is one Provider per issuer, so
// that the keys of one never verify a token of another. With a DomainResolver
// the issuers are a matter of each request; without one they are fixed, and to
// find one takes neither a lock nor memory.
type issuers struct {
	fixed    []*oidc.Provider    // Domain, Domains; none with a resolver
	endpoint *oidc.Provider      // Domain beside a resolver: for its token endpoint, never for tokens
	resolver *resolver           // nil: fixed
	table    *oidc.ProviderTable // of the resolver's issuers

	cancel    context.CancelFunc
	closeIdle func() // of a client of our own
}

// newIssuers makes the Providers of a valid configuration. They are made after
// template, whose Domain does not matter. publicURL tells a resolver how the
// client knows a request. Nothing is fetched; the end of ctx ends what is fetched
// later, as close does.
func newIssuers(ctx context.Context, source issuerSource, template oidc.Config, publicURL func(*http.Request) *url.URL) *issuers {
	s := &issuers{closeIdle: func() {}}
	ctx, s.cancel = context.WithCancel(ctx)
	if template.HTTPClient == nil {
		template.HTTPClient, s.closeIdle = oidc.NewClient(ctx)
	}
	provide := func(domain oidc.Domain) *oidc.Provider {
		cfg := template
		cfg.Domain = domain
		return oidc.New(ctx, cfg)
	}
	if source.resolve == nil {
		for _, domain := range source.domains {
			s.fixed = append(s.fixed, provide(domain))
		}
		return s
	}
	s.resolver = newResolver(source.resolve, publicURL)
	s.table = oidc.NewProviderTable(ctx, template, dropGrace)
	for _, domain := range source.domains {
		s.endpoint = provide(domain)
	}
	return s
}

// find returns the Provider of the issuer that a token names, if its tokens are
// accepted in this request. It makes no request to an issuer, whatever the token
// says; an application's resolver may do anything.
func (s *issuers) find(r *http.Request, iss string) (*oidc.Provider, *Error) {
	if s.resolver != nil {
		return s.resolved(r, iss)
	}
	for _, p := range s.fixed {
		if p.Trusts(iss) {
			return p, nil
		}
	}
	return nil, notAccepted(iss)
}

// resolved looks for the issuer among those of the request. Spellings are
// compared exactly: a variant of one that is allowed makes no Provider.
func (s *issuers) resolved(r *http.Request, iss string) (*oidc.Provider, *Error) {
	if iss == "" {
		return nil, notAccepted(iss) // no list can hold it
	}
	domains, refused := s.resolver.ask(r)
	if refused != nil {
		return nil, refused
	}
	for _, domain := range domains {
		if domain.String() == iss {
			return s.table.Provider(domain), nil
		}
	}
	for _, domain := range domains {
		if domain.Stands(iss) {
			// Hard to see, and easy to put right.
			return nil, invalidIssuer.because(errors.New("iss " + quoted(iss) + ", which the DomainResolver spells " + quoted(domain.String())))
		}
	}
	return nil, notAccepted(iss)
}

func notAccepted(iss string) *Error {
	return invalidIssuer.because(errors.New("iss " + quoted(iss)))
}

// verified takes note of a good signature: issuers whose tokens verify stay,
// others may have to go.
func (s *issuers) verified(p *oidc.Provider) {
	if s.table != nil {
		s.table.Verified(p)
	}
}

// home returns the issuer whose token endpoint is asked: Domain, else the first
// of Domains; nil if there is none.
func (s *issuers) home() *oidc.Provider {
	if len(s.fixed) > 0 {
		return s.fixed[0]
	}
	return s.endpoint
}

// known returns the fixed issuers, by their exact names as far as they have told
// them; nil with a resolver.
func (s *issuers) known() []string {
	var names []string
	for _, p := range s.fixed {
		names = append(names, p.Issuer())
	}
	return names
}

// configured returns the Providers of Domain and Domains.
func (s *issuers) configured() []*oidc.Provider {
	if s.endpoint != nil {
		return []*oidc.Provider{s.endpoint}
	}
	return s.fixed
}

// warm fetches the keys of Domain and Domains, all at a time. The error joins
// those of the issuers.
func (s *issuers) warm(ctx context.Context) error {
	providers := s.configured()
	failures := make([]error, len(providers))
	var group sync.WaitGroup
	for i, p := range providers {
		group.Go(func() {
			if err := p.Warm(ctx); err != nil {
				failures[i] = fmt.Errorf("%s: %w", p.Issuer(), err)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

// close ends background work and returns when it has ended. It is idempotent.
// Keys that are held serve on.
func (s *issuers) close() {
	s.cancel()
	for _, p := range s.configured() {
		p.Close()
	}
	if s.resolver != nil {
		s.table.Close()
		s.resolver.wait()
	}
	s.closeIdle()
}
