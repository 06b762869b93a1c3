package ginauth0_test

import (
	"crypto/elliptic"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// clearEnv unsets every variable that ConfigFromEnv reads.
func clearEnv(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_SECRET", "SESSION_SECRET", "APP_BASE_URL", "AUTH0_AUDIENCE", "AUTH0_SCOPE",
		"AUTH0_ORGANIZATION", "AUTH0_PAR", "AUTH0_DPOP", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY", "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
	} {
		t.Setenv(name, "")
	}
}

func TestConfigFromEnv(t *testing.T) {
	clearEnv(t)
	key := ecKey(t, elliptic.P384())
	for name, value := range map[string]string{
		"AUTH0_DOMAIN": "tenant.eu.auth0.com", "AUTH0_CLIENT_ID": "client", "AUTH0_CLIENT_SECRET": "cs", "AUTH0_SECRET": secret1 + ", " + secret2,
		"SESSION_SECRET": "not read", "APP_BASE_URL": "https://a.example, https://b.example", "AUTH0_AUDIENCE": "api", "AUTH0_SCOPE": "openid  profile",
		"AUTH0_ORGANIZATION": "org_1", "AUTH0_PAR": "true", "AUTH0_DPOP": "1",
		"AUTH0_CLIENT_ASSERTION_SIGNING_KEY": pemOf(t, key), "AUTH0_CLIENT_ASSERTION_SIGNING_ALG": "ES384",
	} {
		t.Setenv(name, value)
	}
	c, err := ginauth0.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if c.Domain != "tenant.eu.auth0.com" || c.ClientID != "client" || string(c.ClientSecret) != "cs" || c.Audience != "api" || c.Organization != "org_1" ||
		!slices.Equal(c.Secrets, []ginauth0.Secret{secret1, secret2}) || c.BaseURL != "https://a.example" || !slices.Equal(c.ExtraBaseURLs, []string{"https://b.example"}) ||
		!slices.Equal(c.Scopes, []string{"openid", "profile"}) || !c.PAR || !c.DPoP {
		t.Errorf("config %+v", c)
	}
	if !key.Equal(c.ClientAssertion.Key) || c.ClientAssertion.Algorithm != "ES384" || c.ClientAssertion.KeyID != "" {
		t.Errorf("client assertion %v", c.ClientAssertion)
	}
}

// An empty variable is no variable, and what is missing is for New to say.
func TestConfigFromEnvOfNothing(t *testing.T) {
	clearEnv(t)
	c, err := ginauth0.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if c.Domain != "" || c.Secrets != nil || c.Scopes != nil || c.BaseURL != "" || c.ExtraBaseURLs != nil || c.PAR || c.DPoP || c.ClientAssertion != (ginauth0.ClientAssertion{}) {
		t.Errorf("config %+v", c)
	}
	t.Setenv("SESSION_SECRET", secret2)
	if c, err = ginauth0.ConfigFromEnv(); err != nil || !slices.Equal(c.Secrets, []ginauth0.Secret{secret2}) {
		t.Errorf("fallback %v, %v", len(c.Secrets), err)
	}
}

func TestConfigFromEnvReadsBooleans(t *testing.T) {
	clearEnv(t)
	for value, want := range map[string]bool{"true": true, "TRUE": true, "1": true, "false": false, "0": false, "": false} {
		t.Setenv("AUTH0_PAR", value)
		t.Setenv("AUTH0_DPOP", value)
		if c, err := ginauth0.ConfigFromEnv(); err != nil || c.PAR != want || c.DPoP != want {
			t.Errorf("%q: PAR %v, DPoP %v, %v", value, c.PAR, c.DPoP, err)
		}
	}
}

