package e2e_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The addresses of programs that nobody told anything.
const (
	defaultWebapp = 3000
	defaultAPI    = 8000
	defaultTenant = 4000
)

// These tests have the default ports in common, so none of them is parallel.

// A private key in place of the client secret, PAR, DPoP, and accounts to connect: the development tenant knows them all.
func TestDevelopmentWebappWithEverything(t *testing.T) {
	needDefaultPorts(t)
	der, err := x509.MarshalPKCS8PrivateKey(newAsserting(t, "ES256").key)
	if err != nil {
		t.Fatal(err)
	}
	known := newSecrets()
	known.add("the signing key", base64.StdEncoding.EncodeToString(der))
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	webapp := startExample(t, "webapp", known, defaultWebapp,
		"AUTH0_PAR=true", "AUTH0_DPOP=true", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY="+key)
	startExample(t, "api", known, defaultAPI, "AUTH0_DPOP=required")
	tab := newBrowser(t, known).newTab()
	tab.open(webapp.url + "/messages")
	devSignIn(tab, "ada")
	wantPlace(t, tab, webapp.url+"/messages")
	if scheme := tab.text(`[data-testid=api-scheme]`); scheme != "DPoP" {
		t.Errorf("the API gets the token as %q", scheme)
	}
	tab.open(webapp.url + "/accounts")
	if got := tab.text(`[data-testid=connect]:last-child`); got != "github" {
		t.Errorf("the last of the connections is %q", got)
	}
}

// curl makes no proofs, so there is no line for it, and one that says so. The development tenant knows the client that is configured.
func TestDevelopmentAPIWithProofsOnly(t *testing.T) {
	needDefaultPorts(t)
	const id, secret = "client-of-the-environment", "secret-of-the-environment-of-this-test"
	known := newSecrets()
	known.add("the client secret", secret)
	api := startExample(t, "api", known, defaultAPI,
		"AUTH0_DPOP=required", "AUTH0_CLIENT_ID="+id, "AUTH0_CLIENT_SECRET="+secret)
	api.awaitOutput(t, regexp.MustCompile(`The API is at `))
	if line := curlLine.FindString(api.output.String()); line != "" {
		t.Error("it prints a curl line that cannot work")
	}
	if output := api.output.String(); strings.Count(output, "No curl line: AUTH0_DPOP=required") != 1 || !strings.Contains(output, "docs/dpop.md") {
		t.Errorf("it does not say once why there is no curl line:\n%s", output)
	}
	requestTokens(t, fmt.Sprintf("http://localhost:%d/oauth/token", defaultTenant), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "audience": {audience},
	})
}

// Each of the programs needs nothing, and the second one uses the tenant of the first.
func TestDevelopmentTenantIsShared(t *testing.T) {
	for _, order := range [][]string{{"webapp", "api"}, {"api", "webapp"}} {
		t.Run(strings.Join(order, " first, then "), func(t *testing.T) {
			needDefaultPorts(t)
			known := newSecrets()
			ports := map[string]int{"webapp": defaultWebapp, "api": defaultAPI}
			running := map[string]*program{}
			for _, name := range order {
				running[name] = startExample(t, name, known, ports[name])
				if name == "api" {
					wantCurlWorks(t, running[name])
				}
				for _, address := range []string{running[name].url, "http://localhost:4000"} {
					running[name].awaitOutput(t, regexp.MustCompile(regexp.QuoteMeta(address)))
				}
			}
			tab := newBrowser(t, known).newTab()
			tab.open(running["webapp"].url + "/messages")
			devSignIn(tab, "grace")
			wantPlace(t, tab, running["webapp"].url+"/messages")
			if scheme := tab.text(`[data-testid=api-scheme]`); scheme != "Bearer" {
				t.Errorf("the API gets the token as %q", scheme)
			}
			tab.open(fmt.Sprintf("http://localhost:%d", defaultTenant))
			tab.follow(`a[href$="/oidc/logout"]`) // which the tenant tells the web app
			tab.open(running["webapp"].url + "/messages")
			awaitDevSignIn(tab)
		})
	}
}

func TestDevelopmentTenantLeavesAForeignProgramAlone(t *testing.T) {
	needDefaultPorts(t)
	listener, err := net.Listen("tcp", fmt.Sprintf("localhost:%d", defaultTenant))
	if err != nil {
		t.Fatal(err)
	}
	foreign := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: patience}
	go func() { _ = foreign.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = foreign.Close() })

	for name := range examples {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, name, nil, "4000")
		})
	}
}

// The development tenant lets anybody be anybody, so nothing but this machine may be in reach.
func TestDevelopmentTenantStaysOnThisMachine(t *testing.T) {
	for name, base := range map[string]string{"webapp": "APP_BASE_URL", "api": "API_BASE_URL"} {
		for _, setting := range []string{"HOST=0.0.0.0", "HOST=::", base + "=https://app.example.test"} {
			t.Run(name+" "+setting, func(t *testing.T) {
				wantRefusal(t, name, []string{setting}, "AUTH0_DOMAIN is not set")
			})
		}
	}
}

// wantCurlWorks runs the one curl line of the API in a shell, as somebody does who pastes it.
func wantCurlWorks(t *testing.T, api *program) {
	t.Helper()
	line := api.awaitOutput(t, curlLine)
	out, err := exec.Command("bash", "-c", line).Output()
	if err != nil {
		t.Fatalf("the curl line fails: %v", err)
	}
	// The line may show the response's headers as well; the JSON comes last.
	body := string(out)
	if i := strings.LastIndex(body, "\n{"); i >= 0 {
		body = body[i:]
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("the curl line prints %q: %v", out, err)
	}
	if answer["scheme"] != "Bearer" || answer["user_id"] == "" || answer["message"] == "" {
		t.Errorf("the curl line prints %s", out)
	}
}

// wantRefusal starts an example that must end by itself, with an error and these words.
func wantRefusal(t *testing.T, name string, env []string, words string) {
	t.Helper()
	p := launch(t, name, env, examples[name])
	select {
	case <-p.stopped:
	case <-time.After(patience):
		t.Fatalf("%s goes on:\n%s", name, p.output.String())
	}
	if p.cmd.ProcessState.Success() {
		t.Errorf("%s ends without an error", name)
	}
	if text := p.output.String(); !strings.Contains(text, words) || strings.Contains(text, "goroutine ") {
		t.Errorf("%s does not say %q in plain words:\n%s", name, words, text)
	}
}

// needDefaultPorts fails where something else listens on one of the ports, which only its owner can end.
func needDefaultPorts(t *testing.T) {
	t.Helper()
	for _, port := range []int{defaultWebapp, defaultAPI, defaultTenant} {
		listener, err := net.Listen("tcp", fmt.Sprintf("localhost:%d", port))
		if err != nil {
			t.Fatalf("these tests need the ports 3000, 4000 and 8000 of this machine: %v", err)
		}
		_ = listener.Close()
	}
}
