package ginauth0api

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"

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
