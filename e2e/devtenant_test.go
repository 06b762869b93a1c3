package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// devTenant is auth0test in this process. Its host is 127.0.0.1 and the web app's is localhost, so that a login goes
// from one site to another, as it does with a tenant in the world.
type devTenant struct {
	cfg     auth0test.Config
	address string
	running *auth0test.Tenant
}

func startDevTenant(t *testing.T, webapp string, edits ...func(*auth0test.Config)) *devTenant {
	t.Helper()
	d := &devTenant{address: fmt.Sprintf("127.0.0.1:%d", freePort(t)), cfg: auth0test.Config{Clients: []auth0test.Client{
		{
			ID: clientID, Secret: clientSecret,
			RedirectURIs: []string{webapp + "/auth/callback"}, LogoutURIs: []string{webapp},
			BackchannelLogoutURI: webapp + "/auth/backchannel-logout",
		},
		{ID: machineID, Secret: machineSecret},
	}}}
	for _, edit := range edits {
		edit(&d.cfg)
	}
	d.start(t)
	t.Cleanup(func() { d.stop(t) })
	return d
}

func (d *devTenant) start(t *testing.T) {
	t.Helper()
	running, err := auth0test.New(d.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Listen(d.address); err != nil {
		t.Fatal(err)
	}
	d.running = running
}

func (d *devTenant) stop(*testing.T) { d.running.Close() }

func (d *devTenant) domain() string { return d.running.Issuer() }

func (d *devTenant) awaitSignIn(on *tab) { awaitDevSignIn(on) }

func (d *devTenant) signIn(on *tab, login string) { devSignIn(on, login) }

// finishLogout has nothing to do: the ID token hint says who asks.
func (d *devTenant) finishLogout(*tab) {}

func (d *devTenant) endSession(on *tab) {
	on.open(d.domain())
	on.follow(`a[href$="/oidc/logout"]`)
}

func (d *devTenant) name(login string) string {
	return map[string]string{"ada": "Ada Lovelace", "grace": "Grace Hopper"}[login]
}

func (d *devTenant) email(login string) string { return login + "@example.test" }

// subject is Auth0's for a database user.
func (d *devTenant) subject(login string) string { return "auth0|" + login }

func awaitDevSignIn(on *tab) {
	on.t.Helper()
	on.await(`input[name=name]`)
}

// devSignIn types a name into the login page of auth0test, whichever program serves it.
func devSignIn(on *tab, login string) {
	on.t.Helper()
	awaitDevSignIn(on)
	on.write(`input[name=name]`, strings.TrimSpace(login))
	on.follow(`button.go`)
}
