package ginauth0

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// ConfigFromEnv reads a Config from the environment:
//
//	AUTH0_DOMAIN         Domain
//	AUTH0_CLIENT_ID      ClientID
//	AUTH0_CLIENT_SECRET  ClientSecret
//	AUTH0_SECRET         Secrets, a comma between them; SESSION_SECRET if unset
//	APP_BASE_URL         BaseURL, then ExtraBaseURLs, a comma between them
//	AUTH0_AUDIENCE       Audience
//	AUTH0_SCOPE          Scopes, a space between them
//	AUTH0_ORGANIZATION   Organization
//
// An empty variable counts as unset. AUTH0_PAR, AUTH0_DPOP and
// AUTH0_CLIENT_ASSERTION_SIGNING_KEY ask for what this version does not have:
// they are refused, so that nobody relies on protection that is not there. All
// problems are reported at once, each a *[ConfigError] naming the variable.
// What is missing is reported by [New].
func ConfigFromEnv() (Config, error) {
	cfg := Config{
		Domain:       os.Getenv("AUTH0_DOMAIN"),
		ClientID:     os.Getenv("AUTH0_CLIENT_ID"),
		ClientSecret: Secret(os.Getenv("AUTH0_CLIENT_SECRET")),
		Audience:     os.Getenv("AUTH0_AUDIENCE"),
		Scopes:       strings.Fields(os.Getenv("AUTH0_SCOPE")),
		Organization: os.Getenv("AUTH0_ORGANIZATION"),
	}
	if len(cfg.Scopes) == 0 {
		cfg.Scopes = nil
	}
	var p problems
	secrets := "AUTH0_SECRET"
	if os.Getenv(secrets) == "" {
		secrets = "SESSION_SECRET"
	}
	for _, secret := range envList(&p, secrets) {
		cfg.Secrets = append(cfg.Secrets, Secret(secret))
	}
	if urls := envList(&p, "APP_BASE_URL"); len(urls) > 0 {
		cfg.BaseURL, cfg.ExtraBaseURLs = urls[0], urls[1:]
	}
	for _, name := range []string{"AUTH0_PAR", "AUTH0_DPOP"} {
		on, err := strconv.ParseBool(os.Getenv(name))
		if os.Getenv(name) == "" {
			continue
		}
		if err != nil {
			p.add(name, "is neither true nor false")
		} else if on {
			p.add(name, "asks for something that this version does not have yet")
		}
	}
	if os.Getenv("AUTH0_CLIENT_ASSERTION_SIGNING_KEY") != "" {
		p.add("AUTH0_CLIENT_ASSERTION_SIGNING_KEY", "asks for private_key_jwt, which this version does not have yet")
	}
	if p != nil {
		return Config{}, errors.Join(p...)
	}
	return cfg, nil
}

// envList reads a comma list, nil if the variable is unset.
func envList(p *problems, name string) []string {
	value := os.Getenv(name)
	if value == "" {
		return nil
	}
	list := strings.Split(value, ",")
	for i, item := range list {
		list[i] = strings.TrimSpace(item)
		if list[i] == "" {
			p.add(name, "has an empty entry")
		}
	}
	return list
}
