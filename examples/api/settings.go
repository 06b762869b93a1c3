package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/examples/internal/env"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// settings are what the environment says.
type settings struct {
	guard       ginauth0api.Config
	redis       *redis.Options // nil: this process remembers proofs by itself
	address     string         // to listen on
	url         string         // of this program, for people on this machine
	development bool           // no tenant is configured, and nobody but this machine can reach this program
	ownNonces   bool           // nonces are asked for, and no other process knows the key to them
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
		redis:   p.Redis("REDIS_URL"),
		guard: ginauth0api.Config{
			Domain:   env.Text("AUTH0_DOMAIN", ""),
			Audience: []string{env.Text("AUTH0_AUDIENCE", devtenant.Audience)},
			Proxy: ginauth0api.ProxyConfig{
				BaseURL: env.Text("API_BASE_URL", ""),
				Trusted: env.List("TRUSTED_PROXIES"),
				Headers: env.List("FORWARDED_HEADERS"),
			},
			Client: ginauth0api.ClientConfig{ // for guard.ExchangeToken and its siblings
				ID:     env.Text("AUTH0_CLIENT_ID", ""),
				Secret: ginauth0api.Secret(env.Text("AUTH0_CLIENT_SECRET", "")),
			},
			Logger: slog.Default(),
		},
	}
	s.guard.DPoP.Mode = dpopMode(&p)
	s.guard.DPoP.Nonce.Keys, s.ownNonces = nonceKeys(&p, s.guard.DPoP.Mode)
	if s.guard.Domain == "" {
		s.guard.Domain, s.development = "http://"+devtenant.Address, true
		if err := devtenant.Allowed(host, "API_BASE_URL", env.List("API_BASE_URL")...); err != nil {
			p.Add("AUTH0_DOMAIN", err.Error())
		}
	}
	if s.guard.Proxy.Headers != nil && s.guard.Proxy.Trusted == nil {
		p.Add("FORWARDED_HEADERS", "needs TRUSTED_PROXIES, which says whose headers count")
	}
	switch client := &s.guard.Client; {
	case client.Secret == "" && os.Getenv("AUTH0_CLIENT_ASSERTION_SIGNING_KEY") != "":
		client.ID = "" // that of the web app, in whose .env this program stands too
	case (client.ID == "") != (client.Secret == ""):
		p.Add("AUTH0_CLIENT_ID", "and AUTH0_CLIENT_SECRET need each other")
	}
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
	variables := map[string]string{
		"Domain": "AUTH0_DOMAIN", "Audience": "AUTH0_AUDIENCE",
		"Proxy.BaseURL": "API_BASE_URL", "Proxy.Trusted": "TRUSTED_PROXIES", "Proxy.Headers": "FORWARDED_HEADERS",
		"Client.ID": "AUTH0_CLIENT_ID",
	}
	for _, err := range env.Split(err) {
		var wrong *ginauth0api.ConfigError
		if !errors.As(err, &wrong) {
			continue
		}
		if variable := variables[wrong.Field]; variable != "" {
			wrong.Field = variable
		}
		p.Add(wrong.Field, wrong.Problem)
	}
}
