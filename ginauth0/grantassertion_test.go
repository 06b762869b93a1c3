package ginauth0_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// RFC 7523 section 3: each request of each grant has an assertion of its own, with a jti
// that the tenant takes once. RFC 6749 section 2.3: there is no secret beside it.
func TestGrantsWithAClientAssertion(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, func(s *setup) {
		s.tenant.Clients = []auth0test.Client{{
			ID: auth0test.DefaultClientID, AllowLoopback: true, Keys: []auth0test.ClientKey{{KeyID: "k1", Key: &key.PublicKey}},
		}}
		s.config.ClientSecret, s.config.ClientAssertion = "", ginauth0.ClientAssertion{Key: key, KeyID: "k1"}
	})
	tokens, starts := d.watch(t, "/oauth/token"), d.watch(t, "/bc-authorize")
	b := d.browser(t)
	if _, err := d.auth.ExchangeToken(t.Context(), graceOptions()); err != nil {
		t.Error(err)
	}
	d.set(exchanging(graceOptions()))
	if r := b.do(http.MethodPost, "/door"); r.status != http.StatusOK {
		t.Errorf("login by exchange: %d %s", r.status, r.body)
	}
	r := d.start(t)
	d.clock.advance(r.Interval)
	d.next(t, b.do(http.MethodPost, "/door"))
	if err := d.tenant.ApproveBackchannelLogin(string(r.ID)); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(r.Interval)
	if r := b.do(http.MethodPost, "/door"); r.status != http.StatusOK {
		t.Errorf("CIBA: %d %s", r.status, r.body)
	}
	list, seen := append(tokens.taken(), starts.taken()...), map[string]bool{}
	for _, p := range list {
		seen[p.form.Get("client_assertion")] = true
		if p.form.Has("client_secret") || p.header.Get("Authorization") != "" || p.form.Get("client_id") != auth0test.DefaultClientID ||
			p.form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			t.Errorf("sent %v", p.form)
		}
	}
	if len(list) != 5 || len(seen) != 5 {
		t.Errorf("%d assertions in %d requests", len(seen), len(list))
	}
}
