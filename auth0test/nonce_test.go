package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestNonceIsRequired(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, RequireDPoPNonce: true})
	endpoint := tenant.URL() + "/oauth/token"
	key := auth0test.NewProofKey("")
	key.Now = clock.Now
	ask := func(nonce any) page {
		t.Helper()
		return proven(t, tenant, machineForm(nil), key.Proof("POST", endpoint, "", auth0test.Claims{"nonce": nonce}))
	}
	demanded := func(answer page) string {
		t.Helper()
		wantRefusal(t, answer, http.StatusBadRequest, "use_dpop_nonce")
		nonces := answer.header.Values("DPoP-Nonce")
		if len(nonces) != 1 || nonces[0] == "" {
			t.Fatalf("DPoP-Nonce %q, want one", nonces)
		}
		return nonces[0]
	}
	passes := func(answer page, want string) {
		t.Helper()
		if got := answer.header.Get("DPoP-Nonce"); answer.status != http.StatusOK || got != want {
			t.Errorf("status %d, DPoP-Nonce %q; want 200, %q", answer.status, got, want)
		}
	}

	first := demanded(ask(nil))
	if other := demanded(ask("guessed")); other != first {
		t.Errorf("the nonce changes with every request: %s, %s", first, other)
	}
	demanded(ask(""))
	passes(ask(first), "")
	passes(ask(first), "") // a nonce is not a jti: it may come again
	clock.advance(time.Minute)
	answer := ask(first)
	second := answer.header.Get("DPoP-Nonce")
	if answer.status != http.StatusOK || second == "" || second == first {
		t.Fatalf("status %d, DPoP-Nonce %q; want 200 and a new one", answer.status, second)
	}
	passes(ask(second), "")
	passes(ask(first), second)
	clock.advance(time.Minute)
	third := demanded(ask(first))
	passes(ask(second), third)
	clock.advance(2 * time.Minute)
	demanded(ask(third))

	t.Run("a request without a proof needs none", func(t *testing.T) {
		granted(t, tenant, machineForm(nil))
	})
	t.Run("a demand spends no code", func(t *testing.T) {
		code := newBrowser(t, tenant).login(nil)
		nonce := demanded(proven(t, tenant, codeForm(code, nil), key.Proof("POST", endpoint, "")))
		proof := key.Proof("POST", endpoint, "", auth0test.Claims{"nonce": nonce})
		if answer := proven(t, tenant, codeForm(code, nil), proof); answer.status != http.StatusOK {
			t.Errorf("status %d: %s", answer.status, answer.body)
		}
	})
	t.Run("a replayed proof is refused all the same", func(t *testing.T) {
		proof := key.Proof("POST", endpoint, "", auth0test.Claims{"nonce": demanded(ask(nil))})
		passes(proven(t, tenant, machineForm(nil), proof), "")
		wantRefusal(t, proven(t, tenant, machineForm(nil), proof), http.StatusBadRequest, "invalid_dpop_proof")
	})
	t.Run("forgotten when it is required anew", func(t *testing.T) {
		nonce := demanded(ask(nil))
		tenant.RequireDPoPNonce(true)
		if fresh := demanded(ask(nonce)); fresh == nonce {
			t.Error("the nonce is the old one")
		}
	})
	t.Run("turned off", func(t *testing.T) {
		tenant.RequireDPoPNonce(false)
		passes(ask(nil), "")
		passes(ask("whatever"), "")
	})
	t.Run("turned on", func(t *testing.T) {
		tenant.RequireDPoPNonce(true)
		demanded(ask(nil))
	})
}

func TestNoNonceUnlessRequired(t *testing.T) {
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	answer := proven(t, tenant, machineForm(nil), key.Proof("POST", tenant.URL()+"/oauth/token", ""))
	if values, there := answer.header["Dpop-Nonce"]; there || answer.status != http.StatusOK {
		t.Errorf("status %d, DPoP-Nonce %q", answer.status, values)
	}
}

// A bound login of a public client, over endpoints that want nonces.
func TestLoginWithNonces(t *testing.T) {
	tenant, public := nativeTenant(t)
	tenant.RequireDPoPNonce(true)
	key := auth0test.NewProofKey("")
	client := key.Client(nil, "")
	form := offline(public)
	form.Set("dpop_jkt", key.Thumbprint())
	code := newBrowser(t, tenant).login(form)
	response, err := client.PostForm(tenant.URL()+"/oauth/token", codeForm(code, public))
	answer := read(t, response, err)
	if answer.status != http.StatusOK {
		t.Fatalf("status %d: %s", answer.status, answer.body)
	}
	tenant.RequireDPoPNonce(true)
	response, err = client.PostForm(tenant.URL()+"/oauth/token", refreshForm(text(t, answer.json(t), "refresh_token"), url.Values{
		"client_id": {"native"}, "client_secret": {""},
	}))
	if again := read(t, response, err); again.status != http.StatusOK || thumbprintOf(t, tenant, again.json(t)) != key.Thumbprint() {
		t.Errorf("status %d: %s", again.status, again.body)
	}
}
