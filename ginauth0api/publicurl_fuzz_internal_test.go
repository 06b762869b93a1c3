package ginauth0api

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/authority"
)

// The grammar of RFC 3986 as far as it is accepted, as patterns.
var (
	wellFormedHost   = regexp.MustCompile(`^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$`)
	wellFormedPort   = regexp.MustCompile(`^(?:|[1-9][0-9]{0,4})$`)
	wellFormedPrefix = regexp.MustCompile(`^(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})+)*$`)
	badInPrefix      = regexp.MustCompile(`(?i)/\.{1,2}(?:/|$)|%2e|%2f|%5c|%[01].|%7f`)
	wellFormedPath   = regexp.MustCompile(`^(?:|/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/\[\]]|%[0-9A-Fa-f]{2})*)$`)
	dotSegment       = regexp.MustCompile(`(?i)/(?:\.|%2e){1,2}(?:/|$)`)
)

// Whatever a client or a proxy sends: no panic, a well-formed URL or none, and
// nothing from a peer that is not trusted.
func FuzzPublicURL(f *testing.F) {
	settings := map[string]*publicAddress{}
	for _, headers := range []string{"", "Forwarded", "X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix"} {
		settings[headers] = proxied(f, ProxyConfig{Trusted: []string{"10.0.0.0/8", "2001:db8::/32"}, Headers: strings.Fields(headers)})
	}
	f.Add("/a", "api.example", strangerPeer, "for=a;proto=https;host=b", "https", "b.example:8443", "443", "/v1")
	f.Add("/v1/a%2Fb", "API.example:8080", proxyPeer, `host="b:80";proto=HTTPS, for=x`, "HTTPS, http", "[2001:DB8::1], c", "08443", "v1/")
	f.Add("//a/../b", "[::1]:1", "[2001:db8::9]:1", "proto", "wss", "", "0", "/%2e%2e")
	f.Add("http://x?y", "a.example.", "[::ffff:10.0.0.1]:1", `host="`, "", "a b", "65536", "//")
	f.Add("*", "a", "@", "", "", "", "", "/a:b")
	f.Add("/%zz", "\x00", "", "", "", "\x00", "", "\x00")
	f.Fuzz(func(t *testing.T, target, host, peer, forwarded, proto, forwardedHost, port, prefix string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return // not what this is about
		}
		plain := &http.Request{URL: u, Host: host, RemoteAddr: peer}
		r := &http.Request{URL: u, Host: host, RemoteAddr: peer, Header: http.Header{
			"Forwarded": {forwarded}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {forwardedHost},
			"X-Forwarded-Port": {port}, "X-Forwarded-Prefix": {prefix},
		}}
		for headers, address := range settings {
			got, err := address.of(r)
			if !address.trusts(peer) {
				want, wantErr := address.of(plain)
				if got != want || (err == nil) != (wantErr == nil) {
					t.Fatalf("%s: a stranger turned %+v, %v into %+v, %v", headers, want, wantErr, got, err)
				}
			}
			if err != nil {
				if got != (publicURL{}) {
					t.Fatalf("%s: %+v with %v", headers, got, err)
				}
				continue
			}
			if headers == "" && got.prefix != "" {
				t.Fatalf("the prefix %q from nowhere", got.prefix)
			}
			wantWellFormed(t, got)
			if got.path != u.EscapedPath() {
				t.Fatalf("path %q, want %q", got.path, u.EscapedPath())
			}
		}
	})
}

