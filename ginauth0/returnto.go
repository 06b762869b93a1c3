package ginauth0

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxReturnToBytes bounds a return path.
const maxReturnToBytes = 2048

// resolveReturnTo decides whether a browser may be sent to raw after a login or logout,
// and returns it as path, query and fragment of base. It is false for everything that
// could lead to another origin, out of the application, or around in circles: own lists
// the public paths of our own routes. It has no other inputs, and runs when a login
// starts and again when it ends.
func resolveReturnTo(raw string, base baseURL, own []string) (string, bool) {
	if raw == "" || len(raw) > maxReturnToBytes || strings.ContainsFunc(raw, isControlOrBackslash) {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", false
	}
	if u.Scheme != "" || u.Host != "" {
		// Both or none: //host and scheme:path are no URLs of ours.
		if u.Scheme != base.scheme || !base.same(u.Host) {
			return "", false
		}
	}
	decoded := u.Path
	if !strings.HasPrefix(decoded, "/") || strings.HasPrefix(decoded, "//") ||
		strings.ContainsFunc(decoded, isControlOrBackslash) || hasDotSegment(decoded) {
		return "", false
	}
	if base.prefix != "" && decoded != base.prefix && !strings.HasPrefix(decoded, base.prefix+"/") {
		return "", false
	}
	if slices.Contains(own, path.Clean(decoded)) {
		return "", false
	}
	target := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: escapeRest(u.RawQuery), ForceQuery: u.ForceQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}
	// What was parsed once must mean the same when a browser parses it again.
	text := target.String()
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || len(text) > maxReturnToBytes {
		return "", false
	}
	return text, true
}

// returnPath resolves a returnTo, or gives the default.
func (a *Auth) returnPath(raw string, base baseURL, m *mountedRoutes) (target string, accepted bool) {
	if target, ok := resolveReturnTo(raw, base, m.own(base)); ok {
		return target, true
	}
	return a.defaultPath(base), false
}

// defaultPath is where a login without a usable returnTo leads.
func (a *Auth) defaultPath(base baseURL) string {
	if a.settings.Routes.AfterLogin != "" {
		return a.settings.Routes.AfterLogin
	}
	return base.prefix + "/"
}

// escapeRest escapes what has no place in a query (RFC 3986 section 3.4), which
// url.Parse lets pass: spaces, quotes, angle brackets, bytes beyond ASCII.
func escapeRest(query string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c <= ' ', c >= 0x7f, c == '"', c == '<', c == '>', c == '`', c == '{', c == '}', c == '|', c == '^':
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isControlOrBackslash(r rune) bool {
	return r < 0x20 || r == 0x7f || 0x80 <= r && r <= 0x9f || r == '\\'
}

// hasDotSegment is asked about the decoded path, so that %2e counts too. A
// segment that decodes to more than one (a%2f..) is seen as well.
func hasDotSegment(decoded string) bool {
	for segment := range strings.SplitSeq(decoded, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
