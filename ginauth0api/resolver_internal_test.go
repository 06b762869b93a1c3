package ginauth0api

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestResolverListIsComparedExactly(t *testing.T) {
	t.Parallel()
	n := newHosts()
	s := issuersOf(t.Context(), t, Config{DomainResolver: allowing("A.example:8443", "https://b.example/x", "http://localhost:4000/")}, n)
	r := requestTo("api.example")
	for _, iss := range []string{
		"", "A.example:8443", "https://A.example:8443/", "https://a.example:8443", "https://a.example/", "http://a.example:8443/",
		"https://b.example/x/", "https://b.example/", "https://B.example/x", "http://localhost:4000", "https://c.example/",
	} {
		wantRefusal(t, s, r, iss, "invalid_issuer")
	}
	// Hard to see otherwise.
	if refused := refusalOf(t, s, r, "https://b.example/x/"); !strings.Contains(refused.Error(), `which the DomainResolver spells "https://b.example/x"`) {
		t.Errorf("cause %v", refused)
	}
	if _, others, _ := s.table.Count(); n.asked("") != 0 || others != 0 {
		t.Errorf("%d requests and %d Providers for spelling variants", n.asked(""), others)
	}
	for _, iss := range []string{"https://a.example:8443/", "https://b.example/x", "http://localhost:4000/"} {
		if p := found(t, s, r, iss); p.Issuer() != iss || found(t, s, r, iss) != p {
			t.Errorf("%s: not one Provider for it: %s", iss, p.Issuer())
		}
	}
}

// An issuer whose document states the other spelling is not the one on the list.
func TestResolvedIssuerThatStatesAnotherSpelling(t *testing.T) {
	t.Parallel()
	n := newHosts() // states https://a.example/
	s := issuersOf(t.Context(), t, Config{DomainResolver: allowing("https://a.example")}, n)
	for range 3 {
		p := found(t, s, requestTo("api.example"), "https://a.example")
		if _, err := keyOf(p, "https://a.example"); err == nil {
			t.Error("a key for another issuer")
		}
		wantRefusal(t, s, requestTo("api.example"), "https://a.example/", "invalid_issuer")
	}
	if n.asked("a.example") != 2 {
		t.Errorf("%d requests", n.asked("a.example"))
	}
}

// The list of this very request counts, also for an issuer that is known.
func TestResolverDecidesEachRequest(t *testing.T) {
	t.Parallel()
	n := newHosts()
	var calls atomic.Int32
	s := issuersOf(t.Context(), t, Config{DomainResolver: func(ctx context.Context, about DomainRequest) ([]string, error) {
		calls.Add(1)
		return allowingHost(ctx, about)
	}}, n)
	verifyFor(t, s, n, "a.example")
	verifyFor(t, s, n, "b.example")
	wantRefusal(t, s, requestTo("a.example"), "https://b.example/", "invalid_issuer")
	wantRefusal(t, s, requestTo("b.example"), "https://a.example/", "invalid_issuer")
	verifyFor(t, s, n, "a.example")
	wantRefusal(t, s, requestTo("a.example"), "", "invalid_issuer") // no list can hold that
	if calls.Load() != 5 || n.asked("a.example") != 2 {
		t.Errorf("%d calls, %d requests", calls.Load(), n.asked("a.example"))
	}
}

var errOfTheApplication = errors.New("its database is away")

func TestResolverFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		resolve func(context.Context, DomainRequest) ([]string, error)
		cause   string
	}{
		"error": {func(context.Context, DomainRequest) ([]string, error) {
			return []string{"a.example"}, errOfTheApplication
		}, "failed: its database is away"},
		"deadline of its":   {func(context.Context, DomainRequest) ([]string, error) { return nil, context.DeadlineExceeded }, "failed: context deadline exceeded"},
		"nil":               {allowing(), "no domain"},
		"empty list":        {allowing([]string{}...), "no domain"},
		"blank entry":       {allowing("a.example", ""), `malformed domain ""`},
		"malformed entry":   {allowing("a.example", "b.example/x\n"), `malformed domain "b.example/x\n"`},
		"user info":         {allowing("a.example", "https://ada@b.example/"), "malformed domain"},
		"http off loopback": {allowing("a.example", "http://b.example/"), "malformed domain"},
		"panic":             {func(context.Context, DomainRequest) ([]string, error) { panic("mine\n" + strings.Repeat("x", 99)) }, `panicked: "mine\nxx`},
		"panic with error":  {func(context.Context, DomainRequest) ([]string, error) { panic(errOfTheApplication) }, "panicked: \"its database is away\""},
		"abort of the server": {
			func(context.Context, DomainRequest) ([]string, error) { panic(http.ErrAbortHandler) }, "panicked",
		},
		"run-time panic": {
			func(_ context.Context, about DomainRequest) ([]string, error) {
				return about.Header["X-Tenant"][:1], nil
			}, `panicked: "runtime error: slice bounds out of range`,
		},
		"the end":  {func(context.Context, DomainRequest) ([]string, error) { runtime.Goexit(); return nil, nil }, "ended its goroutine"},
		"all of a": {func(context.Context, DomainRequest) ([]string, error) { return nil, &Error{Status: 200} }, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newHosts()
			s := issuersOf(t.Context(), t, Config{DomainResolver: test.resolve}, n)
			refused := refusalOf(t, s, requestTo("api.example"), "https://a.example/")
			if refused.Code != "resolver_failed" || refused.Status != http.StatusInternalServerError || !errors.Is(refused, ErrInternal) {
				t.Errorf("%d %v", refused.Status, refused)
			}
			if cause := refused.Err.Error(); !strings.Contains(cause, test.cause) || len(cause) > 200 || strings.Contains(cause, "\n") {
				t.Errorf("cause %q, want %q", cause, test.cause)
			}
			if name == "error" && !errors.Is(refused, errOfTheApplication) {
				t.Error("the application does not find its own error")
			}
			if n.asked("") != 0 {
				t.Errorf("%d requests", n.asked(""))
			}
		})
	}
}

