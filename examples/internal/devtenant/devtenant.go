// Package devtenant gives the examples a tenant when nobody has configured one: an [auth0test.Tenant] on port 4000,
// which the program that starts first runs and the others use.
//
// Anybody may be anybody at such a tenant. A program that is copied to make something that matters leaves this package
// behind and asks for AUTH0_DOMAIN.
package devtenant

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Where the tenant is, and what it knows in any case.
const (
	Address  = "localhost:4000"
	Audience = auth0test.DefaultAudience

	ClientID     = auth0test.DefaultClientID
	ClientSecret = auth0test.DefaultClientSecret

	// WebApp is where the web app is, which the tenant tells of logouts. The API does not know any better.
	WebApp = "http://localhost:3000"

	machineID     = "dev-machine"
	machineSecret = "dev-machine-secret"
)

// Config says where a tenant is and what it has to know. Every zero value means the constant of that name.
type Config struct {
	Address      string
	Audience     string
	ClientID     string
	ClientSecret string
	ClientKey    crypto.PublicKey // of a client with private_key_jwt, which has no secret; nil: it has one
	WebApp       string           // the public URL of the web app
}

// Tenant is a development tenant, in this program or in another one.
type Tenant struct {
	issuer   string
	audience string
	own      *auth0test.Tenant // nil if another program runs it
}

// Open starts a tenant, or finds the one that runs at the address already. The error says so if the address belongs to
// something else.
func Open(ctx context.Context, cfg Config) (*Tenant, error) {
	cfg = cfg.withDefaults()
	t := &Tenant{issuer: "http://" + cfg.Address + "/", audience: cfg.Audience}

	// Asking comes first: "localhost" is two addresses, and a program that has only one of them still gets the browser.
	err := find(ctx, t.issuer)
	if errors.Is(err, errNobody) {
		if t.own, err = start(cfg); err != nil && find(ctx, t.issuer) == nil {
			err = nil // another program was faster
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the development tenant needs %s: %w", cfg.Address, err)
	}
	return t, nil
}

func (c Config) withDefaults() Config {
	for _, setting := range []struct {
		value    *string
		fallback string
	}{
		{&c.Address, Address},
		{&c.Audience, Audience},
		{&c.ClientID, ClientID},
		{&c.ClientSecret, ClientSecret},
		{&c.WebApp, WebApp},
	} {
		if *setting.value == "" {
			*setting.value = setting.fallback
		}
	}
	return c
}

func start(cfg Config) (*auth0test.Tenant, error) {
	webapp := auth0test.Client{
		ID: cfg.ClientID, Secret: cfg.ClientSecret, AllowLoopback: true,
		BackchannelLogoutURI: strings.TrimSuffix(cfg.WebApp, "/") + "/auth/backchannel-logout",
	}
	if cfg.ClientKey != nil {
		webapp.Secret, webapp.Keys = "", []auth0test.ClientKey{{Key: cfg.ClientKey}}
	}
	tenant, err := auth0test.New(auth0test.Config{
		Clients: []auth0test.Client{webapp, {ID: machineID, Secret: machineSecret}},
		APIs: []auth0test.API{{
			Audience:    cfg.Audience,
			Scopes:      []string{"read:messages", "write:messages"},
			Permissions: []string{"admin:all"},
		}},
		Connections: []auth0test.Connection{ // whose accounts people can connect
			{Name: "google-oauth2", Scopes: []string{"openid", "email", "profile"}},
			{Name: "github", Scopes: []string{"read:user"}},
		},
		SecondFactor: true,
	})
	if err != nil {
		return nil, err
	}
	if err := tenant.Listen(cfg.Address); err != nil {
		tenant.Close()
		return nil, err
	}
	return tenant, nil
}

// Issuer is the issuer identifier, with a slash at its end.
func (t *Tenant) Issuer() string { return t.issuer }

// Close ends the tenant if it runs in this program.
func (t *Tenant) Close() {
	if t.own != nil {
		t.own.Close()
	}
}

// Describe says in three lines that there is such a tenant, and which file lists the settings of the program.
func (t *Tenant) Describe(w io.Writer, listed string) {
	where := "so a development tenant runs in this program"
	if t.own == nil {
		where = "so this program uses the development tenant that another one runs"
	}
	fmt.Fprintf(w, "AUTH0_DOMAIN is not set, %s: %s\n", where, t.issuer[:len(t.issuer)-1])
	fmt.Fprintln(w, "Anybody may sign in there as ada, grace, alan or any other name. It is for this machine only.")
	fmt.Fprintf(w, "The file %s lists the settings for a tenant of your own.\n", listed)
}

// client asks the tenant, which is on this machine, so two seconds are plenty. It follows nobody elsewhere.
var client = &http.Client{
	Timeout:       2 * time.Second,
	Transport:     &http.Transport{DialContext: new(net.Dialer).DialContext, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}
