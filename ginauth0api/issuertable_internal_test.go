package ginauth0api

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func tenantHost(i int) string { return fmt.Sprintf("t%d.example", i) }

// holds reports whether an issuer has a Provider in the table.
func holds(s *issuers, host string) bool {
	return (*s.table.known.Load())["https://"+host+"/"] != nil
}

// residents counts who has a Provider.
func residents(s *issuers) (proven, others, dropped int) {
	for _, r := range *s.table.known.Load() {
		if r.proven.Load() {
			proven++
		} else {
			others++
		}
	}
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	return proven, others, len(s.table.dropped)
}

func TestLeastRecentlyVerifiedIssuerMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 100 // contract API, section 9
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		for i := range size {
			verifyFor(t, s, n, tenantHost(i))
		}
		verifyFor(t, s, n, tenantHost(0))
		refuseFor(t, s, tenantHost(1)) // says nothing
		verifyFor(t, s, n, "new1.example")
		verifyFor(t, s, n, "new2.example")
		for i := range size {
			if got, want := holds(s, tenantHost(i)), i != 1 && i != 2; got != want {
				t.Errorf("t%d: %v, want %v", i, got, want)
			}
		}
		if proven, others, dropped := residents(s); proven != size || others != 0 || dropped != 2 {
			t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
		}
		// What was dropped is made anew.
		verifyFor(t, s, n, tenantHost(1))
		for host, want := range map[string]int{tenantHost(0): 2, tenantHost(1): 4, "new1.example": 2} {
			if n.asked(host) != want {
				t.Errorf("%s: %d requests, want %d", host, n.asked(host), want)
			}
		}
	})
}

func TestUnverifiedTokensDisplaceNobodyButOneAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		for i := range maxProven {
			verifyFor(t, s, n, tenantHost(i))
		}
		for i := range 1000 {
			refuseFor(t, s, fmt.Sprintf("victim%d.example", i))
			if i%100 == 0 {
				time.Sleep(time.Second)
			}
		}
		if proven, others, dropped := residents(s); proven != maxProven || others != maxProbation || dropped > maxDropped {
			t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
		}
		for i := range maxProven {
			verifyFor(t, s, n, tenantHost(i))
			if n.asked(tenantHost(i)) != 2 {
				t.Fatalf("t%d: %d requests, want those of its first token", i, n.asked(tenantHost(i)))
			}
		}
		time.Sleep(dropGrace)
		synctest.Wait()
		if _, others, dropped := residents(s); others != maxProbation || dropped != 0 {
			t.Errorf("later: %d others, %d dropped", others, dropped)
		}
	})
}

// Whoever names issuers in turn meets the Providers, back-offs and budgets of the
// last round.
func TestRoundOfUnverifiedTokensCostsNoFetchAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		const round = 3 * maxProbation
		n.fail(tenantHost(7), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		for range 5 {
			for i := range round {
				iss := "https://" + tenantHost(i) + "/"
				if _, err := keyOf(found(t, s, requestTo(tenantHost(i)), iss), iss); (err != nil) != (i == 7) {
					t.Fatalf("%s: %v", iss, err)
				}
			}
		}
		if n.asked("") != 2*(round-1)+1 {
			t.Errorf("%d requests, want those of the first round", n.asked(""))
		}
	})
}

// A Provider that has lost its place serves the requests that have it, and a good
// signature brings it back.
func TestDroppedProviderServesOnAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		slow := make(chan struct{})
		n.fail("slow.example", func(w http.ResponseWriter, r *http.Request) {
			<-slow
			n.mu.Lock()
			sound := n.sound("slow.example")
			n.mu.Unlock()
			sound(w, r)
		})
		p := found(t, s, requestTo("slow.example"), "https://slow.example/")
		waiting := make(chan error)
		go func() {
			_, err := keyOf(p, "https://slow.example/")
			waiting <- err
		}()
		synctest.Wait()
		for i := range 2 * maxProbation {
			refuseFor(t, s, tenantHost(i))
		}
		if holds(s, "slow.example") {
			t.Fatal("it still has its place")
		}
		time.Sleep(4 * time.Second)
		close(slow)
		if err := <-waiting; err != nil {
			t.Errorf("the request that waited: %v", err)
		}
		s.verified(p)
		if found(t, s, requestTo("slow.example"), "https://slow.example/") != p {
			t.Error("it did not come back")
		}
		if proven, _, dropped := residents(s); proven != 1 || dropped != maxProbation {
			t.Errorf("%d proven, %d dropped", proven, dropped)
		}
		time.Sleep(time.Minute)
		if err := p.Warm(t.Context()); err != nil {
			t.Errorf("it was closed although it is back: %v", err)
		}
	})
}

func TestDroppedProviderIsClosedAfterAGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		p := found(t, s, requestTo("first.example"), "https://first.example/")
		for i := range maxProbation {
			found(t, s, requestTo(tenantHost(i)), "https://"+tenantHost(i)+"/")
		}
		time.Sleep(8 * time.Second)
		if _, err := keyOf(p, "https://first.example/"); err != nil {
			t.Errorf("within the grace: %v", err)
		}
		time.Sleep(2*time.Second + time.Millisecond)
		synctest.Wait()
		var unavailable *oidc.UnavailableError
		if _, err := p.Key(t.Context(), "https://first.example/", "new", true, "ES256"); !errors.As(err, &unavailable) {
			t.Errorf("behind the grace: %v", err)
		}
		s.verified(p) // too late
		if holds(s, "first.example") {
			t.Error("a closed Provider came back")
		}
		verifyFor(t, s, n, "first.example")
	})
}

// A token that was under way while its issuer was made anew counts for the issuer.
func TestSignatureOfADroppedProviderCountsForItsIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
		for i := range maxProven + 1 {
			verifyFor(t, s, n, tenantHost(i))
		}
		s.table.mu.Lock()
		old := s.table.dropped[0].provider
		s.table.mu.Unlock()
		p := found(t, s, requestTo(tenantHost(0)), "https://t0.example/")
		s.verified(old)
		if proven, others, dropped := residents(s); p == old || proven != maxProven || others != 0 || dropped != 2 {
			t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
		}
	})
}

// A flood of names cuts the grace short: memory has a bound.
func TestTooManyDroppedProvidersAreClosedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, newHosts())
		var providers []*oidc.Provider
		for i := range maxProbation + maxDropped + 2 {
			providers = append(providers, found(t, s, requestTo(tenantHost(i)), "https://"+tenantHost(i)+"/"))
		}
		synctest.Wait()
		for i, p := range providers[:4] {
			_, err := keyOf(p, "https://"+tenantHost(i)+"/")
			if closed := i < 2; (err != nil) != closed {
				t.Errorf("t%d: %v, closed %v", i, err, closed)
			}
		}
	})
}

func TestFirstTokensInParallelMakeOneProvider(t *testing.T) {
	t.Parallel()
	domain, err := oidc.ParseDomain("a.example")
	if err != nil {
		t.Fatal(err)
	}
	made, second := 0, make(chan *oidc.Provider, 1)
	var table *issuerTable
	table = newIssuerTable(t.Context(), func(domain oidc.Domain) *oidc.Provider {
		if made++; made == 1 { // the lock is held
			go func() { second <- table.provider(domain) }()
			time.Sleep(20 * time.Millisecond) // it has looked, and waits
		}
		return oidc.New(t.Context(), oidc.Config{Domain: domain})
	})
	if first := table.provider(domain); first != <-second || made != 1 {
		t.Errorf("%d Providers for one issuer", made)
	}
}

func TestTableInParallel(t *testing.T) {
	t.Parallel()
	n := newHosts()
	s := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 300 {
				host := tenantHost((i*7 + worker) % 250)
				if i%3 == 0 {
					found(t, s, requestTo(host), "https://"+host+"/") // its bad token is refused without a key
				} else {
					verifyFor(t, s, n, host)
				}
			}
		})
	}
	group.Wait()
	if proven, others, dropped := residents(s); proven > maxProven || others > maxProbation || dropped > maxDropped {
		t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
	}
	for range 4 {
		group.Go(s.close)
		group.Go(func() { _, _ = s.find(requestTo("late.example"), "https://late.example/") })
	}
	group.Wait()
}
