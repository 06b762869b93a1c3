package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// settings are what the flags say.
type settings struct {
	address, issuer, audience, user         string
	clientID, clientSecret                  string
	scopes, permissions                     string
	backchannelLogout                       string
	anyAddress, requireNonce, requirePushed bool
}

// newFlags are the flags, which write into the settings.
func newFlags() (*settings, *flag.FlagSet) {
	s := &settings{}
	flags := flag.NewFlagSet("tenant", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run says what is wrong
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Tenant runs a development tenant, at which anybody may be anybody, until it is interrupted.\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&s.address, "addr", "localhost:4000", "listen on this loopback `host:port`; port 0 is a free one")
	flags.BoolVar(&s.anyAddress, "insecure-any-address", false,
		"take an -addr that other machines reach: everybody on them can sign in as anybody")
	flags.StringVar(&s.issuer, "issuer", "", "the issuer `URL` that clients see, for a tenant behind a proxy (default http://, -addr and a slash)")
	flags.StringVar(&s.clientID, "client-id", auth0test.DefaultClientID, "the `id` of the application; it may redirect to any loopback address")
	flags.StringVar(&s.clientSecret, "client-secret", auth0test.DefaultClientSecret, "the `secret` of the application")
	flags.StringVar(&s.audience, "audience", auth0test.DefaultAudience, "the `identifier` of the API")
	flags.StringVar(&s.scopes, "scopes", "read:messages write:messages", "the scopes of the API, a `list` with spaces")
	flags.StringVar(&s.permissions, "permissions", "admin:all",
		"the permissions that people can have at the API beside its scopes, a `list` with spaces; ada has all, grace the first scope, alan none")
	flags.StringVar(&s.user, "user", "", "sign this `person` in without a login page: ada, grace, alan or any other name (default: show the page)")
	flags.BoolVar(&s.requireNonce, "require-dpop-nonce", false, "ask every DPoP proof for a nonce (RFC 9449 section 8)")
	flags.BoolVar(&s.requirePushed, "require-par", false, "refuse authorization requests that were not pushed first (RFC 9126)")
	flags.StringVar(&s.backchannelLogout, "backchannel-logout", "",
		"post logout tokens to this `URL` of the application, such as http://localhost:3000/auth/backchannel-logout (default: to nobody)")
	return s, flags
}

// check refuses what the tenant itself would take.
func (s *settings) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q is no flag", rest[0])
	}
	host, _, err := net.SplitHostPort(s.address)
	if err != nil {
		return fmt.Errorf("-addr is not host:port, such as localhost:4000: %q", s.address)
	}
	if !s.anyAddress && !loopback(host) {
		return fmt.Errorf("-addr %s can be reached by other machines, where everybody could sign in as anybody; "+
			"use localhost, or say -insecure-any-address", s.address)
	}
	return nil
}

// loopback tells whether a host is this machine and nobody else.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (s *settings) config() auth0test.Config {
	return auth0test.Config{
		Issuer: s.issuer,
		Clients: []auth0test.Client{{
			ID: s.clientID, Secret: s.clientSecret, AllowLoopback: true,
			RequirePAR: s.requirePushed, BackchannelLogoutURI: s.backchannelLogout,
		}},
		APIs: []auth0test.API{{
			Audience: s.audience, Scopes: strings.Fields(s.scopes), Permissions: strings.Fields(s.permissions),
		}},
		AutoApprove:      s.user,
		RequireDPoPNonce: s.requireNonce,
		SecondFactor:     true,
	}
}

// inFlags is the text of an error in which flags stand for the fields of the configuration that they fill.
func inFlags(err error) string {
	return strings.NewReplacer(
		"auth0test: ", "",
		"Config.Issuer", "-issuer",
		"Config.Clients[0].ID", "-client-id",
		"Config.Clients[0].Secret", "-client-secret",
		"Config.Clients[0].BackchannelLogoutURI", "-backchannel-logout",
		"Config.APIs[0].Audience", "-audience",
		"Config.APIs[0].Scopes", "-scopes",
		"Config.AutoApprove", "-user",
		" (a client without one is Public or has Keys)", "",
	).Replace(err.Error())
}
