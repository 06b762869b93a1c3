package oidc

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// ErrDomain is what [ParseDomain] returns; its text completes a sentence that
// begins with the name of a configuration field.
var ErrDomain = errors.New("must be a host name without a path, such as tenant.eu.auth0.com, or an issuer URL with https (http only for localhost, 127.0.0.0/8 and [::1]) without user info, query and fragment")

// Domain is where an issuer lives, as the configuration names it. The zero
// Domain is none; [ParseDomain] makes one.
type Domain struct {
	written  string // the issuer by its first spelling
	exact    bool   // no other spelling counts
	host     authority.Authority
	loopback bool // http on a loopback host
}

// ParseDomain reads a tenant's host (`tenant.eu.auth0.com`, with an optional
// port), whose issuer is exactly `https://<host>/`, or an issuer URL. Of a URL
// the discovery document may state the spelling with or without one trailing
// slash. The error is [ErrDomain].
func ParseDomain(text string) (Domain, error) {
	scheme, _, isURL := strings.Cut(text, "://")
	if !isURL {
		host, err := authority.Parse(text)
		if err != nil {
			return Domain{}, ErrDomain
		}
		return Domain{written: "https://" + host.String() + "/", exact: true, host: host}, nil
	}
	u, err := url.Parse(text)
	// A scheme in another case would never equal the `iss` of a token.
	if err != nil || u.Scheme != scheme || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, "?#") {
		return Domain{}, ErrDomain
	}
	host, err := authority.Parse(u.Host)
	if err != nil || scheme != "https" && (scheme != "http" || !host.Loopback()) {
		return Domain{}, ErrDomain
	}
	return Domain{written: text, host: host, loopback: scheme == "http"}, nil
}

// String returns the issuer as it was configured.
func (d Domain) String() string { return d.written }

// Host returns host and port of the issuer.
func (d Domain) Host() authority.Authority { return d.host }

// Candidates returns the spellings of the issuer that count until its
// discovery document has been read: one for a host, two for a URL.
func (d Domain) Candidates() []string {
	if d.exact {
		return []string{d.written}
	}
	return []string{d.written, d.otherSpelling()}
}

// Stands reports whether iss is one of the candidates. It is asked for every
// token and makes no text.
func (d Domain) Stands(iss string) bool {
	if iss == d.written || d.exact {
		return iss == d.written
	}
	if without, found := strings.CutSuffix(d.written, "/"); found {
		return iss == without
	}
	without, found := strings.CutSuffix(iss, "/")
	return found && without == d.written
}

func (d Domain) otherSpelling() string {
	if without, found := strings.CutSuffix(d.written, "/"); found {
		return without
	}
	return d.written + "/"
}

// discoveryURL is the place that OpenID Connect Discovery section 4 names.
func (d Domain) discoveryURL() string {
	return strings.TrimSuffix(d.written, "/") + "/.well-known/openid-configuration"
}

// ErrEndpoint is what [Domain.CheckEndpoint] returns. It shows no URL.
var ErrEndpoint = errors.New("oidc: endpoint is not an absolute https URL without user info and fragment")

// CheckEndpoint judges the URL of an endpoint that this issuer's metadata
// name: absolute, without user info and fragment, https. An issuer that itself
// is http on loopback may name http too, but then loopback hosts only.
func (d Domain) CheckEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return ErrEndpoint
	}
	host, err := authority.Parse(u.Host)
	if err != nil {
		return ErrEndpoint
	}
	switch {
	case d.loopback && !host.Loopback():
		return ErrEndpoint
	case u.Scheme == "https", u.Scheme == "http" && d.loopback:
		return nil
	}
	return ErrEndpoint
}
