package oidc_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// outages are the ways in which a key server fails.
var outages = map[string]http.HandlerFunc{
	"503":                     status(http.StatusServiceUnavailable),
	"201":                     status(http.StatusCreated),
	"time-out":                hang,
	"HTML":                    body("<!doctype html><title>Sorry</title>"),
	"garbage":                 body("\x00\xff"),
	"no keys":                 body(`{"keys":[]}`),
	"no key set":              body(`{"kind":"error"}`),
	"oversized":               oversized,
	"redirect loop":           redirect(keysURL),
	"redirect to TLS off":     redirect("http://t.example/keys"),
	"redirect with user info": redirect("https://user:pass@t.example/keys"),
}

func TestExpiredKeysServeDuringAnOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range outages {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			var e events
			var log bytes.Buffer
			p := newProvider(t, "t.example", n, func(c *oidc.Config) {
				c.OnEvent = e.add
				c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			if err := key(p, "k1"); err != nil {
				t.Fatal(err)
			}
			n.answer(keysURL, outage)
			time.Sleep(11 * time.Minute)
			for range 10 {
				if err := key(p, "k1"); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			synctest.Wait()
			if e.count("jwks_stale_used") != 10 {
				t.Errorf("%s: %d uses of stale keys counted", name, e.count("jwks_stale_used"))
			}
			if e.count("jwks_fetch_failed") != 1 {
				t.Errorf("%s: %d failed fetches, want one per back-off", name, e.count("jwks_fetch_failed"))
			}
			if got := strings.Count(log.String(), "expired signing keys are in use"); got != 1 {
				t.Errorf("%s: %d warnings, want 1", name, got)
			}
			// The tenant is back: the first request after the back-off starts
			// the refresh and is itself not delayed.
			n.answer(keysURL, keySet("", "k1", "k2"))
			time.Sleep(2 * time.Second)
			if err := key(p, "k1"); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if err := key(p, "k2"); err != nil {
				t.Errorf("%s: after the outage: %v", name, err)
			}
		})
	}
}

func TestNothingHeldIsUnavailableWithOneFetchPerBackOff(t *testing.T) {
	t.Parallel()
	for name, outage := range outages {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			var e events
			p := newProvider(t, "t.example", n, func(c *oidc.Config) { c.OnEvent = e.add })
			n.answer(keysURL, outage)
			begin := time.Now()
			for range 10 {
				var unavailable *oidc.UnavailableError
				if err := key(p, "k1"); !errors.As(err, &unavailable) {
					t.Fatalf("%s: %v", name, err)
				}
				if unavailable.RetryAfter < time.Second || unavailable.RetryAfter > 1200*time.Millisecond {
					t.Errorf("%s: retry after %v", name, unavailable.RetryAfter)
				}
			}
			if e.count("jwks_fetch_failed") != 1 {
				t.Errorf("%s: %d fetches", name, e.count("jwks_fetch_failed"))
			}
			if waited := time.Since(begin); waited > 8*time.Second {
				t.Errorf("%s: waited %v", name, waited)
			}
		})
	}
}

// 1 s doubling to 60 s, each within a fifth.
func TestBackOffDoublesUpToAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.answer(keysURL, status(http.StatusInternalServerError))
		p := newProvider(t, "t.example", n)
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			var unavailable *oidc.UnavailableError
			if err := key(p, "k1"); !errors.As(err, &unavailable) {
				t.Fatal(err)
			}
			want *= time.Second
			if got := unavailable.RetryAfter; got < max(want*8/10, time.Second) || got > want*12/10 {
				t.Errorf("step %d: %v, want %v within a fifth", i, got, want)
			}
			if n.count(keysURL) != i+1 {
				t.Fatalf("step %d: %d fetches", i, n.count(keysURL))
			}
			time.Sleep(want * 12 / 10)
		}
		n.answer(keysURL, keySet("", "k1"))
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, status(http.StatusInternalServerError))
		var unavailable *oidc.UnavailableError
		if err := key(p, "k2"); !errors.As(err, &unavailable) || unavailable.RetryAfter > 1200*time.Millisecond {
			t.Errorf("after a success: %v", err)
		}
	})
}

// The key may exist: no 401 may come of a refetch that fails.
func TestAFailingSearchForAnUnknownKeyIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, status(http.StatusBadGateway))
		for _, when := range []string{"the refetch fails", "the back-off bars it"} {
			var unavailable *oidc.UnavailableError
			if err := key(p, "k2"); !errors.As(err, &unavailable) {
				t.Errorf("%s: %v", when, err)
			}
		}
		if n.count(keysURL) != 2 {
			t.Errorf("%d key fetches", n.count(keysURL))
		}
		if err := key(p, "k1"); err != nil {
			t.Errorf("a known key meanwhile: %v", err)
		}
	})
}

func TestKeysServeAtMostADayAndAsStaleIfErrorSays(t *testing.T) {
	t.Parallel()
	for header, limit := range map[string]time.Duration{
		"":                                      24 * time.Hour,
		"max-age=600, stale-if-error=600":       20 * time.Minute,
		"max-age=600, stale-if-error=999999999": 24 * time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			n.answer(keysURL, keySet(header, "k1"))
			p := newProvider(t, "t.example", n)
			if err := key(p, "k1"); err != nil {
				t.Fatal(err)
			}
			n.answer(keysURL, status(http.StatusBadGateway))
			time.Sleep(limit - time.Second)
			if err := key(p, "k1"); err != nil {
				t.Errorf("%q, just before the limit: %v", header, err)
			}
			time.Sleep(2 * time.Second)
			var unavailable *oidc.UnavailableError
			if err := key(p, "k1"); !errors.As(err, &unavailable) {
				t.Errorf("%q, behind the limit: %v", header, err)
			}
		})
	}
}

func TestCloseEndsFetchesAndHeldKeysServeOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(keysURL, hang)
		errs := make(chan error)
		go func() { errs <- key(p, "k2") }()
		synctest.Wait()
		p.Close()
		p.Close()
		var unavailable *oidc.UnavailableError
		if err := <-errs; !errors.As(err, &unavailable) {
			t.Errorf("the request that waited got %v", err)
		}
		before := n.total()
		time.Sleep(23 * time.Hour)
		if err := key(p, "k1"); err != nil {
			t.Errorf("held key after Close: %v", err)
		}
		time.Sleep(2 * time.Hour)
		if err := key(p, "k1"); !errors.As(err, &unavailable) {
			t.Errorf("behind the stale limit: %v", err)
		}
		if n.total() != before {
			t.Error("something was fetched after Close")
		}
	})
}
