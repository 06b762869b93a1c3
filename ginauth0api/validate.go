package ginauth0api

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	maxLeeway      = 5 * time.Minute
	maxProofAge    = 24 * time.Hour
	minNonceKey    = 32 // bytes
	algorithmsHint = ", which is not one of RS/PS256-512, ES256, ES384, ES512, EdDSA"
)

// ConfigError is one mistake in a [Config]. [New] reports all of them at once;
// errors.As finds the first, and the error of New can be taken apart with
// Unwrap() []error.
type ConfigError struct {
	// Field is the path in Config, such as Keys.JWKSURI; ctx for the argument of
	// New.
	Field string
	// Problem says what is wrong, without showing a secret.
	Problem string
}

// Error names field and problem.
func (e *ConfigError) Error() string { return "ginauth0api: " + e.Field + " " + e.Problem }

// problems collects what is wrong with a Config.
type problems []error

func (p *problems) add(field, problem string) {
	*p = append(*p, &ConfigError{Field: field, Problem: problem})
}

// parsed is what has become of the settings that need more than a copy.
type parsed struct {
	issuers  issuerSource
	keys     oidc.Config // JWKSURI and StaticKeys alone
	proxy    publicAddress
	client   oidc.ClientAuth
	resource resource
}

// validate parses the settings, or returns everything that is wrong with them.
func (cfg Config) validate(ctx context.Context) (parsed, error) {
	var found problems
	var p parsed
	if ctx == nil {
		found.add("ctx", "must not be nil: give it that of the program, or context.Background()")
	}
	p.issuers = cfg.validateIssuers(&found)
	if len(cfg.Audience) == 0 {
		found.add("Audience", "is missing: the identifier of this API, such as https://api.example.com, which stands in the aud of its access tokens (Auth0 dashboard: Applications, APIs, your API, Settings, Identifier)")
	}
	for _, audience := range cfg.Audience {
		if strings.TrimSpace(audience) == "" {
			found.add("Audience", "has a blank entry: each is the identifier of this API")
		}
	}
	found.checkAlgorithms("Algorithms", cfg.Algorithms)
	for _, check := range cfg.TokenChecks {
		if check == nil {
			found.add("TokenChecks", "has an entry that is nil: leave it out")
		}
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		found.add("Leeway", "must lie between 0 and 5 minutes")
	}
	for i := range len(cfg.Realm) {
		if !permittedInChallenge(cfg.Realm[i]) {
			found.add("Realm", "has a byte outside %x20-21, %x23-5B and %x5D-7E")
			break
		}
	}
	cfg.DPoP.validate(&found)
	cfg.TokenCache.validate(&found)
	p.proxy = cfg.Proxy.validate(&found)
	p.resource = cfg.Resource.validate(&found, cfg.Proxy.BaseURL)
	p.keys.JWKSURI, p.keys.StaticKeys = cfg.Keys.validate(&found)
	p.client = cfg.Client.validate(&found, cfg.Domain != "" || len(cfg.Domains) > 0)
	return p, errors.Join(found...)
}

func (p *problems) checkAlgorithms(field string, algorithms []string) {
	for _, algorithm := range algorithms {
		if !jws.Known(algorithm) {
			p.add(field, "has the entry "+quoted(algorithm)+algorithmsHint)
		}
	}
}

func (cfg DPoPConfig) validate(found *problems) {
	if !cfg.Mode.known() {
		found.add("DPoP.Mode", "is none of DPoPAllowed, DPoPRequired and DPoPDisabled")
	}
	found.checkAlgorithms("DPoP.Algorithms", cfg.Algorithms)
	if cfg.MaxAge < 0 || cfg.MaxAge > maxProofAge {
		found.add("DPoP.MaxAge", "must lie between 0 and 24 hours")
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		found.add("DPoP.Leeway", "must lie between 0 and 5 minutes")
	}
	for _, key := range cfg.Nonce.Keys {
		if len(key) < minNonceKey {
			found.add("DPoP.Nonce.Keys", "has an entry of less than 32 bytes; make one with: openssl rand -hex 32")
		}
	}
	if cfg.Nonce.Lifetime < 0 {
		found.add("DPoP.Nonce.Lifetime", "must not be negative")
	}
	if cfg.AllowBoundTokenAsBearer && cfg.Mode != DPoPDisabled {
		found.add("DPoP.AllowBoundTokenAsBearer", "is for the mode DPoPDisabled alone")
	}
}

func (k KeysConfig) validate(found *problems) (string, []jws.Key) {
	if k.JWKSURI != "" {
		if len(k.Static) > 0 {
			found.add("Keys.JWKSURI", "excludes Keys.Static: set one of them")
		}
		if !isKeySetAddress(k.JWKSURI) {
			found.add("Keys.JWKSURI", "must be an absolute https URL without user info and fragment (http only for a loopback host)")
		}
	}
	if len(k.Static) == 0 {
		if k.Static != nil {
			found.add("Keys.Static", "is empty: leave it nil, and the keys are those of the issuer")
		}
		return k.JWKSURI, nil
	}
	keys, err := jws.ParseKeySet(k.Static)
	switch {
	case err != nil:
		found.add("Keys.Static", `is not a JWK Set document, such as {"keys": […]}`)
	case holdsSecrets(k.Static):
		found.add("Keys.Static", "holds a private or symmetric key: put in the public ones alone")
	case len(keys) == 0:
		found.add("Keys.Static", "has no key that can verify signatures")
	}
	return k.JWKSURI, keys
}

// isKeySetAddress: over plain http, whoever sits in between chooses the keys.
func isKeySetAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || strings.HasSuffix(address, "#") {
		return false
	}
	host, err := authority.Parse(u.Host)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && host.Loopback())
}

// holdsSecrets reports whether a JWK Set has entries that should be known to the
// issuer alone: their owner has taken the wrong file.
func holdsSecrets(document []byte) bool {
	// Maps, because a struct would fold the case of the member names. One by one,
	// because an entry of another shape must not hide the others.
	var set map[string]json.RawMessage
	var entries []json.RawMessage
	if json.Unmarshal(document, &set) != nil || json.Unmarshal(set["keys"], &entries) != nil {
		return false
	}
	for _, text := range entries {
		var entry map[string]json.RawMessage
		if json.Unmarshal(text, &entry) != nil {
			continue
		}
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, there := entry[member]; there {
				return true
			}
		}
		if string(entry["kty"]) == `"oct"` {
			return true
		}
	}
	return false
}
