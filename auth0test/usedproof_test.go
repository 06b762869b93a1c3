package auth0test_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestProofIsUsedOnce(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	endpoint := tenant.URL() + "/oauth/token"
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	key.Now, other.Now = clock.Now, clock.Now
	ahead := auth0test.Claims{"iat": clock.Now().Add(time.Minute), "jti": "the-jti"}
	proof := key.Proof("POST", endpoint, "", ahead)
	if answer := proven(t, tenant, machineForm(nil), proof); answer.status != http.StatusOK {
		t.Fatalf("status %d: %s", answer.status, answer.body)
	}
	wantRefusal(t, proven(t, tenant, machineForm(nil), proof), http.StatusBadRequest, "invalid_dpop_proof")
	again := key.Proof("POST", endpoint, "", auth0test.Claims{"jti": "the-jti"})
	wantRefusal(t, proven(t, tenant, machineForm(nil), again), http.StatusBadRequest, "invalid_dpop_proof")
	// The jti of another key is another one.
	if answer := proven(t, tenant, machineForm(nil), other.Proof("POST", endpoint, "", ahead)); answer.status != http.StatusOK {
		t.Errorf("another key: status %d: %s", answer.status, answer.body)
	}
	// The memory lasts as long as the proof could be used.
	clock.advance(2 * time.Minute)
	wantRefusal(t, proven(t, tenant, machineForm(nil), proof), http.StatusBadRequest, "invalid_dpop_proof")
	clock.advance(2 * time.Second)
	if answer := proven(t, tenant, machineForm(nil), key.Proof("POST", endpoint, "", auth0test.Claims{"jti": "the-jti"})); answer.status != http.StatusOK {
		t.Errorf("after the window: status %d: %s", answer.status, answer.body)
	}
}

func TestProofIsUsedOnceByManyAtATime(t *testing.T) {
	tenant := auth0test.Start(t)
	proof := auth0test.NewProofKey("").Proof("POST", tenant.URL()+"/oauth/token", "")
	onlyOnce(t, func() bool {
		header := formHeader()
		header.Set("DPoP", proof)
		return answers(t, tenant.URL()+"/oauth/token", machineForm(nil).Encode(), header, http.StatusOK)
	})
}
