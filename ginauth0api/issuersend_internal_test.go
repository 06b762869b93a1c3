package ginauth0api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// Nothing is fetched after close or the end of the context; held keys serve on.
func TestNothingIsFetchedAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"fixed":    {Domains: []string{"a.example", "b.example", "c.example"}},
		"resolved": {Domain: "home.example", DomainResolver: allowingHost},
	} {
		for _, how := range []string{"close", "context"} {
			synctest.Test(t, func(t *testing.T) {
				n := newHosts()
				ctx, cancel := context.WithCancel(t.Context())
				s := issuersOf(ctx, t, cfg, n)
				verifyFor(t, s, n, "a.example")
				n.fail("b.example", hang)
				waiting := make(chan error)
				go func() {
					_, err := keyOf(found(t, s, requestTo("b.example"), "https://b.example/"), "https://b.example/")
					waiting <- err
				}()
				synctest.Wait()
				begin := time.Now()
				if how == "close" {
					var group sync.WaitGroup
					for range 3 {
						group.Go(s.close)
					}
					group.Wait()
				} else {
					cancel()
				}
				var unavailable *oidc.UnavailableError
				if err := <-waiting; !errors.As(err, &unavailable) || time.Since(begin) != 0 {
					t.Errorf("%s, %s: the request that waited: %v after %v", name, how, err, time.Since(begin))
				}
				n.fail("b.example", nil)
				before := n.asked("")
				for _, host := range []string{"b.example", "c.example"} {
					iss := "https://" + host + "/"
					if _, err := keyOf(found(t, s, requestTo(host), iss), iss); !errors.As(err, &unavailable) {
						t.Errorf("%s, %s: %s: %v", name, how, host, err)
					}
				}
				verifyFor(t, s, n, "a.example")
				if s.table != nil {
					s.verified(found(t, s, requestTo("b.example"), "https://b.example/"))
					if proven, others, _ := s.table.Count(); proven != 1 || others != 1 {
						t.Errorf("%s, %s: the table has changed: %d proven, %d others", name, how, proven, others)
					}
				}
				if home := s.home(); home != nil {
					if err := s.warm(t.Context()); name == "resolved" && err == nil {
						t.Errorf("%s, %s: warm succeeded", name, how)
					}
				}
				if n.asked("") != before {
					t.Errorf("%s, %s: %d requests", name, how, n.asked("")-before)
				}
				cancel()
			})
		}
	}
}

// A transport may be slow to notice that a request is over.
func TestCloseWaitsForEveryFetch(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"fixed":             {Domain: "last.example", Domains: []string{"b.example"}},
		"resolved":          {DomainResolver: allowingHost},
		"home of resolved":  {Domain: "last.example", DomainResolver: allowing("b.example")},
		"dropped":           {DomainResolver: allowingHost},
		"dropped long ago":  {DomainResolver: allowingHost},
		"dropped and ended": {DomainResolver: allowingHost},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newHosts()
			s := issuersOf(t.Context(), t, cfg, n)
			n.fail("last.example", func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				time.Sleep(time.Second)
			})
			p := s.home()
			if p == nil {
				p = found(t, s, requestTo("last.example"), "https://last.example/")
			}
			if strings.HasPrefix(name, "dropped") {
				for i := range probation {
					found(t, s, requestTo(tenantHost(i)), "https://"+tenantHost(i)+"/")
				}
			}
			if name == "dropped long ago" { // its fetch began late, and it is being closed
				time.Sleep(dropGrace - time.Millisecond)
			}
			go func() { _ = p.Warm(context.Background()) }() // it fails
			synctest.Wait()
			if name == "dropped long ago" {
				time.Sleep(2 * time.Millisecond)
			}
			begin, want := time.Now(), time.Second
			if name == "dropped long ago" {
				want -= time.Millisecond
			}
			if name == "dropped and ended" {
				time.Sleep(time.Minute)
				begin, want = time.Now(), 0
			}
			s.close()
			if waited := time.Since(begin); waited != want {
				t.Errorf("%s: close returned after %v, want %v", name, waited, want)
			}
		})
	}
}

// The application's client is used as it is and stays open.
func TestClientOfTheApplication(t *testing.T) {
	t.Parallel()
	transport := &closeCounter{RoundTripper: newHosts()}
	s := newIssuers(t.Context(), issuerSource{resolve: allowingHost}, oidc.Config{HTTPClient: &http.Client{Transport: transport}}, nil)
	s.close()
	if transport.closed != 0 {
		t.Error("its idle connections were closed")
	}
}

type closeCounter struct {
	http.RoundTripper
	closed int
}

func (c *closeCounter) CloseIdleConnections() { c.closed++ }

// Churn and the end at the same time: synctest reports what is left.
func TestNothingIsLeftOfTheTable(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			n := newHosts()
			s := issuersOf(ctx, t, Config{DomainResolver: allowingHost}, n)
			var group sync.WaitGroup
			for worker := range 4 {
				group.Go(func() {
					for j := range probation {
						host := tenantHost(worker*probation + j)
						s.verified(found(t, s, requestTo(host), "https://"+host+"/"))
					}
				})
			}
			if i%2 == 0 {
				s.close()
			} else {
				cancel()
			}
			group.Wait()
			cancel()
		})
	}
}
