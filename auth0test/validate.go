package auth0test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// validate reports every problem at once, each naming its field.
func (c Config) validate() error {
	var problems []error
	report := reporter(func(field, format string, args ...any) {
		problems = append(problems, fmt.Errorf("auth0test: Config.%s: %s", field, fmt.Sprintf(format, args...)))
	})
	if c.Issuer != "" {
		if problem := issuerProblem(c.Issuer); problem != "" {
			report("Issuer", "%s", problem)
		}
	}
	c.validateClients(report)
	c.validateAPIs(report)
	c.validateUsers(report)
	c.validateOrganizations(report)
	c.validateConnections(report)
	if c.AutoApprove != "" && !validName(c.AutoApprove) {
		report("AutoApprove", "not a name that somebody could type")
	}
	for _, lifetime := range []struct {
		field string
		value time.Duration
	}{
		{"AccessTokenLifetime", c.AccessTokenLifetime},
		{"IDTokenLifetime", c.IDTokenLifetime},
		{"RefreshTokenLifetime", c.RefreshTokenLifetime},
		{"ConnectionTokenLifetime", c.ConnectionTokenLifetime},
	} {
		// Tokens count in whole seconds.
		if lifetime.value < time.Second {
			report(lifetime.field, "shorter than a second")
		}
	}
	for i, name := range c.ExchangeParameters {
		if name == "" || slices.Contains(reservedParameters(), name) {
			report(fmt.Sprintf("ExchangeParameters[%d]", i), "%q is no name, or belongs to the grant", name)
		}
	}
	if c.BackchannelInterval < 0 {
		report("BackchannelInterval", "is negative")
	}
	return errors.Join(problems...)
}

type reporter func(field, format string, args ...any)

// named wants a name that nothing before it has.
func (report reporter) named(field, name string, seen map[string]bool) {
	switch {
	case strings.TrimSpace(name) == "":
		report(field, "is empty")
	case seen[name]:
		report(field, "%q is there twice", name)
	}
	seen[name] = true
}

func (report reporter) scopes(field string, scopes []string) {
	for i, scope := range scopes {
		if !scopeToken(scope) {
			report(fmt.Sprintf("%s.Scopes[%d]", field, i), "not a scope")
		}
	}
}

func (report reporter) addresses(field string, uris []string) {
	for i, uri := range uris {
		if !absolute(uri) {
			report(fmt.Sprintf("%s[%d]", field, i), "not an absolute URI without fragment")
		}
	}
}

func (c Config) validateClients(report reporter) {
	seen := map[string]bool{}
	for i, client := range c.Clients {
		field := fmt.Sprintf("Clients[%d]", i)
		report.named(field+".ID", client.ID, seen)
		client.validateAuthentication(field, report)
		report.addresses(field+".RedirectURIs", client.RedirectURIs)
		report.addresses(field+".LogoutURIs", client.LogoutURIs)
		if uri := client.BackchannelLogoutURI; uri != "" && (!absolute(uri) || !overHTTP(uri)) {
			report(field+".BackchannelLogoutURI", "not an http or https URL without fragment")
		}
	}
}

// validateAuthentication lets every client have one way to authenticate.
func (c Client) validateAuthentication(field string, report reporter) {
	switch {
	case c.Public && c.Secret != "":
		report(field+".Secret", "a public client has none")
	case len(c.Keys) > 0 && c.Secret != "":
		report(field+".Secret", "a client with Keys has none")
	case !c.Public && c.Secret == "" && len(c.Keys) == 0:
		report(field+".Secret", "is empty (a client without one is Public or has Keys)")
	}
	if c.Public && len(c.Keys) > 0 {
		report(field+".Keys", "a public client has none")
	}
	for i, key := range c.Keys {
		if !slices.ContainsFunc(assertionAlgorithms, func(alg string) bool { return signsAssertions(alg, key.Key) }) {
			report(fmt.Sprintf("%s.Keys[%d].Key", field, i), "not a public RSA key of 2048 to 8192 bits, nor one on P-256, P-384 or P-521")
		}
	}
}

