package ginauth0

import (
	"net/http"
	"strings"
	"time"
)

// maxCookieLine is the longest Set-Cookie line, name and attributes included,
// that every browser keeps (RFC 6265 section 6.1).
const maxCookieLine = 4096

// expired stands in the Expires attribute of a deletion.
var expired = time.Unix(1, 0).UTC()

// setCookie adds a Set-Cookie line and takes out earlier ones of the same name.
func setCookie(h http.Header, cookie *http.Cookie) {
	dropCookie(h, cookie.Name)
	h.Add("Set-Cookie", cookie.String())
}

// dropCookie takes out the Set-Cookie lines of a name.
func dropCookie(h http.Header, name string) {
	lines := h["Set-Cookie"]
	kept := lines[:0:0]
	for _, line := range lines {
		if !strings.HasPrefix(line, name+"=") {
			kept = append(kept, line)
		}
	}
	switch {
	case len(kept) == len(lines):
	case len(kept) == 0:
		delete(h, "Set-Cookie")
	default:
		h["Set-Cookie"] = kept
	}
}

// deleteCookie tells the browser to forget a cookie. The attributes are those
// it was set with; one that may also exist without the Domain gets a second
// line.
func deleteCookie(h http.Header, name string, attributes http.Cookie) {
	gone := attributes
	gone.Name, gone.Value, gone.MaxAge, gone.Expires = name, "", -1, expired
	setCookie(h, &gone)
	if gone.Domain != "" {
		gone.Domain = ""
		h.Add("Set-Cookie", gone.String())
	}
}
