package ginauth0_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestDomainOrResolver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		domain   string
		resolver resolverFunc
		field    string // "": fine
	}{
		"both":     {"t.example", says("t.example"), "DomainResolver"},
		"neither":  {"", nil, "Domain"},
		"resolver": {"", says("t.example"), ""},
		"domain":   {"t.example", nil, ""},
	} {
		cfg := validConfig()
		cfg.Domain, cfg.DomainResolver = test.domain, test.resolver
		auth, err := ginauth0.New(t.Context(), cfg)
		if test.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			auth.Close()
			continue
		}
		if got := fields(t, err); !slices.Equal(got, []string{test.field}) {
			t.Errorf("%s: fields %v, want %s", name, got, test.field)
		}
	}
}

func TestEachDomainHasItsOwnLogin(t *testing.T) {
	t.Parallel()
	issuers := make(chan string, 1)
	s := newSites(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/issuer", auth.RequireSession(), func(c *gin.Context) {
				session, _ := ginauth0.SessionFrom(c)
				issuers <- session.Issuer()
			})
		}
	})
	wantCounts(t, s.auth, 0, 0, 0)
	b := s.visitor(t)
	b.login("/auth/login?returnTo=/profile")
	b.wantPage("hello Ada Lovelace")
	if s.b.Requests("*") != 0 {
		t.Errorf("%d requests to the tenant of the other domain", s.b.Requests("*"))
	}
	wantCounts(t, s.auth, 1, 0, 0)
	other := b.at(hostB)
	other.wantPage("hello stranger")
	if got := other.get("/auth/login").location(t); !strings.HasPrefix(got.String(), s.b.URL()+"/authorize?") ||
		got.Query().Get("redirect_uri") != "http://"+hostB+"/auth/callback" {
		t.Errorf("login at b leads to %s", got)
	}
	wantCounts(t, s.auth, 1, 1, 0) // looked at, but nobody has signed in
	other.login("/auth/login")
	other.wantPage("hello Grace Hopper")
	wantCounts(t, s.auth, 2, 0, 0)
	b.wantPage("hello Ada Lovelace")
	for browser, issuer := range map[*browser]string{b: s.a.Issuer(), other: s.b.Issuer()} {
		browser.get("/issuer")
		if got := <-issuers; got != issuer {
			t.Errorf("%s: issuer %s, want %s", browser.app.url, got, issuer)
		}
	}
	if s.tenant.Requests("*") != 0 {
		t.Error("a tenant that no resolver names was asked")
	}
}

// The callback asks the tenant at which the attempt began, whatever the resolver says by
// then (RFC 9700 section 4.4).
func TestCallbackUsesTheDomainOfTheAttempt(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	resolvers := map[string]resolverFunc{
		"changed its mind": says(s.b.Issuer()),
		"fails":            failing,
		"panics":           func(*http.Request) (string, error) { panic("a resolver") },
	}
	for name, resolver := range resolvers {
		s.resolve(s.byHost)
		b := s.visitor(t)
		callback := b.toCallback("/auth/login?returnTo=/profile")
		s.resolve(resolver)
		r := b.get(callback)
		if r.status != http.StatusFound || r.header.Get("Location") != "/profile" || len(b.sessionCookies()) != 1 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		s.resolve(s.byHost)
		b.wantPage("hello Ada Lovelace")
	}
	if s.b.Requests("*") != 0 {
		t.Errorf("%d requests to the other tenant", s.b.Requests("*"))
	}
}

// files is a store with rows that is none of ours.
type files struct{ *gorilla.FilesystemStore }

func (files) Options(sessions.Options) {}

// A session counts at the domain at which it began, and nowhere else. The cookies reach
// both hosts.
func TestSessionOfAnotherDomainIsAbsentAndKept(t *testing.T) {
	t.Parallel()
	shared := config(func(c *ginauth0.Config) { c.Session.Domain = "shop.test" })
	stored := config(func(c *ginauth0.Config) {
		store := gorilla.NewFilesystemStore(t.TempDir(), []byte("thirty-two bytes for the cookies"))
		store.MaxLength(0)
		c.Session.Store = files{store}
	})
	for name, edits := range map[string][]func(*setup){"cookie": {shared}, "store": {shared, stored}} {
		s := newSites(t, edits...)
		b := s.visitor(t)
		b.login("/auth/login")
		s.clock.advance(time.Hour) // rolling is due
		before := b.sessionCookies()
		other := b.at(hostB)
		if got := other.sessionCookies(); len(before) == 0 || len(got) != len(before) {
			t.Fatalf("%s: the cookies do not reach the other host", name)
		}
		wantNoCookie(t, name+": public page", other.wantPage("hello stranger"))
		page := other.get("/profile")
		if page.location(t).Path != "/auth/login" {
			t.Errorf("%s: guarded page leads to %s", name, page.location(t))
		}
		wantNoCookie(t, name+": guarded page", page)
		refused := other.get("/profile", asJSON)
		wantError(t, refused, http.StatusUnauthorized, "unauthorized")
		wantNoCookie(t, name+": guarded JSON", refused)
		// An unknown state leads home only whoever has a session here.
		wantError(t, other.get("/auth/callback?state="+strings.Repeat("A", 43), asJSON), http.StatusBadRequest, "invalid_callback")
		if page := b.wantPage("hello Ada Lovelace"); len(page.header.Values("Set-Cookie")) == 0 {
			t.Errorf("%s: at its own host it was not rolled: somebody did before", name)
		}
	}
}

