package ginauth0

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// What a request says about why the browser sends it (Fetch Metadata, and what
// browsers sent before it).

// speculative reports whether the browser sends the request before the person
// asked for it: prefetch and prerender. Nothing may change then.
func speculative(r *http.Request) bool {
	if lines, present := r.Header["Sec-Purpose"]; present {
		for _, line := range lines {
			for item := range strings.SplitSeq(line, ",") {
				token, _, _ := strings.Cut(item, ";")
				if strings.EqualFold(strings.TrimSpace(token), "prefetch") {
					return true
				}
			}
		}
		return false
	}
	for _, name := range []string{"Purpose", "X-Purpose", "X-Moz"} {
		switch strings.ToLower(strings.TrimSpace(r.Header.Get(name))) {
		case "prefetch", "preview":
			return true
		}
	}
	return false
}

// subresources are the destinations of requests that a page makes for its
// parts. A shared cache may keep their answers, cookies included.
var subresources = []string{"audio", "font", "image", "manifest", "object", "script", "style", "track", "video", "worker"}

func subresource(r *http.Request) bool {
	return slices.Contains(subresources, r.Header.Get("Sec-Fetch-Dest"))
}

// pageRequest reports whether a person looks at the answer: then a redirect or
// an HTML page makes sense, otherwise JSON does.
func pageRequest(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest") {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	for _, line := range r.Header.Values("Accept") {
		for item := range strings.SplitSeq(line, ",") {
			media, params, err := mime.ParseMediaType(item)
			if err != nil || media != "text/html" && media != "application/xhtml+xml" {
				continue
			}
			if q, err := strconv.ParseFloat(params["q"], 64); params["q"] == "" || err == nil && q > 0 {
				return true
			}
		}
	}
	return false
}

// crossSite reports whether another site made the browser send the request.
func crossSite(r *http.Request, base baseURL) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := r.Header.Get("Origin")
		return origin != "" && !sameOrigin(origin, base)
	}
	return true
}

// crossSiteLogout reports whether another site made the browser ask for a
// logout in some other way than by a link that the person followed.
func crossSiteLogout(r *http.Request, base baseURL) bool {
	followed := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") != "" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return crossSite(r, base) && !followed
}

func sameOrigin(origin string, base baseURL) bool {
	scheme, host, found := strings.Cut(origin, "://")
	return found && scheme == base.scheme && base.same(host)
}
