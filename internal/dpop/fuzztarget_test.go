package dpop_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// Whatever the request and the proof say, a slow reading by net/url, by regular
// expressions and by the letter of RFC 3986 comes to the same end.
func FuzzTarget(f *testing.F) {
	for _, seed := range []struct{ origin, prefix, path, htu string }{
		{"https://api.example", "", "/things", "https://api.example/things?a#b"},
		{"https://api.example:443", "", "", "HTTPS://API.example"},
		{"http://[2001:db8::1]:8080", "/v1", "/a%2fb", "http://[2001:DB8:0::1]:08080/v1/a%2Fb"},
		{"http://a_b.example.:80", "", "/%7ea/b", "http://a_b.example.:/x/%2e%2E/~a/./b"},
		{"https://api.example", "", "/a/../b", "https://api.example/a/../b"},
		{"https://api.example", "/v1", "//b%C3%BC/", "https://api.example/v1//b\u00fc/"},
		{"https://api.example", "/v1", "*", "https://api.example/v1*"},
		{"https://api.example", "", "/a..b/..c/.../", "https://api.example/a..b/..c/.../%"},
		{"https://api.example", "", "/[|]\"<>", "https://user@api.example/\\ \x00\xff\u0085"},
		{"https://api.example", "", "/", "https://api.example?/#%zz"},
		{"https://api.example", "", "/", "https://api.example/a/b/../../../.."},
		{"https://api.example", "", "/a", "https:///https://api.example:65536/a"},
	} {
		f.Add(seed.origin, seed.prefix, seed.path, seed.htu)
	}
	f.Fuzz(func(t *testing.T, origin, prefix, path, htu string) {
		scheme, host, _ := strings.Cut(origin, "://")
		parsed, err := authority.Parse(host)
		if err != nil || scheme != "http" && scheme != "https" || !regexp.MustCompile(`^(/[a-zA-Z0-9_%.~-]+)*$`).MatchString(prefix) {
			return
		}
		to := dpop.Target{Scheme: scheme, Host: parsed, Prefix: prefix, Path: path}
		for _, htu := range []string{htu, origin + prefix + path, origin + prefix + path + htu, strings.ToUpper(origin) + htu, origin + htu} {
			if got, want := to.Matches([]byte(htu)), slowlyMatches(to, htu); got != want {
				t.Fatalf("%+v and %q: %v, want %v", to, htu, got, want)
			}
		}
	})
}

var urlParts = regexp.MustCompile(`^([^:/?#]+)://([^/?#]*)([^?#]*)(?:\?[^#]*)?(?:#.*)?$`)

// slowlyMatches is the comparison of RFC 9449 section 4.3, sentence by sentence and slow.
func slowlyMatches(to dpop.Target, htu string) bool {
	if len(htu) > 2048 || !utf8.ValidString(htu) || strings.ContainsFunc(htu, unicode.IsControl) || strings.ContainsAny(htu, " \\") {
		return false
	}
	if regexp.MustCompile(`%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`).MatchString(htu) {
		return false
	}
	u, err := url.Parse(htu)
	parts := urlParts.FindStringSubmatch(htu)
	if err != nil || parts == nil || u.User != nil || u.Scheme != to.Scheme || !strings.EqualFold(parts[1], to.Scheme) {
		return false
	}
	host, port, ok := slowAuthority(parts[2], to.Scheme)
	ownHost, ownPort, ownOK := slowAuthority(to.Host.String(), to.Scheme)
	if !ok || !ownOK || host != ownHost || port != ownPort {
		return false
	}
	theirs, ok := slowPath(parts[3])
	own, ownOK := slowPath(to.Prefix + to.Path)
	if !ok || !ownOK || to.Path != "" && to.Path[0] != '/' || regexp.MustCompile(`/\.\.?(/|$)`).MatchString(own) {
		return false
	}
	return removeDots(theirs) == own
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)

func slowAuthority(text, scheme string) (host string, port int, ok bool) {
	match := regexp.MustCompile(`^(\[.*\]|[^:]*)(?::([0-9]{0,5}))?$`).FindStringSubmatch(text)
	if match == nil {
		return "", 0, false
	}
	host = strings.ToLower(match[1])
	if inside, bracket := strings.CutPrefix(host, "["); bracket {
		address, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		if err != nil || address.Is4() || address.Zone() != "" {
			return "", 0, false
		}
		host = address.StringExpanded()
	} else if !hostName.MatchString(match[1]) || len(host) > 255 {
		return "", 0, false
	}
	port = map[string]int{"http": 80, "https": 443}[scheme]
	if match[2] != "" {
		port, _ = strconv.Atoi(match[2])
	}
	return host, port, 1 <= port && port <= 65535
}

var (
	escapes   = regexp.MustCompile(`%[0-9A-Fa-f][0-9A-Fa-f]`)
	unescaped = regexp.MustCompile(`^[A-Za-z0-9._~-]$`)
	inPath    = "%/:@!$&'()*+,;=-._~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

func slowPath(path string) (string, bool) {
	if path == "" {
		return "/", true
	}
	if path[0] != '/' {
		return "", false
	}
	if strings.Count(path, "%") != len(escapes.FindAllString(path, -1)) {
		return "", false
	}
	path = escapes.ReplaceAllStringFunc(path, func(escape string) string {
		if character, _ := url.PathUnescape(escape); unescaped.MatchString(character) {
			return character
		}
		return strings.ToUpper(escape)
	})
	var out strings.Builder
	for _, b := range []byte(path) {
		if strings.IndexByte(inPath, b) >= 0 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String(), true
}

// removeDots is RFC 3986 section 5.2.4 with its own steps A to E.
func removeDots(in string) string {
	out := ""
	removeLast := func() { out = out[:max(strings.LastIndex(out, "/"), 0)] }
	for in != "" {
		switch {
		case strings.HasPrefix(in, "../"): // A
			in = in[3:]
		case strings.HasPrefix(in, "./"):
			in = in[2:]
		case strings.HasPrefix(in, "/./"): // B
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"): // C
			in = in[3:]
			removeLast()
		case in == "/..":
			in = "/"
			removeLast()
		case in == "." || in == "..": // D
			in = ""
		default: // E
			end := strings.Index(in[1:], "/") + 1
			if end == 0 {
				end = len(in)
			}
			out, in = out+in[:end], in[end:]
		}
	}
	return out
}
