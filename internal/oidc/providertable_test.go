package oidc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	places = 100 // of the table, for those who have verified and for the others
	grace  = 10 * time.Second
)

func newTable(t testing.TB, n *hosts) *oidc.ProviderTable {
	t.Helper()
	table := oidc.NewProviderTable(t.Context(), oidc.Config{HTTPClient: &http.Client{Transport: n}}, grace)
	t.Cleanup(table.Close)
	return table
}

func find(t testing.TB, table *oidc.ProviderTable, host string) *oidc.Provider {
	t.Helper()
	domain, err := oidc.ParseDomain(host)
	if err != nil {
		t.Fatal(err)
	}
	return table.Provider(domain)
}

func keyOf(p *oidc.Provider, host string) error {
	_, err := p.Key(context.Background(), issuerOf(host), "k1", true, "ES256")
	return err
}

// verifyFor does what a good token of a host does.
func verifyFor(t testing.TB, table *oidc.ProviderTable, host string) {
	t.Helper()
	p := find(t, table, host)
	if err := keyOf(p, host); err != nil {
		t.Fatalf("%s: %v", host, err)
	}
	table.Verified(p)
}

// refuseFor does what a token of a host with a bad signature does.
func refuseFor(t testing.TB, table *oidc.ProviderTable, host string) {
	t.Helper()
	if err := keyOf(find(t, table, host), host); err != nil {
		t.Fatalf("%s: %v", host, err)
	}
}

func wantCount(t testing.TB, table *oidc.ProviderTable, proven, others, dropped int) {
	t.Helper()
	if p, o, d := table.Count(); p != proven || o != others || d != dropped {
		t.Errorf("%d proven, %d others, %d dropped; want %d, %d, %d", p, o, d, proven, others, dropped)
	}
}

func TestLeastRecentlyVerifiedIssuerMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		table := newTable(t, n)
		for i := range places {
			verifyFor(t, table, tenantHost(i))
		}
		verifyFor(t, table, tenantHost(0))
		refuseFor(t, table, tenantHost(1)) // says nothing
		verifyFor(t, table, "new1.example")
		verifyFor(t, table, "new2.example")
		for i := range places {
			if got, want := table.Holds(issuerOf(tenantHost(i))), i != 1 && i != 2; got != want {
				t.Errorf("t%d: %v, want %v", i, got, want)
			}
		}
		wantCount(t, table, places, 0, 2)
		// What was dropped is made anew.
		verifyFor(t, table, tenantHost(1))
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
		table := newTable(t, n)
		for i := range places {
			verifyFor(t, table, tenantHost(i))
		}
		for i := range 1000 {
			refuseFor(t, table, fmt.Sprintf("victim%d.example", i))
			if i%100 == 0 {
				time.Sleep(time.Second)
			}
		}
		if proven, others, dropped := table.Count(); proven != places || others != places || dropped > 3*places {
			t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
		}
		for i := range places {
			verifyFor(t, table, tenantHost(i))
			if n.asked(tenantHost(i)) != 2 {
				t.Fatalf("t%d: %d requests, want those of its first token", i, n.asked(tenantHost(i)))
			}
		}
		time.Sleep(grace)
		synctest.Wait()
		wantCount(t, table, places, places, 0)
	})
}

// Whoever names issuers in turn meets the Providers, back-offs and budgets of the
// last round.
func TestRoundOfUnverifiedTokensCostsNoFetchAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		table := newTable(t, n)
		const round = 3 * places
		n.fail(tenantHost(7), status(http.StatusBadGateway))
		for range 5 {
			for i := range round {
				host := tenantHost(i)
				if err := keyOf(find(t, table, host), host); (err != nil) != (i == 7) {
					t.Fatalf("%s: %v", host, err)
				}
			}
		}
		if n.asked("") != 2*(round-1)+1 {
			t.Errorf("%d requests, want those of the first round", n.asked(""))
		}
	})
}

func TestFirstTokensInParallelMakeOneProvider(t *testing.T) {
	t.Parallel()
	table := newTable(t, newHosts())
	made, second := 0, make(chan *oidc.Provider, 1)
	table.BeforeEachProvider(func() {
		if made++; made == 1 { // the lock is held
			go func() { second <- find(t, table, "a.example") }()
			time.Sleep(20 * time.Millisecond) // it has looked, and waits
		}
	})
	if first := find(t, table, "a.example"); first != <-second || made != 1 {
		t.Errorf("%d Providers for one issuer", made)
	}
}

// A token that a Provider of the table has verified itself is enough; one that it
// refused is not.
func TestTokensThatAProviderVerifiesProveItsIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := newTable(t, newHosts())
		p := find(t, table, "t.example")
		token := idToken(t, nil)
		for _, test := range []struct {
			token  string
			proven int
		}{{token[:len(token)-8] + "AAAAAAAA", 0}, {token, 1}} {
			_, err := p.VerifyIDToken(t.Context(), test.token, rules())
			if (err == nil) != (test.proven == 1) {
				t.Fatalf("verification: %v", err)
			}
			wantCount(t, table, test.proven, 1-test.proven, 0)
		}
	})
}

// After the end the table neither grows nor fetches; held keys serve on.
func TestNothingChangesInAClosedTable(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"Close", "context"} {
		synctest.Test(t, func(t *testing.T) {
			n := newHosts()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			table := oidc.NewProviderTable(ctx, oidc.Config{HTTPClient: &http.Client{Transport: n}}, grace)
			verifyFor(t, table, "a.example")
			b := find(t, table, "b.example")
			if how == "Close" {
				table.Close()
			} else {
				cancel()
			}
			before := n.asked("")
			table.Verified(b)
			var unavailable *oidc.UnavailableError
			for _, host := range []string{"b.example", "c.example"} {
				if err := keyOf(find(t, table, host), host); !errors.As(err, &unavailable) {
					t.Errorf("%s, %s: %v", how, host, err)
				}
			}
			wantCount(t, table, 1, 1, 0)
			refuseFor(t, table, "a.example")
			if n.asked("") != before {
				t.Errorf("%s: %d requests", how, n.asked("")-before)
			}
		})
	}
}

func TestTableInParallel(t *testing.T) {
	t.Parallel()
	table := newTable(t, newHosts())
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 300 {
				host := tenantHost((i*7 + worker) % 250)
				if i%3 == 0 {
					find(t, table, host) // its bad token is refused without a key
				} else {
					verifyFor(t, table, host)
				}
			}
		})
	}
	group.Wait()
	if proven, others, dropped := table.Count(); proven > places || others > places || dropped > 3*places {
		t.Errorf("%d proven, %d others, %d dropped", proven, others, dropped)
	}
	for range 4 {
		group.Go(table.Close)
		group.Go(func() { find(t, table, "late.example") })
	}
	group.Wait()
}
