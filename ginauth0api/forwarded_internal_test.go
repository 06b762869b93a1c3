package ginauth0api

import (
	"strings"
	"testing"
)

// A request for /a at api.example, accompanied by headers of which some count.
func TestForwardingHeaders(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 255)
	const base = "http://api.example/a"
	for _, test := range []struct {
		headers string // the names that count
		lines   []string
		want    string
	}{
		// Only what is named counts; without names it is the scheme.
		{"", everyForwardingLine, "https://api.example/a"},
		{"X-Forwarded-Proto", everyForwardingLine, "https://api.example/a"},
		{"X-Forwarded-Host", everyForwardingLine, "http://evil.example/a"},
		{"X-Forwarded-Port", everyForwardingLine, "http://api.example:8443/a"},
		{"X-Forwarded-Prefix", everyForwardingLine, "http://api.example/evil/a"},
		{"Forwarded", everyForwardingLine, "https://evil.example/a"},
		{"X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix", everyForwardingLine, "https://evil.example:8443/evil/a"},
		{"X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix", nil, base},
		{"Forwarded", nil, base},

		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: HTTPS"}, "https://api.example/a"},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto:  https\t, http"}, "https://api.example/a"},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: https", "X-Forwarded-Proto: http"}, "https://api.example/a"},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: http, https"}, base},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: ", "X-Forwarded-Proto: https"}, base},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: , https"}, base},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto: wss"}, base},
		{"X-Forwarded-Proto", []string{`X-Forwarded-Proto: "https"`}, base},

		{"X-Forwarded-Host", []string{"X-Forwarded-Host: A.example, b"}, "http://a.example/a"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a.example:8443", "X-Forwarded-Host: b"}, "http://a.example:8443/a"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: , b.example"}, base},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: ", "X-Forwarded-Host: b.example"}, base},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host:  \t"}, base},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a b"}, "refused"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a/b, c"}, "refused"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: ada@a"}, "refused"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a:0"}, "refused"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a\x00"}, "refused"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host: a, b/"}, "http://a/a"}, // only the leftmost is judged

		{"X-Forwarded-Port", []string{"X-Forwarded-Port: 443"}, "http://api.example:443/a"},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: 08443, 80"}, "http://api.example:8443/a"},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: 0"}, base},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: 65536"}, base},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: 000443"}, base},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: +443"}, base},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: https"}, base},
		{"X-Forwarded-Port", []string{"X-Forwarded-Port: , 443"}, base},
		{"X-Forwarded-Port X-Forwarded-Host", []string{"X-Forwarded-Port: 443", "X-Forwarded-Host: a:8080"}, "http://a:8080/a"},
		{"X-Forwarded-Port X-Forwarded-Host", []string{"X-Forwarded-Port: 443", "X-Forwarded-Host: a:"}, "http://a:443/a"},
		{"X-Forwarded-Port X-Forwarded-Host", []string{"X-Forwarded-Port: 443", "X-Forwarded-Host: [::1]"}, "http://[::1]:443/a"},

		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /v1"}, "http://api.example/v1/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: v1"}, "http://api.example/v1/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /v1/"}, "http://api.example/v1/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: v1/w2/"}, "http://api.example/v1/w2/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /"}, base},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: "}, base},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: , /v1"}, base},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /v1, /w2"}, "http://api.example/v1/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /v1", "X-Forwarded-Prefix: //"}, "http://api.example/v1/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /%c3%A9/~a!$&'()*+;=@-._"}, "http://api.example/%c3%A9/~a!$&'()*+;=@-._/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /...a/.b"}, "http://api.example/...a/.b/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /" + long}, "http://api.example/" + long + "/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: " + long + "/"}, "http://api.example/" + long + "/a"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /" + long + "a"}, "refused"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: " + long + "a"}, "refused"},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /a"}, base}, // the path is /a
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: a/"}, base},
		{"X-Forwarded-Prefix", []string{"X-Forwarded-Prefix: /%61"}, "http://api.example/%61/a"},
	} {
		cfg := ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: strings.Fields(test.headers)}
		if got := spelled(proxied(t, cfg).of(received(t, "/a?x=/v1", "api.example", proxyPeer, test.lines...))); got != test.want {
			t.Errorf("%s %q: %s, want %s", test.headers, test.lines, got, test.want)
		}
		if got := spelled(proxied(t, cfg).of(received(t, "/a", "api.example", strangerPeer, test.lines...))); got != base {
			t.Errorf("%s %q from a stranger: %s", test.headers, test.lines, got)
		}
	}
}

