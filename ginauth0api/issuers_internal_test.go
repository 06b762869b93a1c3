package ginauth0api

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func TestForeignIssuersAreRefusedUnasked(t *testing.T) {
	t.Parallel()
	n := newHosts()
	s := issuersOf(t.Context(), t, Config{Domain: "a.example", Domains: []string{"https://b.example/x"}}, n)
	r := requestTo("api.example")
	for _, iss := range []string{
		"", "/", "https://", "a.example", "https://a.example", "https://A.example/", "https://a.example//", "https://a.example:443/",
		"http://a.example/", "https://a.example./", "https://a.example/?", "https://a.example/#", "https://ada@a.example/", " https://a.example/", "https://a.example/ ",
		"https://a.example/x", "https://b.example/", "https://b.example", "https://b.example/x//", "https://b.example/X", "https://b.example/%78", "https://c.example/",
	} {
		refused := refusalOf(t, s, r, iss)
		if refused.Code != "invalid_issuer" || !strings.Contains(refused.Error(), quoted(iss)) {
			t.Errorf("%q: %v", iss, refused)
		}
	}
	for iss, domain := range map[string]string{
		"https://a.example/": "https://a.example/", "https://b.example/x": "https://b.example/x", "https://b.example/x/": "https://b.example/x",
	} {
		if p := found(t, s, r, iss); p.Domain().String() != domain {
			t.Errorf("%s belongs to %s, want %s", iss, p.Domain(), domain)
		}
	}
	if n.asked("") != 0 {
		t.Errorf("%d requests", n.asked(""))
	}
}

// Before its document is read, a URL has two spellings; behind it, one.
func TestURLIssuerFollowsItsDocument(t *testing.T) {
	t.Parallel()
	n := newHosts() // states https://b.example/
	s := issuersOf(t.Context(), t, Config{Domains: []string{"a.example", "https://b.example"}}, n)
	r := requestTo("api.example")
	if got, want := s.known(), []string{"https://a.example/", "https://b.example"}; !slices.Equal(got, want) {
		t.Errorf("known %q, want %q", got, want)
	}
	p := found(t, s, r, "https://b.example")
	if _, err := keyOf(p, "https://b.example"); !errors.Is(err, oidc.ErrIssuer) {
		t.Errorf("the spelling that the document does not state: %v", err)
	}
	wantRefusal(t, s, r, "https://b.example", "invalid_issuer")
	if found(t, s, r, "https://b.example/") != p {
		t.Error("another Provider for the exact issuer")
	}
	if got, want := s.known(), []string{"https://a.example/", "https://b.example/"}; !slices.Equal(got, want) {
		t.Errorf("known %q, want %q", got, want)
	}
}

// Both issuers publish a key under the same id.
func TestKeysStayWithTheirIssuer(t *testing.T) {
	t.Parallel()
	domains := []string{"a.example", "b.example"}
	for name, cfg := range map[string]Config{"fixed": {Domains: domains}, "resolved": {DomainResolver: allowing(domains...)}} {
		n := newHosts()
		s := issuersOf(t.Context(), t, cfg, n)
		for _, host := range []string{"a.example", "b.example", "a.example", "b.example"} {
			verifyFor(t, s, n, host)
		}
		a := found(t, s, requestTo("api.example"), "https://a.example/")
		if _, err := keyOf(a, "https://b.example/"); !errors.Is(err, oidc.ErrIssuer) {
			t.Errorf("%s: the key of a for a token of b: %v", name, err)
		}
		if n.asked("a.example") != 2 || n.asked("b.example") != 2 {
			t.Errorf("%s: requests %v, want discovery and keys of each", name, n.requests)
		}
	}
}

func TestFixedIssuersCostNoMemory(t *testing.T) { // allocations: not parallel
	n := newHosts()
	s := issuersOf(t.Context(), t, Config{Domains: []string{"a.example", "https://another-tenant-with-a-long-name.example", "https://b.example"}}, n)
	r := requestTo("api.example")
	p := found(t, s, r, "https://b.example/")
	for _, when := range []string{"before", "after"} {
		if n := testing.AllocsPerRun(100, func() {
			q, _ := s.find(r, "https://b.example/")
			s.verified(q)
		}); n != 0 {
			t.Errorf("%s discovery: %v allocations", when, n)
		}
		if _, err := keyOf(p, "https://b.example/"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	n := newHosts()
	for name, test := range map[string]struct {
		cfg  Config
		home string
	}{
		"Domain":               {Config{Domain: "a.example"}, "https://a.example/"},
		"Domain and Domains":   {Config{Domain: "a.example", Domains: []string{"b.example"}}, "https://a.example/"},
		"Domains":              {Config{Domains: []string{"b.example", "a.example"}}, "https://b.example/"},
		"resolver":             {Config{DomainResolver: allowingHost}, ""},
		"resolver with Domain": {Config{Domain: "a.example", DomainResolver: allowingHost}, "https://a.example/"},
	} {
		s := issuersOf(t.Context(), t, test.cfg, n)
		got := ""
		if p := s.home(); p != nil {
			got = p.Issuer()
		}
		if got != test.home {
			t.Errorf("%s: %q, want %q", name, got, test.home)
		}
		if known := s.known(); test.cfg.DomainResolver != nil && known != nil {
			t.Errorf("%s: known %q although the resolver decides", name, known)
		}
	}
}

// Beside a resolver Domain is trusted no more than any other.
func TestHomeIsNotTrustedForTokens(t *testing.T) {
	t.Parallel()
	n := newHosts()
	s := issuersOf(t.Context(), t, Config{Domain: "a.example", DomainResolver: allowingHost}, n)
	wantRefusal(t, s, requestTo("b.example"), "https://a.example/", "invalid_issuer")
	if found(t, s, requestTo("a.example"), "https://a.example/") == s.home() {
		t.Error("the Provider of the token endpoint serves tokens")
	}
}

func TestWarmAsksAllAtOnceAndJoinsTheirErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newHosts()
		s := issuersOf(t.Context(), t, Config{Domain: "a.example", Domains: []string{"b.example", "c.example", "d.example"}}, n)
		n.fail("b.example", hang)
		n.fail("d.example", hang)
		begin := time.Now()
		err := s.warm(t.Context())
		if waited := time.Since(begin); waited != 5*time.Second {
			t.Errorf("waited %v, want the limit of one exchange", waited)
		}
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) {
			t.Fatalf("error %v", err)
		}
		for host, failed := range map[string]bool{"a.example": false, "b.example": true, "c.example": false, "d.example": true} {
			if strings.Contains(err.Error(), "https://"+host+"/") != failed {
				t.Errorf("%s: failed %v, but the error is %v", host, failed, err)
			}
		}
		if n.asked("a.example") != 2 || n.asked("c.example") != 2 {
			t.Errorf("requests %v", n.requests)
		}
		n.fail("b.example", nil)
		n.fail("d.example", nil)
		time.Sleep(2 * time.Second)
		if err := s.warm(t.Context()); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

func TestWarmWithResolver(t *testing.T) {
	t.Parallel()
	n := newHosts()
	if err := issuersOf(t.Context(), t, Config{DomainResolver: allowingHost}, n).warm(t.Context()); err != nil || n.asked("") != 0 {
		t.Errorf("without Domain: %v, %d requests", err, n.asked(""))
	}
	if err := issuersOf(t.Context(), t, Config{Domain: "a.example", DomainResolver: allowingHost}, n).warm(t.Context()); err != nil || n.asked("a.example") == 0 {
		t.Errorf("with Domain: %v, %d requests", err, n.asked("a.example"))
	}
}
