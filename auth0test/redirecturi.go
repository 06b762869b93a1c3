package auth0test

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// checkRedirect compares as RFC 9700 section 2.1 wants it: byte for byte, with loopback as the one exception
// that the client has to ask for.
func (c *Client) checkRedirect(uri string) *oauthError {
	if slices.Contains(c.RedirectURIs, uri) || c.AllowLoopback && loopback(uri) {
		return nil
	}
	return refuse("invalid_request", "This redirect_uri is not registered for the client. Addresses are compared byte for byte.")
}

func (c *Client) mayLogOutTo(uri string) bool {
	return slices.Contains(c.LogoutURIs, uri) || c.AllowLoopback && loopback(uri)
}

// loopback tells whether a browser that goes to the URI stays on its machine. Browsers read a backslash as
// a slash and drop control characters; a URI with either is not what it seems.
func loopback(uri string) bool {
	if strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '#' }) {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
