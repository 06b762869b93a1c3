package oidc

import "context"

// Holds reports whether an issuer has a Provider in the table.
func (t *ProviderTable) Holds(issuer string) bool { return (*t.known.Load())[issuer] != nil }

// Dropped returns the Providers that were dropped and go on, the first one first.
func (t *ProviderTable) Dropped() []*Provider {
	t.mu.Lock()
	defer t.mu.Unlock()
	var providers []*Provider
	for _, d := range t.dropped {
		providers = append(providers, d.provider)
	}
	return providers
}

// BeforeEachProvider is called before the table makes a Provider, under its lock.
func (t *ProviderTable) BeforeEachProvider(f func()) {
	provide := t.provide
	t.provide = func(domain Domain) *Provider {
		f()
		return provide(domain)
	}
}

// LateSearch looks into the keys that are held now, and returns the search of a request
// that is held up between that and its question to the issuer.
func (p *Provider) LateSearch(kid, alg string) func() error {
	before, held := p.started.Load(), p.keys.Load()
	return func() error {
		_, err := p.searchKey(context.Background(), held, kid, alg, before)
		return err
	}
}