func TestConfigFromEnvReportsEveryProblemAtOnce(t *testing.T) {
	clearEnv(t)
	broken := strings.Replace(pemOf(t, ecKey(t, elliptic.P256())), "M", "!", 1)
	for name, value := range map[string]string{
		"APP_BASE_URL": "https://a.example,", "AUTH0_SECRET": secret1 + ",,", "AUTH0_PAR": "maybe", "AUTH0_DPOP": "yes", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY": broken,
	} {
		t.Setenv(name, value)
	}
	c, err := ginauth0.ConfigFromEnv()
	if err == nil {
		t.Fatal("accepted")
	}
	if got, want := strings.Join(fields(t, err), " "), "BaseURL ClientAssertion.Key DPoP PAR Secrets"; got != want {
		t.Errorf("fields %s, want %s", got, want)
	}
	for _, part := range []string{
		"BaseURL (APP_BASE_URL) has an empty entry", "Secrets (AUTH0_SECRET) has an empty entry", "PAR (AUTH0_PAR) is neither true nor false", "DPoP (AUTH0_DPOP) is neither",
		"ClientAssertion.Key (AUTH0_CLIENT_ASSERTION_SIGNING_KEY) is not one private key in PEM (PKCS#8, not encrypted); make one with: openssl genpkey",
	} {
		if !strings.Contains(err.Error(), "ginauth0: "+part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
	if strings.Contains(err.Error(), broken[28:40]) || strings.Contains(err.Error(), secret1) {
		t.Errorf("the error shows a secret: %v", err)
	}
	if c.Secrets != nil || c.ClientAssertion != (ginauth0.ClientAssertion{}) {
		t.Errorf("a configuration came with the error: %+v", c)
	}
}

func TestConfigFromEnvRefusesAnAlgorithmWithoutAKey(t *testing.T) {
	clearEnv(t)
	t.Setenv("AUTH0_CLIENT_ASSERTION_SIGNING_ALG", "RS256")
	_, err := ginauth0.ConfigFromEnv()
	if err == nil {
		t.Fatal("accepted")
	}
	const want = "ginauth0: ClientAssertion.Algorithm (AUTH0_CLIENT_ASSERTION_SIGNING_ALG) is there without AUTH0_CLIENT_ASSERTION_SIGNING_KEY"
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Whether key and algorithm go together is for New to judge.
func TestConfigFromEnvThenNewJudgesTheKey(t *testing.T) {
	clearEnv(t)
	for name, value := range map[string]string{
		"AUTH0_DOMAIN": "tenant.eu.auth0.com", "AUTH0_CLIENT_ID": "client", "AUTH0_SECRET": secret1, "APP_BASE_URL": "https://a.example",
		"AUTH0_CLIENT_ASSERTION_SIGNING_KEY": strings.ReplaceAll(pemOf(t, ecKey(t, elliptic.P256())), "\n", `\n`),
	} {
		t.Setenv(name, value)
	}
	for algorithm, want := range map[string]string{"": "", "ES256": "", "ES384": "ClientAssertion.Algorithm", "HS256": "ClientAssertion.Algorithm"} {
		t.Setenv("AUTH0_CLIENT_ASSERTION_SIGNING_ALG", algorithm)
		c, err := ginauth0.ConfigFromEnv()
		if err != nil {
			t.Fatal(err)
		}
		auth, err := ginauth0.New(t.Context(), c)
		switch {
		case err == nil && want == "":
			auth.Close()
		case err == nil:
			auth.Close()
			t.Errorf("%q: accepted", algorithm)
		case strings.Join(fields(t, err), " ") != want:
			t.Errorf("%q: %v, want %s", algorithm, err, want)
		}
	}
}

// The variable that was read is named, not the one that would have gone before it.
func TestConfigFromEnvNamesTheVariableThatStandsIn(t *testing.T) {
	clearEnv(t)
	t.Setenv("SESSION_SECRET", secret1+",")
	_, err := ginauth0.ConfigFromEnv()
	if err == nil || !strings.HasPrefix(err.Error(), "ginauth0: Secrets (SESSION_SECRET) has an empty entry") {
		t.Errorf("%v", err)
	}
}

// Whoever filled the environment reads in every problem which variable it is about.
func TestNewNamesTheVariables(t *testing.T) {
	clearEnv(t)
	for name, value := range map[string]string{
		"AUTH0_DOMAIN": "https:/tenant.example", "AUTH0_CLIENT_SECRET": "hunter2", "AUTH0_SECRET": "hunter2", "APP_BASE_URL": "http://app.example,https://b.example/a/../b",
		"AUTH0_SCOPE": "profile", "AUTH0_CLIENT_ASSERTION_SIGNING_KEY": pemOf(t, ecKey(t, elliptic.P256())), "AUTH0_CLIENT_ASSERTION_SIGNING_ALG": "ES384",
	} {
		t.Setenv(name, value)
	}
	cfg, err := ginauth0.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	_, err = ginauth0.New(t.Context(), cfg)
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, start := range []string{
		"Domain (AUTH0_DOMAIN) must be", "ClientID (AUTH0_CLIENT_ID) is missing: the client ID",
		"ClientSecret (AUTH0_CLIENT_SECRET) excludes ClientAssertion (AUTH0_CLIENT_ASSERTION_SIGNING_KEY): set one of them",
		"Secrets (AUTH0_SECRET) has a secret shorter than 32 bytes; make one with: openssl rand -hex 32",
		"BaseURL (APP_BASE_URL) must be https", "ExtraBaseURLs (APP_BASE_URL) must have a plain path", "Scopes (AUTH0_SCOPE) must contain openid",
		"ClientAssertion.Algorithm (AUTH0_CLIENT_ASSERTION_SIGNING_ALG) is none with which the key can sign",
	} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "ginauth0: "+start) }) {
			t.Errorf("no line %q in\n%v", start, err)
		}
	}
	if len(lines) != 8 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
