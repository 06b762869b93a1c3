package ginauth0api

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// validate returns the settings in the form that requests need.
func (cfg ProxyConfig) validate(found *problems) publicAddress {
	var a publicAddress
	if cfg.BaseURL != "" {
		base, err := parseBaseURL(cfg.BaseURL)
		if err != nil {
			found.add("Proxy.BaseURL", err.Error())
		}
		a.fixed = base
	}
	for _, entry := range cfg.Trusted {
		if entry == "unix" {
			a.trustsUnix = true
			continue
		}
		proxy, err := parseProxy(entry)
		if err != nil {
			found.add("Proxy.Trusted", "has the entry "+quoted(entry)+", which is neither an address, nor a CIDR, nor unix")
			continue
		}
		a.trusted = append(a.trusted, proxy)
	}
	a.headers = cfg.validateHeaders(found)
	if len(cfg.AllowedHosts) > 0 && cfg.BaseURL != "" {
		found.add("Proxy.AllowedHosts", "excludes Proxy.BaseURL")
	}
	for _, entry := range cfg.AllowedHosts {
		host, err := authority.Parse(entry)
		if err != nil {
			found.add("Proxy.AllowedHosts", "has the entry "+quoted(entry)+", which is not a host with an optional port")
			continue
		}
		a.allowed = append(a.allowed, host)
	}
	return a
}

func (cfg ProxyConfig) validateHeaders(found *problems) forwardingHeaders {
	if len(cfg.Headers) == 0 {
		return forwardingHeaders{proto: true}
	}
	if len(cfg.Trusted) == 0 {
		found.add("Proxy.Headers", "needs Proxy.Trusted: nobody's headers would count")
	}
	var h forwardingHeaders
	for _, name := range cfg.Headers {
		switch http.CanonicalHeaderKey(name) {
		case "Forwarded":
			h.forwarded = true
		case "X-Forwarded-Proto":
			h.proto = true
		case "X-Forwarded-Host":
			h.host = true
		case "X-Forwarded-Port":
			h.port = true
		case "X-Forwarded-Prefix":
			h.prefix = true
		default:
			found.add("Proxy.Headers", "has the entry "+quoted(name)+", which is neither Forwarded nor X-Forwarded-Proto, -Host, -Port or -Prefix")
		}
	}
	if h.forwarded && (h.proto || h.host || h.port || h.prefix) {
		found.add("Proxy.Headers", "has Forwarded beside an X-Forwarded header: a proxy overwrites one or the other")
	}
	return h
}

// parseProxy reads an address or a CIDR. Peers are compared without the IPv6
// form of IPv4 addresses, so that form is taken off here too.
func parseProxy(entry string) (netip.Prefix, error) {
	if !strings.Contains(entry, "/") {
		address, err := netip.ParseAddr(entry)
		if err == nil && address.Zone() != "" {
			err = errors.New("an address with a zone")
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), err
	}
	proxies, err := netip.ParsePrefix(entry)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address := proxies.Addr(); address.Is4In6() {
		if proxies.Bits() < 96 {
			return netip.Prefix{}, errors.New("a mapped CIDR that is not one of IPv4")
		}
		proxies = netip.PrefixFrom(address.Unmap(), proxies.Bits()-96)
	}
	return proxies.Masked(), nil
}

var errBaseURL = errors.New("must be an absolute http or https URL without user info, query and fragment")

// splitURL takes an http or https URL apart that has neither user info nor query
// nor fragment. The path is what follows the host, as it is written.
func splitURL(text string) (scheme string, host authority.Authority, path string, err error) {
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme) // RFC 3986 section 3.1
	if !found || scheme != "http" && scheme != "https" || strings.ContainsAny(rest, "?#") {
		return "", host, "", errBaseURL
	}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		rest, path = rest[:slash], rest[slash:]
	}
	if strings.Contains(rest, "@") {
		return "", host, "", errBaseURL
	}
	if host, err = authority.Parse(rest); err != nil {
		return "", host, "", errors.New("has a malformed host or port")
	}
	return scheme, host, path, nil
}

func parseBaseURL(text string) (publicURL, error) {
	scheme, host, path, err := splitURL(text)
	if err != nil {
		return publicURL{}, err
	}
	prefix, err := parsePrefix(path)
	if err != nil {
		return publicURL{}, errors.New("has a path that " + err.Error())
	}
	return publicURL{scheme: scheme, host: host, prefix: prefix}, nil
}
