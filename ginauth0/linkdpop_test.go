package ginauth0_test

import (
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The key of the session signs, and no other one is announced: its tokens serve on.
func TestLinkUnderDPoP(t *testing.T) {
	t.Parallel()
	for _, pushed := range []bool{false, true} {
		var o linkOptions
		a, b := signedInLinking(t, &o, func(s *setup) {
			s.config.DPoP, s.config.PAR, s.tenant.RequireDPoPNonce = true, pushed, true
		})
		key := boundTo(t, b.token("").Token)
		requests, redeemed := a.record(parPath), a.record(tokenPath)
		location := b.get("/auth/connect?connection=github&returnTo=/files").location(t)
		announced := location.Query().Get("dpop_jkt")
		if pushed {
			announced = requests.one(t).form.Get("dpop_jkt")
		}
		r := b.get(b.returned(location).String())
		if r.header.Get("Location") != "/files" {
			t.Fatalf("%d %s\nlog: %s", r.status, r.body, a.log)
		}
		if announced != key {
			t.Errorf("announced %q, the session's key is %q", announced, key)
		}
		for _, sent := range redeemed.all() {
			if got := sent.proof(t, a.tenant.URL()+tokenPath).thumbprint; got != key {
				t.Errorf("the proof is by %q, the session's key is %q", got, key)
			}
		}
		if got := boundTo(t, b.token("?force").Token); got != key {
			t.Errorf("afterwards tokens are bound to %q", got)
		}
	}
}

// A session from before DPoP was switched on stays Bearer, and links so.
func TestLinkOfASessionWithoutAKey(t *testing.T) {
	t.Parallel()
	var o linkOptions
	a, b := signedInLinking(t, &o)
	later := newApp(t, linking(&o), config(func(c *ginauth0.Config) { c.Domain, c.DPoP = a.tenant.Issuer(), true }))
	later.tenant = a.tenant
	there := later.browser(t)
	there.setCookies(b.sessionCookies()...)
	redeemed := a.record(tokenPath)
	location := there.get("/auth/connect?connection=github&returnTo=/files").location(t)
	if location.Query().Has("dpop_jkt") {
		t.Errorf("sent %v", location)
	}
	there.client.Jar.SetCookies(location, b.client.Jar.Cookies(location)) // is signed in at the tenant
	if r := there.get(there.returned(location).String()); r.header.Get("Location") != "/files" {
		t.Fatalf("%d %s\nlog: %s", r.status, r.body, later.log)
	}
	if sent := redeemed.one(t); sent.proofs != nil {
		t.Error("a proof")
	}
}