// The same host, and a resolver that names another tenant for a while.
func TestSessionComesBackWithItsDomain(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	b := s.visitor(t)
	b.login("/auth/login")
	s.resolve(says(s.b.Issuer()))
	wantNoCookie(t, "other domain", b.wantPage("hello stranger"))
	s.resolve(s.byHost)
	b.wantPage("hello Ada Lovelace")
}

// The session's domain, else the request's.
func TestLogoutGoesToTheTenantOfTheSession(t *testing.T) {
	t.Parallel()
	s := newSites(t, config(func(c *ginauth0.Config) { c.Session.Domain = "shop.test" }))
	for name, resolver := range map[string]resolverFunc{
		"by host": s.byHost, "changed its mind": says(s.b.Issuer()), "fails": failing,
		"panics": func(*http.Request) (string, error) { panic("a resolver") },
	} {
		s.resolve(s.byHost)
		b := s.visitor(t)
		b.login("/auth/login")
		s.resolve(resolver)
		at := b.at(hostB).get("/auth/logout").location(t)
		if !strings.HasPrefix(at.String(), s.a.URL()+"/oidc/logout?") {
			t.Fatalf("%s: logout leads to %s", name, at)
		}
		query := at.Query()
		if query.Get("id_token_hint") == "" || query.Get("logout_hint") == "" || query.Get("post_logout_redirect_uri") != "http://"+hostB {
			t.Errorf("%s: logout without its hints: %v", name, query)
		}
		if len(b.sessionCookies()) != 0 {
			t.Errorf("%s: the session is still there", name)
		}
	}
	s.resolve(s.byHost)
	b := s.visitor(t)
	for host, tenant := range map[string]string{hostA: s.a.URL(), hostB: s.b.URL()} {
		at := b.at(host).get("/auth/logout").location(t)
		if !strings.HasPrefix(at.String(), tenant+"/oidc/logout?") || at.Query().Has("id_token_hint") || at.Query().Has("logout_hint") {
			t.Errorf("%s: logout without a session leads to %s", host, at)
		}
	}
	// There is no tenant to tell, and nobody to tell about: never an error page.
	s.resolve(failing)
	if at := b.get("/auth/logout").location(t); at.String() != "http://"+hostA {
		t.Errorf("logout without session and domain leads to %s", at)
	}
}

// A spelling with or without the last slash is one issuer (OpenID Connect
// Discovery section 4.3).
func TestResolverMayLeaveTheLastSlashOut(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.resolve(says(s.a.URL()))
	b := s.visitor(t)
	b.login("/auth/login")
	b.wantPage("hello Ada Lovelace")
}

// The host that chooses the base URL is the proxy's to say.
func TestSeveralDomainsBehindAProxy(t *testing.T) {
	t.Parallel()
	for name, trusted := range map[string][]string{"trusted": {"127.0.0.0/8"}, "not trusted": {"10.0.0.0/8"}} {
		s := newSites(t, config(func(c *ginauth0.Config) { c.TrustedProxies = trusted }))
		s.resolve(func(r *http.Request) (string, error) { // as behind a proxy that sets the header
			behind := *r
			if forwarded := r.Header.Get("X-Forwarded-Host"); forwarded != "" {
				behind.Host = forwarded
			}
			return s.byHost(&behind)
		})
		b := s.visitor(t)
		r := b.get("/auth/login", "Host: internal:8080", "X-Forwarded-Host: "+hostB, asJSON)
		if trusted[0] == "10.0.0.0/8" {
			wantError(t, r, http.StatusBadRequest, "invalid_request")
			wantNoCookie(t, name, r)
			r = b.get("/auth/login", "X-Forwarded-Host: "+hostB)
			if got := r.location(t).Query().Get("redirect_uri"); got != "http://"+hostA+"/auth/callback" {
				t.Errorf("%s: a stranger's header leads to %s", name, got)
			}
			continue
		}
		if at := r.location(t); !strings.HasPrefix(at.String(), s.b.URL()) || at.Query().Get("redirect_uri") != "http://"+hostB+"/auth/callback" {
			t.Errorf("%s: %s", name, at)
		}
		for _, evil := range []string{"evil.example", hostB + ".evil.example", hostB + ":8080"} {
			r := b.get("/auth/login", "X-Forwarded-Host: "+evil, asJSON)
			wantError(t, r, http.StatusBadRequest, "invalid_request")
			wantNoCookie(t, evil, r)
		}
	}
}
