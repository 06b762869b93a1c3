package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/examples/internal/env"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// settings are what the environment says.
type settings struct {
	auth        ginauth0.Config
	redis       *redis.Options // nil: sessions are in cookies
	api         string         // address of the API that /messages calls
	address     string         // to listen on
	development bool           // no tenant is configured, and nobody but this machine can reach this program
}

// readSettings reads .env and the environment. The error lists everything that is wrong.
func readSettings() (settings, error) {
	if err := env.Load(".env"); err != nil {
		return settings{}, err
	}
	var p env.Problems
	host, port := env.Text("HOST", "localhost"), p.Port("3000")
	s := settings{
		address: net.JoinHostPort(host, port),
		redis:   p.Redis("REDIS_URL"),
		api:     p.URL("API_URL", "http://localhost:8000"),
	}
	if word := os.Getenv("AUTH0_DPOP"); slices.Contains([]string{"allowed", "required", "disabled"}, word) {
		p.Add("AUTH0_DPOP", "must be true or false for the web app: "+word+" is for the API, and each program needs its own value")
	}

	cfg, err := ginauth0.ConfigFromEnv()
	judged := err == nil
	add(&p, err)
	cfg.TrustedProxies = env.List("TRUSTED_PROXIES")
	cfg.Audience = env.Text("AUTH0_AUDIENCE", devtenant.Audience)
	cfg.Scopes = strings.Fields(env.Text("AUTH0_SCOPE", "openid profile email offline_access read:messages"))
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://" + net.JoinHostPort("localhost", port)
	}
	if os.Getenv("AUTH0_DOMAIN") == "" {
		s.development = true
		if err := devtenant.Allowed(host, "APP_BASE_URL", env.List("APP_BASE_URL")...); err != nil {
			s.development = false
			p.Add("AUTH0_DOMAIN", err.Error())
		}
	}
	if s.development {
		develop(&cfg)
	}
	offerAccounts(&cfg)
	if judged { // ask New already now, so that one report holds what is wrong with the values too
		auth, err := ginauth0.New(context.Background(), cfg)
		if add(&p, err); err == nil {
			auth.Close()
		}
	}
	cfg.Logger = slog.Default()
	s.auth = cfg
	return s, p.Err()
}

// develop fills in what the development tenant knows.
func develop(cfg *ginauth0.Config) {
	cfg.Domain = "http://" + devtenant.Address
	if cfg.ClientID == "" {
		cfg.ClientID = devtenant.ClientID
	}
	if cfg.ClientSecret == "" && cfg.ClientAssertion.Key == nil {
		cfg.ClientSecret = devtenant.ClientSecret
	}
	if len(cfg.Secrets) == 0 {
		cfg.Secrets = []ginauth0.Secret{ginauth0.Secret(rand.Text() + rand.Text())} // a restart signs everybody out
	}
}

// add reports the errors of ConfigFromEnv and of New by the variables that they are about.
func add(p *env.Problems, err error) {
	for _, err := range env.Split(err) {
		var wrong *ginauth0.ConfigError
		switch {
		case !errors.As(err, &wrong):
		case wrong.Field == "TrustedProxies": // which ConfigFromEnv does not read
			p.Add("TRUSTED_PROXIES", wrong.Problem)
		default:
			p.Add(cmp.Or(wrong.Variable, wrong.Field), wrong.Problem)
		}
	}
}
