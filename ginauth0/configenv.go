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
//	AUTH0_PAR            PAR, true or false
//	AUTH0_DPOP           DPoP, true or false
//
//	AUTH0_CLIENT_ASSERTION_SIGNING_KEY  ClientAssertion.Key, a PEM for ParseSigningKey
//	AUTH0_CLIENT_ASSERTION_SIGNING_ALG  ClientAssertion.Algorithm
//
// An empty variable counts as unset. All problems are reported at once, each a
// *[ConfigError] naming the variable; a key that cannot be read is one of them. What is
// missing, and a key that can be read but not used, is reported by [New].
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
	cfg.PAR, cfg.DPoP = envBool(&p, "AUTH0_PAR"), envBool(&p, "AUTH0_DPOP")
	cfg.ClientAssertion = envAssertion(&p)
	if p != nil {
		return Config{}, errors.Join(p...)
	}
	return cfg, nil
}

// envBool reads a boolean, false if the variable is unset.
func envBool(p *problems, name string) bool {
	value := os.Getenv(name)
	if value == "" {
		return false
	}
	on, err := strconv.ParseBool(value)
	if err != nil {
		p.add(name, "is neither true nor false")
	}
	return on
}

// envAssertion reads the key of a client, the zero value if the variables are unset.
func envAssertion(p *problems) ClientAssertion {
	const key, algorithm = "AUTH0_CLIENT_ASSERTION_SIGNING_KEY", "AUTH0_CLIENT_ASSERTION_SIGNING_ALG"
	a := ClientAssertion{Algorithm: os.Getenv(algorithm)}
	text := os.Getenv(key)
	if text == "" {
		if a.Algorithm != "" {
			p.add(algorithm, "is there without %s", key)
		}
		return a
	}
	var err error
	if a.Key, err = ParseSigningKey(Secret(text)); err != nil {
		p.add(key, "is not one private key in PEM (PKCS#8, not encrypted)")
	}
	return a
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
