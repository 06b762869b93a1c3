package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// program is a run of the tenant.
type program struct {
	lines  []string // all that it prints
	stderr *strings.Builder
	stop   context.CancelFunc
	status chan int
}

// start runs the program until the end of the test, and waits for what it prints.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	p := &program{stderr: &strings.Builder{}, stop: stop, status: make(chan int, 1)}
	stdout, w := io.Pipe()
	go func() {
		p.status <- run(ctx, args, w, p.stderr)
		_ = w.Close()
	}()
	t.Cleanup(func() { stop(); _, _ = io.Copy(io.Discard, stdout) })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		p.lines = append(p.lines, lines.Text())
		if strings.HasPrefix(lines.Text(), "curl ") {
			return p
		}
	}
	t.Fatalf("status %d after %q: %s", <-p.status, p.lines, p.stderr)
	return nil
}

// settings are what the program prints for a file .env.
func (p *program) settings() map[string]string {
	settings := map[string]string{}
	for _, line := range p.lines {
		if name, value, found := strings.Cut(line, "="); found && strings.HasPrefix(name, "AUTH0_") {
			settings[name] = value
		}
	}
	return settings
}

func TestTenantPrintsWhatProgramsNeed(t *testing.T) {
	p := start(t, "-addr", "localhost:0")
	issuer, err := url.Parse(p.settings()["AUTH0_DOMAIN"])
	if err != nil || issuer.Port() == "" {
		t.Fatalf("issuer %v in %q", issuer, p.lines)
	}
	want := strings.ReplaceAll(`The development tenant is at http://localhost:4000 - anybody may be anybody there, so keep it on this machine.

AUTH0_DOMAIN=http://localhost:4000/
AUTH0_CLIENT_ID=dev-client
AUTH0_CLIENT_SECRET=dev-secret
AUTH0_AUDIENCE=https://api.example.test

A token for the API:
curl -s http://localhost:4000/oauth/token -d grant_type=client_credentials -d client_id=dev-client -d client_secret=dev-secret -d audience=https://api.example.test`,
		"4000", issuer.Port())
	if got := strings.Join(p.lines, "\n"); got != want {
		t.Errorf("prints\n%s\nwant\n%s", got, want)
	}
	if answer := curl(t, p.lines); answer["scope"] != "read:messages write:messages" {
		t.Errorf("scope %v", answer["scope"])
	}

	p.stop() // as SIGINT and SIGTERM do
	if status := <-p.status; status != 0 || p.stderr.Len() > 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if conn, err := net.Dial("tcp", issuer.Host); err == nil {
		_ = conn.Close()
		t.Error("the tenant goes on after its end")
	}
}

// curl sends what the printed line sends.
func curl(t *testing.T, lines []string) map[string]any {
	t.Helper()
	var address string
	var body []string
	words := strings.Fields(lines[len(lines)-1])
	for i, word := range words {
		switch {
		case word == "-s":
			address = words[i+1]
		case word == "-d":
			body = append(body, words[i+1])
		}
	}
	response, err := http.Post(address, "application/x-www-form-urlencoded", strings.NewReader(strings.Join(body, "&")))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK || answer["access_token"] == nil {
		t.Fatalf("status %d, %v of %s, %v", response.StatusCode, answer["error_description"], lines[len(lines)-1], err)
	}
	return answer
}

