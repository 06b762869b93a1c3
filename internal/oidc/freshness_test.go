package oidc_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestFreshnessFollowsCacheControlWithinItsBounds(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"":                              10 * time.Minute,
		"public":                        10 * time.Minute,
		"max-age=nonsense":              10 * time.Minute,
		"max-age=-5":                    10 * time.Minute,
		"max-age=1200":                  20 * time.Minute,
		"Max-Age=\"1200\", public":      20 * time.Minute,
		"max-age=60":                    5 * time.Minute,
		"max-age=0":                     5 * time.Minute,
		"max-age=86400":                 time.Hour,
		"max-age=99999999999999999999":  10 * time.Minute,
		"no-store":                      5 * time.Minute,
		"no-cache, max-age=1200":        5 * time.Minute,
		"max-age=1200, must-revalidate": 20 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			n.answer(keysURL, keySet(header, "k1"))
			p := newProvider(t, "t.example", n)
			ask := func() {
				t.Helper()
				if err := key(p, "k1"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
			ask()
			time.Sleep(want*8/10 - time.Second)
			ask()
			if n.count(keysURL) != 1 {
				t.Errorf("%q: refreshed before 80 %% of %v", header, want)
			}
			time.Sleep(want/10 + 2*time.Second)
			ask()
			if n.count(keysURL) != 2 {
				t.Errorf("%q: not refreshed ahead of %v", header, want)
			}
		})
	}
}

func TestTheRefreshAheadDelaysNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, slowly(3*time.Second, keySet("", "k1", "k2")))
		time.Sleep(9*time.Minute + 30*time.Second)
		begin := time.Now()
		for range 10 {
			if err := key(p, "k1"); err != nil {
				t.Error(err)
			}
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		time.Sleep(4 * time.Second)
		if n.count(keysURL) != 2 {
			t.Errorf("%d key fetches", n.count(keysURL))
		}
		if err := key(p, "k2"); err != nil || n.count(keysURL) != 2 {
			t.Errorf("the refreshed set is not in use: %v, %d fetches", err, n.count(keysURL))
		}
	})
}

func TestExpiredKeysWaitForTheFirstRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, slowly(3*time.Second, keySet("", "k2"))) // k1 was withdrawn
		time.Sleep(time.Hour)
		begin := time.Now()
		if err := key(p, "k1"); err == nil {
			t.Error("a withdrawn key still verifies")
		}
		if waited := time.Since(begin); waited < 3*time.Second {
			t.Errorf("waited only %v", waited)
		}
	})
}
