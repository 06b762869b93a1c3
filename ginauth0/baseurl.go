package ginauth0

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// baseURL is a public URL of the application: what stands before the path that
// a request has when it reaches Gin.
type baseURL struct {
	scheme string
	host   authority.Authority // without the scheme's default port
	prefix string              // path without a slash at its end, escaped; may be empty
}

// What is wrong with a base URL, after the name of its field.
var (
	errBaseURL     = errors.New("must be an absolute URL such as https://app.example.com, without query, fragment and user info")
	errBaseURLHTTP = errors.New("must be https, as browsers see it in front of any proxy: http is for localhost alone, unless InsecureHTTPBaseURL")
	errBaseURLPath = errors.New("must have a plain path such as /shop, or none")
)

func parseBaseURL(text string, insecureHTTP bool) (baseURL, error) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, "?#\\") {
		return baseURL{}, errBaseURL
	}
	host, err := authority.Parse(u.Host)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http":
		return baseURL{}, errBaseURL
	case u.Scheme == "http" && !host.Loopback() && !insecureHTTP:
		return baseURL{}, errBaseURLHTTP
	}
	prefix := strings.TrimSuffix(u.EscapedPath(), "/")
	if prefix != "" && !isPlainPath(prefix) {
		return baseURL{}, errBaseURLPath
	}
	return baseURL{scheme: u.Scheme, host: host.WithoutDefaultPort(u.Scheme), prefix: prefix}, nil
}

// origin is scheme and authority.
func (b baseURL) origin() string { return b.scheme + "://" + b.host.String() }

// String is the base URL without a slash at its end.
func (b baseURL) String() string { return b.origin() + b.prefix }

// same reports whether an authority as written in a URL or header is this one.
func (b baseURL) same(text string) bool {
	host, err := authority.Parse(text)
	return err == nil && host.WithoutDefaultPort(b.scheme) == b.host
}

// baseOf chooses the base URL of a request. With one base URL no header is read; with
// several the host decides, and one that matches none is [ErrBadRequest]. The scheme
// never comes from a header.
func (s *settings) baseOf(r *http.Request) (baseURL, error) {
	if len(s.bases) == 1 {
		return s.bases[0], nil
	}
	host := r.Host
	if forwarded := r.Header.Values("X-Forwarded-Host"); len(forwarded) > 0 && s.trustsPeer(r) {
		first, _, _ := strings.Cut(forwarded[0], ",")
		host = strings.TrimSpace(first)
	}
	for _, base := range s.bases {
		if base.same(host) {
			return base, nil
		}
	}
	return baseURL{}, badRequest("the host of the request is none of the base URLs")
}

func (s *settings) trustsPeer(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, proxy := range s.proxies {
		if proxy.Contains(peer.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// publicPath is the path by which the browser knows the request.
func (b baseURL) publicPath(r *http.Request) string { return b.prefix + r.URL.EscapedPath() }

// publicPaths are the paths by which the browser knows routes, without those that
// are left out.
func (b baseURL) publicPaths(routes ...string) []string {
	var paths []string
	for _, route := range routes {
		if route != "" {
			paths = append(paths, b.prefix+route)
		}
	}
	return paths
}

// addressOf is where a login leads back to the page that a request asked for, empty
// if that is too long for a return path.
func (b baseURL) addressOf(r *http.Request) string {
	address := b.publicPath(r)
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if len(address) > maxReturnToBytes || !strings.HasPrefix(address, "/") {
		return ""
	}
	return address
}