func TestTenantKnowsWhatTheFlagsSay(t *testing.T) {
	const secret = `it's a "secret" & $more` + "`x`"
	p := start(t, "-addr", "127.0.0.1:0", "-client-id", "my client", "-client-secret", secret,
		"-audience", "https://orders.example.test/v1?a=b", "-scopes", " read:orders  write:orders", "-permissions", "refund:all", "-user", "ada")
	if got := curl(t, p.lines)["scope"]; got != "read:orders write:orders" {
		t.Errorf("scope %v", got)
	}
	settings := p.settings()
	for name, want := range map[string]string{
		"AUTH0_CLIENT_ID":     `'my client'`,
		"AUTH0_CLIENT_SECRET": `"it's a \"secret\" & \$more\` + "`x\\`\"",
		"AUTH0_AUDIENCE":      `'https://orders.example.test/v1?a=b'`,
	} {
		if settings[name] != want {
			t.Errorf("%s=%s, want %s", name, settings[name], want)
		}
	}
	// Nobody is asked who they are.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	query := url.Values{
		"client_id": {"my client"}, "redirect_uri": {"http://localhost:3000/callback"}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, // RFC 7636 appendix B
	}
	response, err := client.Get(settings["AUTH0_DOMAIN"] + "authorize?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if target := response.Header.Get("Location"); !strings.HasPrefix(target, "http://localhost:3000/callback?code=") {
		t.Errorf("status %d, Location %q", response.StatusCode, target)
	}
}

func TestFlagsFillTheConfiguration(t *testing.T) {
	s, flags := newFlags()
	if err := flags.Parse([]string{
		"-issuer", "https://login.example.test/", "-require-dpop-nonce", "-require-par",
		"-backchannel-logout", "http://localhost:3000/auth/backchannel-logout", "-scopes", "",
	}); err != nil {
		t.Fatal(err)
	}
	cfg := s.config()
	client := cfg.Clients[0]
	if cfg.Issuer != "https://login.example.test/" || !cfg.RequireDPoPNonce || !cfg.SecondFactor || !client.RequirePAR || !client.AllowLoopback ||
		client.BackchannelLogoutURI != "http://localhost:3000/auth/backchannel-logout" || len(cfg.APIs[0].Scopes) != 0 || cfg.AutoApprove != "" {
		t.Errorf("%+v", cfg)
	}
	if _, err := auth0test.New(cfg); err != nil {
		t.Error(err)
	}
}

func TestFlagsAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-unknown"}, "flag provided but not defined: -unknown"},
		{[]string{"-client-id"}, "flag needs an argument: -client-id"},
		{[]string{"-require-par=perhaps"}, `invalid boolean value "perhaps" for -require-par`},
		{[]string{"localhost:4000"}, `"localhost:4000" is no flag`},
		{[]string{"-addr", "4000"}, `-addr is not host:port, such as localhost:4000: "4000"`},
		{[]string{"-issuer", "login.example.test"}, "-issuer: not an http or https URL"},
		{[]string{"-client-id", ""}, "-client-id: is empty"},
		{[]string{"-client-secret", ""}, "-client-secret: is empty\n"},
		{[]string{"-audience", ""}, "-audience: is empty"},
		{[]string{"-scopes", `read:"all"`}, "-scopes[0]: not a scope"},
		{[]string{"-user", " "}, "-user: not a name that somebody could type"},
		{[]string{"-backchannel-logout", "localhost:3000"}, "-backchannel-logout: not an http or https URL"},
		{[]string{"-client-id", "", "-audience", ""}, "-client-id: is empty\n-audience: is empty"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), test.args, &stdout, &stderr)
		if status != 2 || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), test.want) || !strings.HasSuffix(stderr.String(), "\nThe flag -h lists all flags.\n") {
			t.Errorf("%q: status %d, %q, want 2 and %q", test.args, status, &stderr, test.want)
		}
	}
}

// Whoever reaches the tenant is whoever they want.
func TestAddressesThatOthersReachAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.test:0", "localhost.example.test:0", "127.0.0.1.example.test:0"} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), []string{"-addr", address}, &stdout, &stderr)
		if status != 2 || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "-addr "+address+" can be reached by other machines") ||
			!strings.Contains(stderr.String(), "-insecure-any-address") {
			t.Errorf("%s: status %d, %q", address, status, &stderr)
		}
	}
	for _, address := range []string{"localhost:0", "LOCALHOST:0", "127.0.0.1:0", "127.1.2.3:0", "[::1]:0"} {
		if err := (&settings{address: address}).check(nil); err != nil {
			t.Error(err)
		}
	}
}

func TestInsecureAnyAddress(t *testing.T) {
	p := start(t, "-addr", "0.0.0.0:0", "-insecure-any-address")
	if want := " - anybody may be anybody there, and other machines may reach it."; !strings.HasSuffix(p.lines[0], want) {
		t.Errorf("%q, want %q at its end", p.lines[0], want)
	}
	if domain := p.settings()["AUTH0_DOMAIN"]; !strings.HasPrefix(domain, "http://localhost:") {
		t.Errorf("issuer %s", domain)
	}
	curl(t, p.lines)
}

func TestAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	var stdout, stderr strings.Builder
	status := run(t.Context(), []string{"-addr", listener.Addr().String()}, &stdout, &stderr)
	if status != 1 || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "The flag -addr names an address that cannot be used, choose another port: ") ||
		strings.Count(stderr.String(), "\n") != 1 || strings.Contains(stderr.String(), "auth0test") {
		t.Errorf("status %d, %q, want 1 and one line", status, &stderr)
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	if status := run(t.Context(), []string{"-h"}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Errorf("status %d: %s", status, &stderr)
	}
	for _, name := range []string{
		"addr", "insecure-any-address", "issuer", "client-id", "client-secret", "audience", "scopes", "permissions", "user",
		"require-dpop-nonce", "require-par", "backchannel-logout",
	} {
		if !strings.Contains(stdout.String(), "\n  -"+name) {
			t.Errorf("-%s is missing:\n%s", name, &stdout)
		}
	}
}