func TestPrefixesRefused(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{Trusted: []string{"unix"}, Headers: []string{"X-Forwarded-Prefix"}})
	for _, prefix := range []string{
		"//", "//x", "/x//", "/x//y", "x//y", "/..", "/../x", "/x/..", "/./x", "/x/.", ".", "..", "./", "%2e%2e", "/%2E", "/a%2eb", "/%2f", "/a%2Fb", "/%5c", "/a%5Cb",
		`\`, `/a\b`, "a:b", "/a:b", "https://evil.example", "/a\x00", "\x00", "/a\x01", "/a\x7f", "/a%00", "/a%1f", "/a%0d%0a", "/a%7F", "/a b", "/a\tb",
		"/é", "/a?b", "/a#b", "/a%", "/a%4", "/a%4g", "/a%g4", "/a%zz", "/a[b]", "/a|b", `/a"b`, "/a<b", "/a^b", "/a`b", "/{a}",
	} {
		r := received(t, "/a", "api.example", "@")
		r.Header["X-Forwarded-Prefix"] = []string{prefix}
		if got := spelled(address.of(r)); got != "refused" {
			t.Errorf("%q: %s", prefix, got)
		}
	}
}

func TestPrefixIsJoinedOnce(t *testing.T) {
	t.Parallel()
	address := proxied(t, ProxyConfig{Trusted: []string{"unix"}, Headers: []string{"X-Forwarded-Prefix"}})
	for path, want := range map[string]string{
		"/v1":      "/v1",
		"/v1/":     "/v1/",
		"/v1/v1":   "/v1/v1",
		"/v1//a":   "/v1//a",
		"/v1a":     "/v1/v1a",
		"/v1%2Fa":  "/v1/v1%2Fa",
		"/V1/a":    "/v1/V1/a",
		"/a/v1":    "/v1/a/v1",
		"//v1":     "/v1//v1",
		"/":        "/v1/",
		"http://x": "/v1",
	} {
		for _, prefix := range []string{"/v1", "v1", "/v1/"} {
			if got := spelled(address.of(received(t, path, "api.example", "", "X-Forwarded-Prefix: "+prefix))); got != "http://api.example"+want {
				t.Errorf("%s before %s: %s, want %s", prefix, path, got, want)
			}
		}
	}
}

func TestForwarded(t *testing.T) {
	t.Parallel()
	const malformed = "malformed"
	for _, test := range []struct{ field, proto, host string }{
		// The examples of RFC 7239, sections 4, 6 and 7.
		{`for="_gazonk"`, "", ""},
		{`For="[2001:db8:cafe::17]:4711"`, "", ""},
		{`for=192.0.2.60;proto=http;by=203.0.113.43`, "http", ""},
		{`for=192.0.2.43, for=198.51.100.17`, "", ""},
		{`for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown`, "", ""},
		{`for=_hidden, for=_SEVKISEK`, "", ""},
		{`for="192.0.2.43:47011"`, "", ""},
		{`for=_mdn, for="[2001:db8:cafe::17]:4711";proto=https;host=b`, "", ""},

		{`proto=https;host=a.example`, "https", "a.example"},
		{`PROTO=https;Host="a.example:8443"`, "https", "a.example:8443"},
		{`host="a,b;c=d";proto="https"`, "https", "a,b;c=d"},
		{`for="a\"b,proto=http";proto=https`, "https", ""},
		{`host="\a\.\e\xample"`, "", "a.example"},
		{`host="\\\""`, "", `\"`},
		{`host="";proto=""`, "", ""},
		{"host=\"a\tb\u00e9\"", "", "a\tb\u00e9"},
		{"host=\"a\\\tb\"", "", "a\tb"},
		{`proto=https , proto=http`, "https", ""},
		{"\tproto=https\t;\t host=a ;,, proto=http", "https", "a"},
		{`;proto=https;;host=a;`, "https", "a"},
		{`,proto=https`, "", ""},
		{` `, "", ""},
		{``, "", ""},
		{`;`, "", ""},
		{`,`, "", ""},
		{`secret=x;secret=y;proto=https`, "https", ""},
		{`by=a;for=b;host=c;proto=http`, "http", "c"},
		{`protocol=http;xproto=http;proto=https`, "https", ""},

		{`proto`, malformed, ""},
		{`proto=`, malformed, ""},
		{`proto=;host=a`, malformed, ""},
		{`=https`, malformed, ""},
		{`proto =https`, malformed, ""},
		{`proto= https`, malformed, ""},
		{`proto=https host=a`, malformed, ""},
		{`proto="https"host=a`, malformed, ""},
		{`proto="https" x`, malformed, ""},
		{`proto="https`, malformed, ""},
		{`proto="https\`, malformed, ""},
		{`proto="https\"`, malformed, ""},
		{`proto='https';host=a:80`, malformed, ""},
		{`host=a:80`, malformed, ""},
		{`host=[::1]`, malformed, ""},
		{`proto=http"s"`, malformed, ""},
		{`proto=https;proto=http`, malformed, ""},
		{`proto=https;PROTO=https`, malformed, ""},
		{`host=a;host=b`, malformed, ""},
		{`for=a;For=b;proto=https`, malformed, ""},
		{`by=a;by=b;proto=https`, malformed, ""},
		{`By=a;bY=b;proto=https`, malformed, ""},
		{`proto=https,host=a;host=b`, malformed, ""},
		{`proto=https, host`, malformed, ""},
		{`proto=https, host="`, malformed, ""},
		{"proto=\"a\nb\"", malformed, ""},
		{"proto=\"a\x7f\"", malformed, ""},
		{"proto=\"a\\\x00\"", malformed, ""},
		{"proto=https\x00", malformed, ""},
		{"proto=https\u00a0", malformed, ""},
		{"pr\u00f6to=https", malformed, ""},
		{`pro/to=https`, malformed, ""},
	} {
		got, ok := readForwarded(test.field)
		if want := (forwardedElement{test.proto, test.host}); test.proto == malformed {
			if ok {
				t.Errorf("%q is well formed: %q", test.field, got)
			}
		} else if !ok || got != want {
			t.Errorf("%q: %q, %v, want %q", test.field, got, ok, want)
		}
	}
}

