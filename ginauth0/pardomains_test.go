package ginauth0_test

import (
	"crypto/elliptic"
	"net/http"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Each domain gets the requests of its own logins, and assertions that are good nowhere
// else (RFC 7523 section 3: aud).
func TestPARWithSeveralDomains(t *testing.T) {
	t.Parallel()
	s := newSites(t, config(func(c *ginauth0.Config) { c.PAR = true }))
	v := s.visitor(t)
	for i, host := range []string{hostA, hostB} {
		b := v.at(host)
		b.login("/auth/login")
		b.wantPage([]string{"hello Ada Lovelace", "hello Grace Hopper"}[i])
		if a, b := s.a.Requests(parPath), s.b.Requests(parPath); a != 1 || b != i {
			t.Errorf("%s: %d and %d pushed requests", host, a, b)
		}
	}
	s.resolve(failing)
	r := v.at(hostA).get("/auth/login", asJSON)
	wantError(t, r, http.StatusInternalServerError, `"error":"configuration_error"`)
	if wantNoCookie(t, "without a domain", r); s.a.Requests(parPath) != 1 || s.b.Requests(parPath) != 1 {
		t.Error("a request was pushed without a domain")
	}
}

func TestAssertionsNameTheirDomain(t *testing.T) {
	t.Parallel()
	assertion := ginauth0.ClientAssertion{Key: ecKey(t, elliptic.P256())}
	s := newSites(t, config(func(c *ginauth0.Config) {
		c.PAR, c.ClientSecret, c.ClientAssertion = true, "", assertion
	}))
	v := s.visitor(t)
	for host, tenant := range map[string]*auth0test.Tenant{hostA: s.a, hostB: s.b} {
		pushed := (&app{tenant: tenant}).recordAnd(parPath, answering(http.StatusCreated, `{"request_uri":"urn:x:1","expires_in":30}`))
		if r := v.at(host).get("/auth/login"); r.status != http.StatusFound {
			t.Errorf("%s: %d %s", host, r.status, r.body)
		}
		claims := verifiedAssertion(t, pushed.one(t).form.Get("client_assertion"), assertion, jose.ES256)
		if claims["aud"] != tenant.Issuer() {
			t.Errorf("%s: an assertion for %v, want %s", host, claims["aud"], tenant.Issuer())
		}
	}
}
