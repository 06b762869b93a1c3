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
// missing, and a key that can be read but not used, is reported by [New], which names
// the variables too.
func ConfigFromEnv() (Config, error) {
	cfg := Config{
		Domain:       env("Domain"),
		ClientID:     env("ClientID"),
		ClientSecret: Secret(env("ClientSecret")),
		Audience:     env("Audience"),
		Scopes:       strings.Fields(env("Scopes")),
		Organization: env("Organization"),
	}
	if len(cfg.Scopes) == 0 {
		cfg.Scopes = nil
	}
	var p problems
	secrets := variables["Secrets"]
	if os.Getenv(secrets) == "" {
		secrets = "SESSION_SECRET"
	}
	for _, secret := range envList(&p, "Secrets", secrets) {
		cfg.Secrets = append(cfg.Secrets, Secret(secret))
	}
	if urls := envList(&p, "BaseURL", variables["BaseURL"]); len(urls) > 0 {
		cfg.BaseURL, cfg.ExtraBaseURLs = urls[0], urls[1:]
	}
	cfg.PAR, cfg.DPoP = envBool(&p, "PAR"), envBool(&p, "DPoP")
	cfg.ClientAssertion = envAssertion(&p)
	if p != nil {
		return Config{}, errors.Join(p...)
	}
	return cfg, nil
}

// variables are the environment variables by the fields that they fill.
var variables = map[string]string{
	"Domain":        "AUTH0_DOMAIN",
	"ClientID":      "AUTH0_CLIENT_ID",
	"ClientSecret":  "AUTH0_CLIENT_SECRET",
	"Secrets":       "AUTH0_SECRET",
	"BaseURL":       "APP_BASE_URL",
	"ExtraBaseURLs": "APP_BASE_URL",
	"Audience":      "AUTH0_AUDIENCE",
	"Scopes":        "AUTH0_SCOPE",
	"Organization":  "AUTH0_ORGANIZATION",
	"PAR":           "AUTH0_PAR",
	"DPoP":          "AUTH0_DPOP",

	"ClientAssertion.Key":       "AUTH0_CLIENT_ASSERTION_SIGNING_KEY",
	"ClientAssertion.Algorithm": "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
}

// env reads the variable of a field.
func env(field string) string { return os.Getenv(variables[field]) }

// envBool reads a boolean, false if the variable is unset.
func envBool(p *problems, field string) bool {
	value := env(field)
	if value == "" {
		return false
	}
	on, err := strconv.ParseBool(value)
	if err != nil {
		p.add(field, "is neither true nor false")
	}
	return on
}

// envAssertion reads the key of a client, the zero value if the variables are unset.
func envAssertion(p *problems) ClientAssertion {
	const key, algorithm = "ClientAssertion.Key", "ClientAssertion.Algorithm"
	a := ClientAssertion{Algorithm: env(algorithm)}
	text := env(key)
	if text == "" {
		if a.Algorithm != "" {
			p.add(algorithm, "is there without %s: set both or none", variables[key])
		}
		return a
	}
	var err error
	if a.Key, err = ParseSigningKey(Secret(text)); err != nil {
		p.add(key, "is not one private key in PEM (PKCS#8, not encrypted); %s", makeKey)
	}
	return a
}

// envList reads a comma list, nil if the variable is unset.
func envList(p *problems, field, variable string) []string {
	value := os.Getenv(variable)
	if value == "" {
		return nil
	}
	list := strings.Split(value, ",")
	for i, item := range list {
		list[i] = strings.TrimSpace(item)
		if list[i] == "" {
			p.addOf(field, variable, "has an empty entry: is there a comma too many?")
		}
	}
	return list
}
