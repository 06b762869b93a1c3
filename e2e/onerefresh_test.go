package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// fleet are four processes of loadapp that share a Redis, and one person who is signed in.
type fleet struct {
	t         *testing.T
	tenant    *auth0test.Tenant
	processes [4]*program
	cookies   []*http.Cookie // as they were after the login
}

// startFleet signs somebody in whose access token is over.
func startFleet(t *testing.T, sessions string) *fleet {
	t.Helper()
	f := &fleet{t: t}
	var ports [len(f.processes)]int
	for i := range ports {
		ports[i] = freePort(t)
	}
	base := fmt.Sprintf("http://localhost:%d", ports[0]) // cookies do not know of ports
	f.tenant = auth0test.Start(t, auth0test.Config{
		AutoApprove: "ada", ConnectionTokenLifetime: time.Hour, AccessTokenLifetime: time.Hour,
		Clients: []auth0test.Client{{ID: clientID, Secret: clientSecret, RedirectURIs: []string{base + "/auth/callback"}, LogoutURIs: []string{base}}},
	})
	f.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	redis, known := startRedis(t), newSecrets()
	known.add("the client secret", clientSecret)
	known.add("the cookie secret", cookieSecret)
	for i, port := range ports {
		f.processes[i] = startServing(t, fmt.Sprintf("loadapp %d", i), loadapp, known, port,
			fmt.Sprintf("PORT=%d", port), "APP_BASE_URL="+base, "AUTH0_DOMAIN="+f.tenant.Issuer(),
			"AUTH0_CLIENT_ID="+clientID, "AUTH0_CLIENT_SECRET="+clientSecret, "AUTH0_SECRET="+cookieSecret,
			"AUTH0_AUDIENCE="+audience, "AUTH0_SCOPE=openid profile offline_access read:messages",
			"TENANT_TIMEOUT=10s", "REDIS_URL="+redis.url, "SESSIONS="+sessions,
		)
	}
	f.tenant.EditTokenResponse(func(answer map[string]any) { answer["expires_in"] = 1 }) // over, as the session knows it
	f.signIn(base)
	f.tenant.EditTokenResponse(nil)
	return f
}

func (f *fleet) signIn(base string) {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: patience}
	response, err := browser.Get(base + "/auth/login?returnTo=/page")
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		f.t.Fatalf("the login ends with %d %s, %v", response.StatusCode, body, err)
	}
	address, err := url.Parse(base)
	if err != nil {
		f.t.Fatal(err)
	}
	f.cookies = jar.Cookies(address)
}

// token asks one process, with the cookies from after the login.
func (f *fleet) token(process int, path string) string {
	request, err := http.NewRequest(http.MethodGet, f.processes[process].url+path, nil)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	for _, cookie := range f.cookies {
		request.AddCookie(cookie)
	}
	response, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	defer response.Body.Close()
	var body struct{ Token, Error string }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || response.StatusCode != http.StatusOK || body.Token == "" {
		f.t.Errorf("process %d, %s: %d %s, %v", process, path, response.StatusCode, body.Error, err)
	}
	return body.Token
}

// wantOne lets fifty requests at once ask for the same, of all processes in turn. One request reaches the tenant, now
// and when each process is asked once more, and everybody gets the same token.
func (f *fleet) wantOne(path string) string {
	f.t.Helper()
	before := f.tenant.Requests("/oauth/token")
	tokens := make([]string, 50)
	var group sync.WaitGroup
	for i := range tokens {
		group.Go(func() { tokens[i] = f.token(i%len(f.processes), path) })
	}
	group.Wait()
	for process := range f.processes {
		tokens = append(tokens, f.token(process, path))
	}
	for _, token := range tokens {
		if token != tokens[0] {
			f.t.Fatalf("%s: not the same token for all", path)
		}
	}
	if got := f.tenant.Requests("/oauth/token") - before; got != 1 {
		f.t.Errorf("%s: %d requests reached the tenant", path, got)
	}
	return tokens[0]
}

// However many ask, at however many processes, the tenant is asked once: for an access token that is over, and for a
// token of a connection.
func TestOneRefreshAtFourProcesses(t *testing.T) {
	t.Parallel()
	for _, sessions := range []string{"rows", "cookies"} {
		t.Run(sessions, func(t *testing.T) {
			t.Parallel()
			f := startFleet(t, sessions)
			f.tenant.Break("/oauth/token", auth0test.Slow(200*time.Millisecond)) // so that they do wait for each other
			access := f.wantOne("/auth/access-token")
			if subject := tokenSubject(access); subject != "auth0|ada" {
				t.Errorf("the token is for %q", subject)
			}
			// The refresh token was rotated. One that was used would not do here.
			if f.wantOne("/connection/google-oauth2") == access {
				t.Error("the access token is that of the connection")
			}
		})
	}
}