func TestSlowResolver(t *testing.T) {
	t.Parallel()
	for name, resolve := range map[string]func(context.Context, DomainRequest) ([]string, error){
		"heeds its context": func(ctx context.Context, _ DomainRequest) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() },
		"fails too late": func(context.Context, DomainRequest) ([]string, error) {
			time.Sleep(8 * time.Second)
			return nil, errOfTheApplication
		},
		"answers too late": func(context.Context, DomainRequest) ([]string, error) {
			time.Sleep(8 * time.Second)
			return []string{"a.example"}, nil
		},
		"panics too late": func(context.Context, DomainRequest) ([]string, error) { time.Sleep(8 * time.Second); panic("mine") },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := issuersOf(t.Context(), t, Config{DomainResolver: resolve}, newHosts())
			begin := time.Now()
			refused := refusalOf(t, s, requestTo("api.example"), "https://a.example/")
			if waited := time.Since(begin); waited != 5*time.Second {
				t.Errorf("%s: waited %v", name, waited)
			}
			if refused.Code != "resolver_timeout" || refused.Status != http.StatusServiceUnavailable || !errors.Is(refused, ErrUpstream) || !errors.Is(refused, errResolverLimit) {
				t.Errorf("%s: %d %v", name, refused.Status, refused)
			}
			s.close() // waits for it
			if waited := time.Since(begin); name != "heeds its context" && waited != 8*time.Second {
				t.Errorf("%s: close returned after %v", name, waited)
			}
			synctest.Wait()
			if n := len(s.resolver.left); n != 0 {
				t.Errorf("%s: %d calls are still noted", name, n)
			}
			if n := s.resolver.overdue.Load(); n != 0 {
				t.Errorf("%s: %d calls are still counted", name, n)
			}
		})
	}
}

// A resolver that never returns holds up neither close nor, for ever, memory.
func TestResolverThatNeverReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Int32
		s := issuersOf(t.Context(), t, Config{DomainResolver: func(context.Context, DomainRequest) ([]string, error) {
			calls.Add(1)
			<-release
			return []string{"a.example"}, nil
		}}, newHosts())
		var group sync.WaitGroup
		for range maxOverdueCalls {
			group.Go(func() { wantTimeout(t, s, errResolverLimit) })
		}
		group.Wait()
		time.Sleep(2 * time.Second)
		begin := time.Now()
		for range 1000 {
			wantTimeout(t, s, errResolverOverdue)
		}
		if calls.Load() != maxOverdueCalls || time.Since(begin) != 0 {
			t.Errorf("%d calls after %v, want %d", calls.Load(), time.Since(begin), maxOverdueCalls)
		}
		s.close()
		if waited := time.Since(begin); waited != 5*time.Second {
			t.Errorf("close returned after %v", waited)
		}
		close(release)
		synctest.Wait()
		found(t, s, requestTo("api.example"), "https://a.example/")
	})
}

func wantTimeout(t *testing.T, s *issuers, cause error) {
	t.Helper()
	if _, refused := s.find(requestTo("api.example"), "https://a.example/"); refused == nil || refused.Code != "resolver_timeout" || !errors.Is(refused, cause) {
		t.Errorf("%v, want resolver_timeout because %v", refused, cause)
	}
}

// Whoever leaves ends the own request alone, and what goes on is not held against
// the others before it is too slow.
func TestClientThatLeavesTheResolver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := issuersOf(t.Context(), t, Config{DomainResolver: func(ctx context.Context, about DomainRequest) ([]string, error) {
			time.Sleep(2 * time.Second)
			return allowingHost(ctx, about)
		}}, newHosts())
		begin := time.Now()
		leaving, leave := context.WithCancelCause(t.Context())
		errLeft := errors.New("left")
		var group sync.WaitGroup
		for range 2 * maxOverdueCalls {
			group.Go(func() {
				_, refused := s.find(requestTo("a.example").WithContext(leaving), "https://a.example/")
				if refused == nil || refused.Code != "resolver_timeout" || !errors.Is(refused, errLeft) || time.Since(begin) != time.Second {
					t.Errorf("the request that left: %v after %v", refused, time.Since(begin))
				}
			})
		}
		group.Go(func() {
			found(t, s, requestTo("b.example"), "https://b.example/")
			if time.Since(begin) != 2*time.Second {
				t.Errorf("the request that stayed took %v", time.Since(begin))
			}
		})
		time.Sleep(time.Second)
		leave(errLeft)
		synctest.Wait()
		found(t, s, requestTo("c.example"), "https://c.example/")
		group.Wait()
	})
}

// The resolver and the request may notice the end of a context in either order.
func TestResolverThatNoticesFirst(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errResolverLimit)
	call := &resolverCall{done: make(chan struct{}), err: over.Err()}
	if _, refused := call.result(over); refused == nil || refused.Code != "resolver_timeout" || !errors.Is(refused, errResolverLimit) {
		t.Errorf("its context is over: %v", refused)
	}
	if _, refused := call.result(t.Context()); refused == nil || refused.Code != "resolver_failed" {
		t.Errorf("its context lives: %v", refused)
	}
	r := newResolver(allowingHost, nil)
	close(call.done)
	r.leave(call)
	if len(r.left) != 0 {
		t.Error("a call that has ended is waited for")
	}
}
