package ginauth0api

import (
	"errors"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// validate returns how the Guard authenticates at the token endpoint: of the
// issuer that Domain or Domains names.
func (cfg ClientConfig) validate(found *problems, issuerNamed bool) oidc.ClientAuth {
	auth := oidc.ClientAuth{ID: cfg.ID, Secret: string(cfg.Secret)}
	asserts := cfg.Assertion.Key != nil || cfg.Assertion.KeyID != "" || cfg.Assertion.Algorithm != ""
	switch {
	case cfg.ID == "" && (cfg.Secret != "" || asserts):
		found.add("Client.ID", "is missing: Client.Secret and Client.Assertion are those of an application, which has an ID")
	case cfg.ID != "" && strings.TrimSpace(cfg.ID) == "":
		found.add("Client.ID", "is blank: leave it empty, and with it the secret")
	case cfg.ID != "" && !issuerNamed:
		found.add("Client.ID", "needs Domain or Domains, which name the token endpoint")
	}
	if cfg.Secret != "" && asserts {
		found.add("Client.Secret", "excludes Client.Assertion: set one of them")
	}
	if asserts {
		auth.Assertion = cfg.Assertion.validate(found)
	}
	return auth
}

func (a ClientAssertion) validate(found *problems) *oidc.Assertion {
	if a.Key == nil {
		found.add("Client.Assertion.Key", "is missing, and nothing else can sign")
		return nil
	}
	assertion, err := oidc.NewAssertion(a.Key, a.KeyID, a.Algorithm)
	switch {
	case errors.Is(err, oidc.ErrSigningAlgorithm):
		found.add("Client.Assertion.Algorithm", "is "+quoted(a.Algorithm)+", with which the key cannot sign")
	case err != nil:
		found.add("Client.Assertion.Key", "must be RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, or Ed25519")
	}
	return assertion
}
