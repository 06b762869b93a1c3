package e2e_test

import (
	"fmt"
	"testing"
)

// cookieSecret seals the web app's cookies.
const cookieSecret = "the-cookie-secret-of-the-e2e-tests-is-long-enough"

// kinds are the tenants that every scenario runs against.
var kinds = []struct {
	name  string
	start func(t *testing.T, webapp string) tenant
}{
	{"auth0test", atDevTenant},
	{"oidc-provider", func(t *testing.T, webapp string) tenant {
		return startNodeProvider(t, webapp, "client_secret_post")
	}},
}

// atDevTenant is for what is the same at every tenant.
func atDevTenant(t *testing.T, webapp string) tenant { return startDevTenant(t, webapp) }

// eachTenant runs a scenario once per kind of tenant.
func eachTenant(t *testing.T, scenario func(t *testing.T, s *site)) {
	t.Helper()
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			scenario(t, newSite(t, kind.start))
		})
	}
}

// site is a tenant, and the ports and settings of the examples that use it.
type site struct {
	tenant     tenant
	known      *secrets
	webappPort int
	apiPort    int
}

func newSite(t *testing.T, start func(t *testing.T, webapp string) tenant) *site {
	t.Helper()
	s := &site{known: newSecrets(), webappPort: freePort(t), apiPort: freePort(t)}
	s.tenant = start(t, s.webapp())
	s.known.add("the client secret", clientSecret)
	s.known.add("the cookie secret", cookieSecret)
	return s
}

// startWebapp starts examples/webapp with nothing but its environment.
func (s *site) startWebapp(t *testing.T) *program {
	t.Helper()
	return s.startInstance(t, s.webappPort)
}

// startInstance starts one of several instances of examples/webapp, which people reach at the address of the site. Further
// settings take the place of the usual ones.
func (s *site) startInstance(t *testing.T, port int, further ...string) *program {
	t.Helper()
	return startExample(t, "webapp", s.known, port, append([]string{
		fmt.Sprintf("PORT=%d", port),
		"APP_BASE_URL=" + s.webapp(),
		"AUTH0_DOMAIN=" + s.tenant.domain(),
		"AUTH0_CLIENT_ID=" + clientID,
		"AUTH0_CLIENT_SECRET=" + clientSecret,
		"AUTH0_SECRET=" + cookieSecret,
		"AUTH0_AUDIENCE=" + audience,
	}, further...)...)
}

// webapp is the address by which people reach the web app.
func (s *site) webapp() string { return fmt.Sprintf("http://localhost:%d", s.webappPort) }

// startAPI starts examples/api with nothing but its environment.
func (s *site) startAPI(t *testing.T, further ...string) *program {
	t.Helper()
	return startExample(t, "api", s.known, s.apiPort, append(further,
		fmt.Sprintf("PORT=%d", s.apiPort),
		"AUTH0_DOMAIN="+s.tenant.domain(),
		"AUTH0_AUDIENCE="+audience,
	)...)
}

// token registers an access token as something that no program may print.
func (s *site) token(value string) string {
	s.known.add("an access token", value)
	return value
}