func (c Config) validateAPIs(report reporter) {
	seen := map[string]bool{}
	for i, api := range c.APIs {
		field := fmt.Sprintf("APIs[%d]", i)
		report.named(field+".Audience", api.Audience, seen)
		report.scopes(field, api.Scopes)
		for j, scope := range api.Scopes {
			if slices.Contains(openIDScopes, scope) {
				report(fmt.Sprintf("%s.Scopes[%d]", field, j), "%q belongs to OpenID Connect", scope)
			}
		}
		for j, name := range api.AuthorizationDetailsTypes {
			if strings.TrimSpace(name) == "" {
				report(fmt.Sprintf("%s.AuthorizationDetailsTypes[%d]", field, j), "is empty")
			}
		}
	}
}

// protocolClaims are written by the tenant; a user's own would make tokens that no client can accept.
// Tests that want such tokens have EditIDToken.
var protocolClaims = []string{
	"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "sid", "auth_time", "at_hash", "c_hash", "jti",
}

func (c Config) validateUsers(report reporter) {
	names, subjects := map[string]bool{}, map[string]bool{}
	for i, user := range c.Users {
		field := fmt.Sprintf("Users[%d]", i)
		switch {
		case !validName(user.Name):
			report(field+".Name", "is empty, longer than %d bytes, or holds what nobody can type", maxName)
		case names[user.Name]:
			report(field+".Name", "%q is there twice", user.Name)
		}
		names[user.Name] = true
		// OpenID Connect Core section 2: at most 255 ASCII characters.
		if len(user.Subject) > 255 {
			report(field+".Subject", "longer than 255 bytes")
		}
		if subjects[user.Subject] {
			report(field+".Subject", "%q is there twice", user.Subject)
		}
		subjects[user.Subject] = true
		for _, claim := range protocolClaims {
			if _, ok := user.Claims[claim]; ok {
				report(field+".Claims", "%q is the tenant's to write", claim)
			}
		}
		if _, err := encodeJSON(user.Claims); err != nil {
			report(field+".Claims", "%v", err)
		}
	}
}

func (c Config) validateConnections(report reporter) {
	seen := map[string]bool{}
	for i, connection := range c.Connections {
		field := fmt.Sprintf("Connections[%d]", i)
		report.named(field+".Name", connection.Name, seen)
		report.scopes(field, connection.Scopes)
	}
}

func (c Config) validateOrganizations(report reporter) {
	ids, names := map[string]bool{}, map[string]bool{}
	for i, o := range c.Organizations {
		field, name := fmt.Sprintf("Organizations[%d]", i), strings.ToLower(o.Name)
		switch {
		case !strings.HasPrefix(o.ID, organizationPrefix) || o.ID == organizationPrefix:
			report(field+".ID", "does not begin with %s, or is nothing else", organizationPrefix)
		case ids[o.ID]:
			report(field+".ID", "%q is there twice", o.ID)
		}
		switch {
		case name == "" || strings.HasPrefix(name, organizationPrefix):
			report(field+".Name", "is empty, or begins with %s as ids do", organizationPrefix)
		case names[name]:
			report(field+".Name", "%q is there twice", o.Name)
		}
		ids[o.ID], names[name] = true, true
		for j, ticket := range o.Invitations {
			if ticket == "" || slices.Contains(o.Invitations[:j], ticket) {
				report(fmt.Sprintf("%s.Invitations[%d]", field, j), "is empty or there twice")
			}
		}
	}
}

// issuerProblem follows OpenID Connect Discovery section 3: a URL without query and fragment. http is
// allowed, as a development tenant lives on loopback.
func issuerProblem(issuer string) string {
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return "not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "not an http or https URL"
	case u.Hostname() == "":
		return "has no host"
	case u.User != nil:
		return "has user information"
	case strings.ContainsAny(issuer, "?#"):
		return "has a query or a fragment"
	}
	return ""
}

// absolute follows RFC 6749 section 3.1.2.
func absolute(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.IsAbs() && !strings.Contains(uri, "#") && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

// overHTTP tells whether the tenant could send something there.
func overHTTP(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// scopeToken follows RFC 6749 section 3.3.
func scopeToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
