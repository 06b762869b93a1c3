package e2e_test

import (
	"strconv"
	"strings"
	"testing"
)

const proxiesPage = "../docs/proxies.md"

// nginxOfProxies is all that docs/proxies.md shows of nginx, word for word but for ports, certificates and the place of the
// log. addresses are those of the programs by what the page calls them; what is not there is nobody.
func nginxOfProxies(t *testing.T, addresses map[string]string) string {
	t.Helper()
	var text strings.Builder
	for _, b := range readBlocks(t, proxiesPage) {
		if b.language == "nginx" {
			text.WriteString(b.text + "\n")
		}
	}
	configuration := text.String()
	ours := map[string]string{
		"listen 443 ssl http2;": "$TLS", "listen 80;": "$PLAIN", "/var/log/nginx/access.log": "access.log",
		"ssl_certificate     /etc/ssl/example.com.pem;\nssl_certificate_key /etc/ssl/example.com.key;\n": "",
		"127.0.0.1:3000": "127.0.0.1:9", "127.0.0.1:3001": "127.0.0.1:9", "127.0.0.1:8000": "127.0.0.1:9",
	}
	for theirs, address := range addresses {
		ours[theirs] = address
	}
	for theirs, replacement := range ours {
		if !strings.Contains(configuration, theirs) {
			t.Fatalf("the page does not have %q:\n%s", theirs, configuration)
		}
		configuration = strings.ReplaceAll(configuration, theirs, replacement)
	}
	return configuration
}

// dotenvOfProxies are the lines of the one block of settings on docs/proxies.md that has this text.
func dotenvOfProxies(t *testing.T, has string) []string {
	t.Helper()
	var found []string
	for _, b := range readBlocks(t, proxiesPage) {
		if b.language != "dotenv" || !strings.Contains(b.text, has) {
			continue
		}
		if found != nil {
			t.Fatalf("several blocks of the page have %q", has)
		}
		found = strings.Split(strings.TrimSpace(b.text), "\n")
	}
	if found == nil {
		t.Fatalf("no block of the page has %q", has)
	}
	return found
}

// addressOf is where nginx finds a program.
func addressOf(p *program) string {
	return strings.Replace(p.url, "http://localhost:", "127.0.0.1:", 1)
}

// startProxiedAPI starts examples/api with settings of the page, but for the addresses in it, which are those of its readers.
func startProxiedAPI(t *testing.T, tenant *devTenant, known *secrets, settings []string) *program {
	t.Helper()
	port := freePort(t)
	env := []string{"PORT=" + strconv.Itoa(port), "AUTH0_DOMAIN=" + tenant.domain(), "AUTH0_AUDIENCE=" + audience}
	for _, line := range settings {
		switch name, _, _ := strings.Cut(line, "="); name {
		case "TRUSTED_PROXIES":
			line = "TRUSTED_PROXIES=127.0.0.1/32"
		case "HOST":
			line = "HOST=127.0.0.1"
		}
		env = append(env, line)
	}
	return startExample(t, "api", known, port, env...)
}
