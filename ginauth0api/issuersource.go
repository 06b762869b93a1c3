package ginauth0api

import (
	"context"
	"strconv"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// issuerSource is what a configuration says of the issuers.
type issuerSource struct {
	domains []oidc.Domain // Domain, Domains
	resolve func(context.Context, DomainRequest) ([]string, error)
}

// validateIssuers judges Domain, Domains and DomainResolver, and whether Keys fit
// them.
func (cfg Config) validateIssuers(found *problems) issuerSource {
	source := issuerSource{resolve: cfg.DomainResolver}
	resolved := cfg.DomainResolver != nil
	switch {
	case cfg.Domain == "" && len(cfg.Domains) == 0 && !resolved:
		found.add("Domain", "is missing: the domain of the tenant, such as tenant.eu.auth0.com, or the URL of the issuer; Domains or DomainResolver can stand in")
	case cfg.Domain != "":
		domain, err := oidc.ParseDomain(cfg.Domain)
		if err != nil {
			found.add("Domain", err.Error())
			break
		}
		source.domains = append(source.domains, domain)
	}
	for i, text := range cfg.Domains {
		domain, err := oidc.ParseDomain(text)
		switch {
		case err != nil:
			// Not quoted: it may hold user info.
			found.add("Domains", "has a malformed entry, number "+strconv.Itoa(i+1)+": each "+err.Error())
		case repeats(source.domains, domain):
			found.add("Domains", "has the issuer "+quoted(domain.String())+" again, which is configured already")
		default:
			source.domains = append(source.domains, domain)
		}
	}
	if resolved && len(cfg.Domains) > 0 {
		found.add("Domains", "excludes DomainResolver, which names all issuers")
	}
	cfg.Keys.validateFor(found, resolved || len(cfg.Domains) > 1 || len(cfg.Domains) == 1 && cfg.Domain != "")
	return source
}

// validateFor refuses fixed keys where there may be several issuers: the keys of
// one would verify the tokens of all.
func (k KeysConfig) validateFor(found *problems, several bool) {
	if !several {
		return
	}
	const problem = "needs Domain as the only issuer, without Domains and DomainResolver"
	if k.JWKSURI != "" {
		found.add("Keys.JWKSURI", problem)
	}
	if k.Static != nil {
		found.add("Keys.Static", problem)
	}
}

// repeats reports whether domain is among the others, by whatever spelling. Two
// spellings would be two issuers with the same keys, of which the discovery
// document can bear out one.
func repeats(domains []oidc.Domain, domain oidc.Domain) bool {
	for _, other := range domains {
		if place(other) == place(domain) {
			return true
		}
	}
	return false
}

// place is where an issuer lives: its URL without what does not tell two places
// apart (RFC 3986 section 6.2.3), nor the slash that its document may add or take
// away.
func place(domain oidc.Domain) string {
	scheme, rest, _ := strings.Cut(domain.String(), "://")
	_, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + domain.Host().WithoutDefaultPort(scheme).String() + "/" + strings.TrimRight(path, "/")
}
