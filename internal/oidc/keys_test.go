package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func TestNewMakesNoRequest(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "t.example", n)
	p.Trusts(issuer)
	if n.total() != 0 {
		t.Errorf("%d requests", n.total())
	}
}

func TestParallelColdRequestsShareOneFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.answer(keysURL, slowly(time.Second, keySet("", "k1")))
		p := newProvider(t, "t.example", n)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if err := key(p, "k1"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n.count(discoveryURL) != 1 || n.count(keysURL) != 1 {
			t.Errorf("%d discoveries, %d key fetches", n.count(discoveryURL), n.count(keysURL))
		}
	})
}

func slowly(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(w, r)
		case <-r.Context().Done():
		}
	}
}

func TestACallerThatLeavesDoesNotEndTheSharedFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.answer(keysURL, slowly(2*time.Second, keySet("", "k1")))
		p := newProvider(t, "t.example", n)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			_, err := p.Key(ctx, issuer, "k1", true, "ES256")
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the caller that left got %v", err)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if err := key(p, "k1"); err != nil {
				t.Errorf("the caller that stayed got %v", err)
			}
		})
		time.Sleep(time.Second)
		cancel()
		group.Wait()
		if n.count(keysURL) != 1 {
			t.Errorf("%d key fetches", n.count(keysURL))
		}
	})
}

func TestRotationIsFoundByOneRefetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, keySet("", "k1", "k2"))
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := key(p, "k2"); err != nil {
					t.Error(err)
				}
			})
			group.Go(func() {
				if err := key(p, "k1"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n.count(keysURL) != 2 || n.count(discoveryURL) != 1 {
			t.Errorf("%d key fetches, %d discoveries", n.count(keysURL), n.count(discoveryURL))
		}
	})
}

// Requests that looked before a rotation was found, and ask after it was, need no fetch of their own: a crowd of them would use
// up the budget, and good tokens would be refused.
func TestLateSearchesShareTheRefetch(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "t.example", n)
	if err := key(p, "k1"); err != nil {
		t.Fatal(err)
	}
	late, inVain := p.LateSearch("k2", "ES256"), p.LateSearch("k3", "ES256")
	n.answer(keysURL, keySet("", "k1", "k2"))
	if err := key(p, "k2"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := late(); err != nil {
			t.Error(err)
		}
	}
	if err := inVain(); !errors.Is(err, oidc.ErrKeyNotFound) { // the fetch began after it had looked
		t.Error(err)
	}
	if n.count(keysURL) != 2 {
		t.Errorf("%d key fetches", n.count(keysURL))
	}
}

// A fetch that began before the rotation proves nothing about the new key.
func TestAFetchThatBeganBeforeTheRotationIsNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		// The answer is made at once, with the old keys, and arrives late.
		n.answer(keysURL, func(w http.ResponseWriter, r *http.Request) {
			keySet("", "k1")(w, r)
			time.Sleep(2 * time.Second)
		})
		var group sync.WaitGroup
		group.Go(func() {
			if err := key(p, "other"); !errors.Is(err, oidc.ErrKeyNotFound) {
				t.Errorf("unknown key: %v", err)
			}
		})
		synctest.Wait()
		n.answer(keysURL, keySet("", "k1", "k2"))
		group.Go(func() {
			if err := key(p, "k2"); err != nil {
				t.Errorf("the new key: %v", err)
			}
		})
		group.Wait()
		if n.count(keysURL) != 3 {
			t.Errorf("%d key fetches, want 3", n.count(keysURL))
		}
	})
}

func TestUnknownKeysAreBoundedByTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		var e events
		p := newProvider(t, "t.example", n, func(c *oidc.Config) { c.OnEvent = e.add })
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if err := key(p, "forged"+strconv.Itoa(i)); !errors.Is(err, oidc.ErrKeyNotFound) {
				t.Fatal(err)
			}
		}
		if got := n.count(keysURL); got != 1+5 {
			t.Errorf("%d key fetches, want 6", got)
		}
		if e.count("unknown_kid_throttled") != 95 {
			t.Errorf("%d throttled", e.count("unknown_kid_throttled"))
		}
		// One more every ten seconds, and a rotation is found then.
		n.answer(keysURL, keySet("", "k1", "k2"))
		if err := key(p, "k2"); !errors.Is(err, oidc.ErrKeyNotFound) {
			t.Errorf("inside the budget's pause: %v", err)
		}
		time.Sleep(10 * time.Second)
		if err := key(p, "k2"); err != nil {
			t.Error(err)
		}
		if got := n.count(keysURL); got != 7 {
			t.Errorf("%d key fetches, want 7", got)
		}
	})
}

func TestAnUnknownKeyIsRememberedForTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		for range 3 {
			if err := key(p, "forged"); !errors.Is(err, oidc.ErrKeyNotFound) {
				t.Fatal(err)
			}
		}
		// The fetch for the first need began after that request had looked, so it
		// proves that there is no such key.
		if got := n.count(keysURL); got != 1 {
			t.Errorf("%d key fetches, want 1", got)
		}
		n.answer(keysURL, keySet("", "k1", "forged"))
		time.Sleep(9 * time.Second)
		if err := key(p, "forged"); !errors.Is(err, oidc.ErrKeyNotFound) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if err := key(p, "forged"); err != nil {
			t.Errorf("published meanwhile: %v", err)
		}
	})
}

func TestAKnownKeyOfAnotherAlgorithmCausesNoFetch(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "t.example", n)
	for range 3 {
		if _, err := p.Key(t.Context(), issuer, "k1", true, "RS256"); !errors.Is(err, oidc.ErrKeyNotFound) {
			t.Error(err)
		}
	}
	if n.count(keysURL) != 1 {
		t.Errorf("%d key fetches", n.count(keysURL))
	}
}

func TestATokenWithoutKeyIDNeedsExactlyOneFittingKey(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ids  []string
		want error
	}{
		"one":     {[]string{"k1"}, nil},
		"one, no": {[]string{""}, nil},
		"several": {[]string{"k1", "k2"}, oidc.ErrKeyNotFound},
	} {
		n := newNetwork()
		n.answer(keysURL, keySet("", test.ids...))
		p := newProvider(t, "t.example", n)
		if _, err := p.Key(t.Context(), issuer, "", false, "ES256"); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if _, err := p.Key(t.Context(), issuer, "", false, "RS256"); !errors.Is(err, oidc.ErrKeyNotFound) {
			t.Errorf("%s, another algorithm: %v", name, err)
		}
		if n.count(keysURL) != 1 {
			t.Errorf("%s: %d key fetches", name, n.count(keysURL))
		}
	}
}

func TestAKeyIsReturnedWithoutLockOrAllocation(t *testing.T) {
	n := newNetwork()
	p := newProvider(t, "t.example", n)
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if allocs := testing.AllocsPerRun(100, func() {
		if _, err := p.Key(ctx, issuer, "k1", true, "ES256"); err != nil {
			t.Error(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
