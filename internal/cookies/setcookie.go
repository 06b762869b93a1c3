package cookies

import (
	"net/http"
	"strings"
	"time"
)

// MaxLine is the longest Set-Cookie line, name and attributes included, that every
// browser keeps (RFC 6265 section 6.1).
const MaxLine = 4096

// expired stands in the Expires attribute of a deletion.
var expired = time.Unix(1, 0).UTC()

// Set adds a Set-Cookie line and takes out earlier ones of the same name.
func Set(h http.Header, cookie *http.Cookie) {
	drop(h, cookie.Name)
	h.Add("Set-Cookie", cookie.String())
}

// drop takes out the Set-Cookie lines of a name.
func drop(h http.Header, name string) {
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

// Delete tells the browser to forget a cookie. The attributes are those it was set
// with; one that may also exist without the Domain gets a second line.
func Delete(h http.Header, name string, attributes http.Cookie) {
	gone := attributes
	gone.Name, gone.Value, gone.MaxAge, gone.Expires = name, "", -1, expired
	Set(h, &gone)
	if gone.Domain != "" {
		gone.Domain = ""
		h.Add("Set-Cookie", gone.String())
	}
}
