package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/examples/internal/env"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// settings are what the environment says.
type settings struct {
	guard       ginauth0api.Config
	address     string // to listen on
	url         string // of this program, for people on this machine
	development bool   // no tenant is configured, and nobody but this machine can reach this program
}

// readSettings reads .env and the environment. The error lists everything that is wrong.
func readSettings() (settings, error) {
	if err := env.Load(".env"); err != nil {
		return settings{}, err
	}
	var p env.Problems
	host, port := env.Text("HOST", "localhost"), p.Port("8000")
	s := settings{
		address: net.JoinHostPort(host, port),
		url:     "http://" + net.JoinHostPort(host, port),
		guard: ginauth0api.Config{
			Domain:   env.Text("AUTH0_DOMAIN", ""),
			Audience: []string{env.Text("AUTH0_AUDIENCE", devtenant.Audience)},
			Logger:   slog.Default(),
		},
	}
	if s.guard.Domain == "" {
		s.guard.Domain, s.development = "http://"+devtenant.Address, true
		if err := devtenant.Allowed(host, "API_BASE_URL", env.List("API_BASE_URL")...); err != nil {
			p.Add("AUTH0_DOMAIN", err.Error())
		}
	}
	// TRUSTED_PROXIES, FORWARDED_HEADERS and API_BASE_URL say where proofs are for: without DPoP nothing depends on them.
	p.Refuse("", "REDIS_URL")
	if env.Text("AUTH0_DPOP", "") != "allowed" { // Bearer tokens are accepted then too
		p.Refuse("disabled", "AUTH0_DPOP")
	}
	p.Refuse("false", "AUTH0_DPOP_NONCE")
	judge(&p, s.guard)
	return s, p.Err()
}

// judge asks New already now, so that one report holds what is wrong with the values too.
func judge(p *env.Problems, cfg ginauth0api.Config) {
	guard, err := ginauth0api.New(context.Background(), cfg)
	if err == nil {
		guard.Close()
		return
	}
	variables := map[string]string{"Domain": "AUTH0_DOMAIN", "Audience": "AUTH0_AUDIENCE"}
	for _, err := range env.Split(err) {
		var wrong *ginauth0api.ConfigError
		if errors.As(err, &wrong) {
			p.Add(variables[wrong.Field], wrong.Problem)
		}
	}
}
