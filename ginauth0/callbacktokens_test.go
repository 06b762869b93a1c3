package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestCallbackRefusesTheIDToken(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(_, claims map[string]any) {
		return func(_, claims map[string]any) {
			if value == nil {
				delete(claims, name)
			} else {
				claims[name] = value
			}
		}
	}
	for name, edit := range map[string]func(header, claims map[string]any){
		"of another login":             auth0test.WrongNonce,
		"without nonce":                claim("nonce", nil),
		"of another issuer":            auth0test.WrongIssuer,
		"for another client":           auth0test.WrongAudience,
		"expired":                      auth0test.Expired,
		"without exp":                  claim("exp", nil),
		"without iat":                  claim("iat", nil),
		"with a foreign azp":           claim("azp", "evil"),
		"for several, without azp":     func(_, c map[string]any) { c["aud"] = []string{auth0test.DefaultClientID, "evil"}; delete(c, "azp") },
		"for another access token":     claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"for another code":             claim("c_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"without subject":              claim("sub", nil),
		"unsigned":                     func(h, _ map[string]any) { h["alg"] = "none" },
		"signed by the public key":     func(h, _ map[string]any) { h["alg"] = "HS256" },
		"of another algorithm":         func(h, _ map[string]any) { h["alg"] = "RS512" },
		"with critical header members": func(h, _ map[string]any) { h["crit"] = []string{"x"}; h["x"] = 1 },
		"that is an access token":      func(h, _ map[string]any) { h["typ"] = "at+jwt" },
		"with an unknown key":          func(h, _ map[string]any) { h["kid"] = "unknown" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.tenant.EditIDToken(edit)
			b := a.browser(t)
			wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusUnauthorized, `"error":"invalid_id_token"`)
			if len(b.sessionCookies()) != 0 || len(b.attemptCookies()) != 0 {
				t.Errorf("cookies %v", b.jarCookies())
			}
		})
	}
}

func TestCallbackEnforcesWhatTheProgramAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query  string
		config func(*ginauth0.Config)
		claims map[string]any // a Duration: that long after the token is made
		status int
		code   string
	}{
		"max_age 0 and an old login":            {"?max_age=0", nil, map[string]any{"auth_time": -time.Hour}, 401, "invalid_id_token"},
		"max_age 0 and a fresh login":           {"?max_age=0", nil, map[string]any{"auth_time": time.Duration(0)}, 302, ""},
		"acr configured, another one":           {"", func(c *ginauth0.Config) { c.AuthorizationParams = map[string]string{"acr_values": "gold"} }, map[string]any{"acr": "silver"}, 401, "invalid_id_token"},
		"acr from the query only":               {"?acr_values=gold", nil, map[string]any{"acr": "silver"}, 302, ""},
		"organization, another one":             {"?organization=org_1", nil, map[string]any{"org_id": "org_2"}, 403, "organization_mismatch"},
		"organization, missing":                 {"?organization=org_1", nil, map[string]any{"org_id": nil}, 403, "organization_mismatch"},
		"organization by name, in another case": {"?organization=Acme", nil, map[string]any{"org_name": "acme"}, 302, ""},
		"organization pinned, missing":          {"", func(c *ginauth0.Config) { c.Organization = "org_1" }, map[string]any{"org_id": nil}, 403, "organization_mismatch"},
		"session_expiry at once after iat":      {"", nil, map[string]any{"iat": 50 * time.Second, "session_expiry": 75 * time.Second}, 401, "session_expired"},
		"session_expiry has passed":             {"", nil, map[string]any{"session_expiry": -5 * time.Second}, 401, "session_expired"},
		"session_expiry is no count":            {"", nil, map[string]any{"session_expiry": "1"}, 302, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, config(func(c *ginauth0.Config) {
				if test.config != nil {
					test.config(c)
				}
			}))
			a.tenant.EditIDToken(func(_, claims map[string]any) {
				for name, value := range test.claims {
					if after, ok := value.(time.Duration); ok {
						value = a.clock.Now().Add(after).Unix()
					}
					claims[name] = value
					if value == nil {
						delete(claims, name)
					}
				}
			})
			b := a.browser(t)
			r := b.get(b.toCallback("/auth/login"+test.query), asJSON)
			if r.status != test.status || !strings.Contains(r.body, test.code) {
				t.Errorf("%d %s", r.status, r.body)
			}
			if signedIn := len(b.sessionCookies()) != 0; signedIn != (test.status == 302) {
				t.Errorf("signed in: %v", signedIn)
			}
		})
	}
}

func TestTokenEndpointTrouble(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  auth0test.Fault
		edit   func(map[string]any)
		status int
		code   string
	}{
		"too much":               {auth0test.Oversized(2 << 20), nil, 502, "upstream_error"},
		"redirect":               {auth0test.Redirect("https://evil.example/"), nil, 502, "upstream_error"},
		"hangs":                  {auth0test.Hang, nil, 503, "temporarily_unavailable"},
		"no ID token":            {nil, func(m map[string]any) { delete(m, "id_token") }, 401, "invalid_id_token"},
		"no access token":        {nil, func(m map[string]any) { delete(m, "access_token") }, 502, "upstream_error"},
		"a negative lifetime":    {nil, func(m map[string]any) { m["expires_in"] = -1 }, 502, "upstream_error"},
		"a lifetime in digits":   {nil, func(m map[string]any) { m["expires_in"] = "3600" }, 302, ""},
		"an unknown lifetime":    {nil, func(m map[string]any) { delete(m, "expires_in") }, 302, ""},
		"ID token as JSON":       {nil, func(m map[string]any) { m["id_token"] = `{"payload":"e30","signatures":[]}` }, 401, "invalid_id_token"},
		"ID token above the cap": {nil, func(m map[string]any) { m["id_token"] = strings.Repeat("a", 70_000) }, 401, "invalid_id_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 2 * time.Second }))
			b := a.browser(t)
			callback := b.toCallback("/auth/login")
			if test.fault != nil {
				a.tenant.Break(tokenPath, test.fault)
			}
			a.tenant.EditTokenResponse(test.edit)
			r := b.get(callback, asJSON)
			if r.status != test.status || !strings.Contains(r.body, test.code) {
				t.Errorf("%d %s", r.status, r.body)
			}
			if signedIn := len(b.sessionCookies()) != 0; signedIn != (test.status == 302) {
				t.Errorf("signed in: %v", signedIn)
			}
			if len(b.attemptCookies()) != 0 {
				t.Error("the attempt's cookie is still there")
			}
		})
	}
}
