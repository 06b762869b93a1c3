package oidc_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// A Provider that has lost its place serves the requests that have it, and a good
// signature brings it back.
func TestDroppedProviderServesOnAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		table := newTable(t, n)
		slow := make(chan struct{})
		n.fail("slow.example", func(w http.ResponseWriter, r *http.Request) {
			<-slow
			sound(w, r)
		})
		p := find(t, table, "slow.example")
		waiting := make(chan error)
		go func() { waiting <- keyOf(p, "slow.example") }()
		synctest.Wait()
		for i := range 2 * places {
			refuseFor(t, table, tenantHost(i))
		}
		if table.Holds(issuerOf("slow.example")) {
			t.Fatal("it still has its place")
		}
		time.Sleep(4 * time.Second)
		close(slow)
		if err := <-waiting; err != nil {
			t.Errorf("the request that waited: %v", err)
		}
		table.Verified(p)
		if find(t, table, "slow.example") != p {
			t.Error("it did not come back")
		}
		wantCount(t, table, 1, places, places)
		time.Sleep(time.Minute)
		if err := p.Warm(t.Context()); err != nil {
			t.Errorf("it was closed although it is back: %v", err)
		}
	})
}

func TestDroppedProviderIsClosedAfterAGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := newTable(t, newHosts())
		p := find(t, table, "first.example")
		for i := range places {
			find(t, table, tenantHost(i))
		}
		time.Sleep(8 * time.Second)
		if err := keyOf(p, "first.example"); err != nil {
			t.Errorf("within the grace: %v", err)
		}
		time.Sleep(2*time.Second + time.Millisecond)
		synctest.Wait()
		var unavailable *oidc.UnavailableError
		if _, err := p.Key(t.Context(), issuerOf("first.example"), "new", true, "ES256"); !errors.As(err, &unavailable) {
			t.Errorf("behind the grace: %v", err)
		}
		table.Verified(p) // too late
		if table.Holds(issuerOf("first.example")) {
			t.Error("a closed Provider came back")
		}
		verifyFor(t, table, "first.example")
	})
}

// A token that was under way while its issuer was made anew counts for the issuer.
func TestSignatureOfADroppedProviderCountsForItsIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := newTable(t, newHosts())
		for i := range places + 1 {
			verifyFor(t, table, tenantHost(i))
		}
		old := table.Dropped()[0]
		p := find(t, table, tenantHost(0))
		table.Verified(old)
		if p == old {
			t.Error("the old Provider is back")
		}
		wantCount(t, table, places, 0, 2)
	})
}

// A flood of names cuts the grace short: memory has a bound.
func TestTooManyDroppedProvidersAreClosedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := newTable(t, newHosts())
		var providers []*oidc.Provider
		for i := range places + 3*places + 2 {
			providers = append(providers, find(t, table, tenantHost(i)))
		}
		synctest.Wait()
		for i, p := range providers[:4] {
			if err := keyOf(p, tenantHost(i)); (err != nil) != (i < 2) {
				t.Errorf("t%d: %v, closed %v", i, err, i < 2)
			}
		}
	})
}
