package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// proxied starts a development tenant that knows a web app at a public URL and signs everybody in there as Ada, and an
// instance of the web app with these settings.
func proxied(t *testing.T, public string, env ...string) (webapp *program, known *secrets) {
	t.Helper()
	tenant := startDevTenant(t, public, func(c *auth0test.Config) { c.AutoApprove = "ada" })
	// A session that is longer than one cookie, as those with many groups are.
	tenant.running.EditIDToken(func(_, claims map[string]any) { claims["groups"] = strings.Repeat(rand.Text(), 50) })
	known = newSecrets()
	known.add("the client secret", clientSecret)
	known.add("the cookie secret", cookieSecret)
	port := freePort(t)
	return startExample(t, "webapp", known, port, append(env, fmt.Sprintf("PORT=%d", port), "HOST=127.0.0.1",
		"AUTH0_DOMAIN="+tenant.domain(), "AUTH0_CLIENT_ID="+clientID, "AUTH0_CLIENT_SECRET="+clientSecret,
		"AUTH0_SECRET="+cookieSecret, "AUTH0_AUDIENCE="+audience)...), known
}

// visitor is a client with cookies of its own, which notes the addresses that it was sent to.
type visitor struct {
	*http.Client
	sent []*url.URL
}

func newVisitor(t *testing.T, client *http.Client) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &visitor{}
	p.Client = &http.Client{Transport: client.Transport, Timeout: client.Timeout, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		p.sent = append(p.sent, r.URL)
		return nil
	}}
	return p
}

// secrets are the parameters of the addresses that must stand in no log.
func (p *visitor) secrets() []string {
	var found []string
	for _, address := range p.sent {
		for _, name := range []string{"code", "state", "nonce"} {
			if value := address.Query().Get(name); value != "" {
				found = append(found, value)
			}
		}
	}
	return found
}

// wantSignedIn signs a person in at the page of a web app, with what a client may say of itself on every way.
func wantSignedIn(t *testing.T, client *http.Client, base string, says ...string) *visitor {
	t.Helper()
	p := newVisitor(t, client)
	answer := ask(t, p.Client, newGet(t, base+"/profile"), says...)
	answer.want(t, http.StatusOK, "")
	if len(p.sent) == 0 || p.sent[len(p.sent)-1].String() != base+"/profile" || !strings.Contains(answer.body, "Ada Lovelace") {
		t.Errorf("the login goes %v and ends with\n%s", p.sent, answer.body)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	// The jar holds cookies that are not for http: a base URL is where the scheme comes from.
	if here, plain := p.Jar.Cookies(u), p.Jar.Cookies(&url.URL{Scheme: "http", Host: u.Host}); len(here) < 2 || len(plain) > 0 {
		t.Errorf("%d cookies of the session, and %d of them by http", len(here), len(plain))
	}
	ask(t, p.Client, newGet(t, base+"/api/me"), says...).want(t, http.StatusOK, "")
	return p
}

// The configuration of the page, in front of a web app at the top of a host, of one below a path, and of an API, which are
// told their URLs.
func TestPageBehindNginx(t *testing.T) {
	t.Parallel()
	settings := dotenvOfProxies(t, "API_BASE_URL=https://api.example.com/v1")
	top, knownTop := proxied(t, "https://app.example.com", settings...)
	below, knownBelow := proxied(t, "https://www.example.com/shop", "APP_BASE_URL=https://www.example.com/shop")
	tenant := startDevTenant(t, "http://localhost:3000")
	api := startProxiedAPI(t, tenant, knownTop, settings)
	e := startEdge(t, nginxOfProxies(t, map[string]string{
		"127.0.0.1:3000": addressOf(top), "127.0.0.1:3001": addressOf(below), "127.0.0.1:8000": addressOf(api),
	}))
	var secret []string
	for base, known := range map[string]*secrets{"https://app.example.com": knownTop, "https://www.example.com/shop": knownBelow} {
		for protocol, client := range e.clients {
			t.Run(base+" by "+protocol, func(t *testing.T) {
				for _, says := range [][]string{nil, forged} {
					p := wantSignedIn(t, client, base, says...)
					for _, value := range p.secrets() {
						known.add("a parameter of a login", value)
					}
					secret = append(secret, p.secrets()...)
					answer := ask(t, p.Client, newGet(t, base+"/auth/logout"), says...)
					if answer.status != http.StatusOK || p.sent[len(p.sent)-1].String() != base && p.sent[len(p.sent)-1].String() != base+"/" {
						t.Errorf("the logout ends with %d at %v", answer.status, p.sent[len(p.sent)-1])
					}
				}
			})
		}
	}
	for protocol, client := range e.clients {
		t.Run("API by "+protocol, func(t *testing.T) { callsBelowPath(t, client, newProofKey(t, knownTop), tenant) })
	}
	t.Run("http", func(t *testing.T) {
		client := &http.Client{Transport: e.clients["HTTP/1.1"].Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer := ask(t, client, newGet(t, "http://app.example.com/profile?a=b"))
		if place := answer.header.Get("Location"); answer.status != http.StatusMovedPermanently || place != "https://app.example.com/profile?a=b" {
			t.Errorf("%d to %s", answer.status, place)
		}
	})
	t.Run("access log", func(t *testing.T) {
		log, err := os.ReadFile(filepath.Join(e.dir, "access.log"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(log), `"GET /auth/callback" 302`) || len(secret) < 8 {
			t.Errorf("%d secrets, and the log\n%s", len(secret), log)
		}
		for _, value := range append(secret, "?") {
			if strings.Contains(string(log), value) {
				t.Errorf("the log has %q", value)
			}
		}
	})
}

// callsBelowPath are calls of an API at https://api.example.com/v1 that knows its URL.
func callsBelowPath(t *testing.T, client *http.Client, key *proofKey, tenant *devTenant) {
	t.Helper()
	const public = "https://api.example.com/v1"
	token := key.token(tenant)
	for _, says := range [][]string{nil, forged} {
		for proven, code := range map[string]string{
			public + "/api/echo/a%2Fb//c":                         "",
			"https://api.example.com/api/echo/a%2Fb//c":           "dpop_htu_mismatch",
			"http://forged.example.test/forged/api/echo/a%2Fb//c": "dpop_htu_mismatch",
		} {
			status := http.StatusOK
			if code != "" {
				status = http.StatusUnauthorized
			}
			proof := key.proof(t, http.MethodGet, proven, token)
			ask(t, client, newRequest(t, public+"/api/echo/a%2Fb//c?d=e"), append(bound(token, proof), says...)...).wantCode(t, status, code)
		}
	}
	answer := ask(t, client, newGet(t, "https://api.example.com/.well-known/oauth-protected-resource/v1"))
	if answer.want(t, http.StatusOK, ""); !strings.Contains(answer.body, `"resource":"`+public+`"`) {
		t.Errorf("the metadata are %s", answer.body)
	}
}
