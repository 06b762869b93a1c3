package oidc

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
