package ginauth0api

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// publicURL is the URL by which the client knows a request, without query and
// fragment. Its parts are well formed, or all are empty. The path stands as it
// was received, with its escapes; it is empty or begins with a slash. The prefix
// is what a proxy has taken off the path: empty, or a slash and segments.
type publicURL struct {
	scheme string // http or https
	host   authority.Authority
	prefix string
	path   string
}

// origin is scheme, host and port (RFC 6454 section 6.2).
func (u publicURL) origin() string {
	return u.scheme + "://" + u.host.WithoutDefaultPort(u.scheme).String()
}

// target is what a DPoP proof must have been made for.
func (u publicURL) target() dpop.Target {
	return dpop.Target{Scheme: u.scheme, Host: u.host, Prefix: u.prefix, Path: u.path}
}

// url is for code of the application. It has no query: clients put secrets
// there, and nothing here looks at it. The URL of no publicURL is empty.
func (u publicURL) url() *url.URL {
	if u.scheme == "" {
		return &url.URL{}
	}
	escaped := u.prefix + u.path
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return &url.URL{} // both parts were checked
	}
	return &url.URL{Scheme: u.scheme, Host: u.host.String(), Path: path, RawPath: escaped}
}

// publicAddress says how the public URL of a request is known. The zero value
// takes it from the connection alone.
type publicAddress struct {
	fixed      publicURL // Proxy.BaseURL; it has no path
	trusted    []netip.Prefix
	trustsUnix bool
	headers    forwardingHeaders
	allowed    []authority.Authority // empty: every host
}

var errPath = errors.New("the request target is no path")

// of returns the public URL of a request. The error is the cause of a refusal,
// for the log.
func (a *publicAddress) of(r *http.Request) (publicURL, error) {
	var path string
	if r.URL != nil {
		// Not URL.Path: the proof was made for the escaped text.
		path = r.URL.EscapedPath()
	}
	if path != "" && path[0] != '/' { // the "*" of OPTIONS
		return publicURL{}, errPath
	}
	u := a.fixed
	u.path = path
	if u.scheme != "" {
		return u, nil
	}

	u.scheme = "http"
	if r.TLS != nil {
		u.scheme = "https"
	}
	var err error
	if u.host, err = authority.Parse(r.Host); err != nil {
		return publicURL{}, malformedHost("Host", r.Host)
	}
	if a.trusts(r.RemoteAddr) {
		if err := a.headers.apply(&u, r.Header); err != nil {
			return publicURL{}, err
		}
	}
	if !a.allows(u) {
		return publicURL{}, errors.New("Proxy.AllowedHosts does not list " + quoted(u.host.String()))
	}
	return u, nil
}

// malformedHost names the place that a host came from.
func malformedHost(source, host string) error {
	return errors.New(source + " has the malformed host " + quoted(host))
}

// trusts reports whether the direct peer is a trusted proxy. An address without
// a port was not written by net/http but by a middleware that believes some
// header, so it says nothing about the peer.
func (a *publicAddress) trusts(remote string) bool {
	if len(a.trusted) == 0 && !a.trustsUnix {
		return false
	}
	// The peers of Unix sockets have no name, a path, or with @ an abstract name.
	if remote == "" || remote[0] == '@' || remote[0] == '/' {
		return a.trustsUnix
	}
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	address := peer.Addr().Unmap().WithZone("")
	for _, proxy := range a.trusted {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}

func (a *publicAddress) allows(u publicURL) bool {
	if len(a.allowed) == 0 {
		return true
	}
	host := u.host.WithoutDefaultPort(u.scheme)
	for _, allowed := range a.allowed {
		if allowed.WithoutDefaultPort(u.scheme) == host {
			return true
		}
	}
	return false
}

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