func wantWellFormed(t *testing.T, u publicURL) {
	t.Helper()
	if u.scheme != "http" && u.scheme != "https" || !wellFormedHost.MatchString(u.host.Host) || !wellFormedPort.MatchString(u.host.Port) {
		t.Fatalf("%+v is no origin", u)
	}
	if again, err := authority.Parse(u.host.String()); err != nil || again != u.host {
		t.Fatalf("%+v is read as %+v, %v", u.host, again, err)
	}
	if !wellFormedPrefix.MatchString(u.prefix) || badInPrefix.MatchString(u.prefix) || len(u.prefix) > 256 {
		t.Fatalf("prefix %q", u.prefix)
	}
	if !wellFormedPath.MatchString(u.path) || u.prefix != "" && (u.path == u.prefix || strings.HasPrefix(u.path, u.prefix+"/")) {
		t.Fatalf("path %q behind %q", u.path, u.prefix)
	}
	whole := u.url()
	again, err := url.Parse(whole.String())
	if err != nil || again.Host != u.host.String() || again.EscapedPath() != u.prefix+u.path || again.RawQuery != "" || again.Fragment != "" || again.User != nil {
		t.Fatalf("%+v is written as %q, %v", u, whole, err)
	}
	// A proof made for this URL as it stands matches, unless no proof can.
	made := u.origin() + u.prefix + u.path
	if want := len(made) <= 2048 && !dotSegment.MatchString(u.path); u.target().Matches([]byte(made)) != want {
		t.Fatalf("%q matches a proof for it: %v, want %v", made, !want, want)
	}
}

// RFC 7239 once more, slowly: one pattern for a pair, one for an element, one for
// the field, on a text of one character per byte.
var (
	token7239   = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
	quoted7239  = `"(?:[\t \x21\x23-\x5B\x5D-\x7E\x{80}-\x{FF}]|\\[\t\x20-\x7E\x{80}-\x{FF}])*"`
	pair7239    = "(" + token7239 + ")=(" + token7239 + "|" + quoted7239 + ")"
	element7239 = `[ \t]*(?:` + pair7239 + `)?[ \t]*(?:;[ \t]*(?:` + pair7239 + `)?[ \t]*)*`

	pairPattern    = regexp.MustCompile(pair7239)
	elementPattern = regexp.MustCompile("^" + element7239)
	fieldPattern   = regexp.MustCompile("^" + element7239 + "(?:," + element7239 + ")*$")
	escapePattern  = regexp.MustCompile(`(?s)\\(.)`)
)

func slowForwarded(field string) (forwardedElement, bool) {
	text := latin1(field)
	if !fieldPattern.MatchString(text) {
		return forwardedElement{}, false
	}
	var elements []map[string]string
	for {
		one := elementPattern.FindString(text)
		parameters := map[string]string{}
		for _, pair := range pairPattern.FindAllStringSubmatch(one, -1) {
			name, value := strings.ToLower(pair[1]), pair[2]
			if _, repeated := parameters[name]; repeated && slices.Contains([]string{"by", "for", "host", "proto"}, name) {
				return forwardedElement{}, false
			}
			if strings.HasPrefix(value, `"`) {
				value = escapePattern.ReplaceAllString(value[1:len(value)-1], "$1")
			}
			parameters[name] = value
		}
		elements = append(elements, parameters)
		if len(one) == len(text) {
			break
		}
		text = text[len(one)+1:]
	}
	return forwardedElement{proto: fromLatin1(elements[0]["proto"]), host: fromLatin1(elements[0]["host"])}, true
}

func latin1(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

func fromLatin1(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteByte(byte(r))
	}
	return b.String()
}

// The tokenizer and the patterns agree on every field.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{
		`for="_gazonk"`, `For="[2001:db8:cafe::17]:4711"`, `for=192.0.2.60;proto=http;by=203.0.113.43`, `for=192.0.2.43, for=198.51.100.17`,
		`host="a,b;c=d";proto="https"`, `for="a\"b,proto=http";proto=https`, `host="\\\"\a"`, `;proto=https;;host=a; , ,x=y`, ``, `,`, ` ; `,
		`proto=https;PROTO=http`, `proto=https, host="`, `proto=https ;host`, "host=\"\xff\\\xfe\t\"", "a=\"\x7f\"", "x=1;x=2;host=a:80", `proto =https`, `By=a;bY=b`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got, ok := readForwarded(field)
		want, wantOK := slowForwarded(field)
		if ok != wantOK || ok && got != want {
			t.Fatalf("%q: %q, %v, want %q, %v", field, got, ok, want, wantOK)
		}
	})
}