func TestForwardedLines(t *testing.T) {
	t.Parallel()
	const base = "http://api.example/a"
	address := proxied(t, ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{"Forwarded"}})
	for _, test := range []struct {
		lines []string
		want  string
	}{
		{[]string{"proto=https;host=b.example"}, "https://b.example/a"},
		{[]string{"proto=HTTPS"}, "https://api.example/a"},
		{[]string{"proto=wss;host=b.example"}, "http://b.example/a"},
		{[]string{`host="B.example:8443", proto=https`}, "http://b.example:8443/a"},
		{[]string{`host="";proto=https`}, "https://api.example/a"},
		{[]string{`host="b c";proto=https`}, "refused"},
		{[]string{`host="b,c"`}, "refused"},
		{[]string{`host=_hidden`}, "http://_hidden/a"},
		{[]string{`for=a`, `proto=https;host="b c"`}, base},
		{[]string{``, `proto=https`}, base},
		{[]string{`proto=https`, `proto=http`}, "https://api.example/a"},
		{[]string{`proto=https`, `host=`}, base},                        // malformed as a whole
		{[]string{`host="b c"`, `host=`}, base},                         // not even refused
		{[]string{`for="a`, `b";proto=https`}, "https://api.example/a"}, // joined, then read
	} {
		r := received(t, "/a", "api.example", proxyPeer)
		r.Header["Forwarded"] = test.lines
		if got := spelled(address.of(r)); got != test.want {
			t.Errorf("%q: %s, want %s", test.lines, got, test.want)
		}
	}
}
