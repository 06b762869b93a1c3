package ginauth0_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// eachKind runs a test with sessions in cookies, in rows of ours and in somebody
// else's.
func eachKind(t *testing.T, test func(t *testing.T, store sessions.Store)) {
	t.Helper()
	for name, store := range map[string]sessions.Store{"cookies": nil, "rows": newRowStore(), "somebody else's rows": newStub()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, store)
		})
	}
}

// Fifty want the same at once, an access token or a connection token: one request
// reaches the tenant, wherever sessions are kept.
func TestFiftyAtOnceAskTheTenantOnce(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, store sessions.Store) {
		a, b := signedInConnecting(t, storedIn(store))
		a.clock.advance(time.Hour)
		get := map[string]func(tab *browser) (token, failure string){
			"an access token": func(tab *browser) (_, _ string) { page := tab.tokenPage(""); return page.Token, page.Error },
			"a connection token": func(tab *browser) (_, _ string) {
				page := tab.connectionPage("?of=github")
				return page.Token, page.Error
			},
		}
		for what, one := range get {
			before := a.tenant.Requests(tokenPath)
			tabs, tokens := make([]*browser, 50), make([]string, 50)
			for i := range tabs {
				tabs[i] = b.twin()
			}
			start := make(chan struct{})
			var group sync.WaitGroup
			for i, tab := range tabs {
				group.Go(func() {
					<-start
					token, failure := one(tab)
					if tokens[i] = token; failure != "" {
						t.Errorf("%s: %s", what, failure)
					}
				})
			}
			close(start)
			group.Wait()
			if slices.ContainsFunc(tokens, func(token string) bool { return token != tokens[0] || token == "" }) {
				t.Errorf("%s: not the same for all", what)
			}
			if got := a.tenant.Requests(tokenPath) - before; got != 1 {
				t.Errorf("%s: %d requests to the tenant", what, got)
			}
		}
	})
}

// Fifty wait while the tenant takes its time.
func TestFiftyWhoWaitShareOneConnectionToken(t *testing.T) {
	t.Parallel()
	var counted counted
	a, b := signedInConnecting(t, config(func(c *ginauth0.Config) { c.OnEvent = counted.count }))
	a.tenant.Break(tokenPath, auth0test.Hang)
	tokens := make([]string, 50)
	var group sync.WaitGroup
	for i := range tokens {
		tab := b.twin()
		group.Go(func() { tokens[i] = tab.connectionPage("?of=github").Token })
	}
	for a.auth.WaitingForRefresh() < len(tokens) {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	if slices.ContainsFunc(tokens, func(token string) bool { return token != tokens[0] || token == "" }) {
		t.Error("not the same for all")
	}
	a.wantUses(t, 1, 1)
	shared := 0
	for _, e := range counted.take() {
		if e.Name == "refresh_shared" {
			shared++
		}
	}
	if shared != 49 {
		t.Errorf("%d shared", shared)
	}
}

// Connection, login hint and force each make another wish.
func TestWishesForConnectionTokensThatDifferShareNothing(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t)
	a.tenant.Break(tokenPath, auth0test.Hang)
	queries := []string{"?of=github", "?of=github&hint=ada", "?of=google-oauth2", "?of=google-oauth2&hint=ada@work.test", "?of=github&force"}
	pages := make([]connectionPage, len(queries))
	var access tokenPage
	var group sync.WaitGroup
	for i, query := range queries {
		tab := b.twin()
		group.Go(func() { pages[i] = tab.connectionPage(query) })
		for a.auth.WaitingForRefresh() < i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	tab := b.twin()
	group.Go(func() { access = tab.tokenPage("?force") })
	for a.auth.WaitingForRefresh() < len(queries)+1 {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	for i, page := range pages {
		for j, other := range pages[:i] {
			if page.Token == other.Token || page.Error != "" {
				t.Errorf("%s and %s: the same token; %s", queries[i], queries[j], page.Error)
			}
		}
		if want, _, _ := strings.Cut(strings.TrimPrefix(queries[i], "?of="), "&"); page.Connection != want {
			t.Errorf("%s: %+v", queries[i], page)
		}
	}
	if access.Error != "" || access.Audience != auth0test.DefaultAudience {
		t.Errorf("%+v", access)
	}
	a.wantUses(t, 1, 6)
}

// Tokens of different connections that are fetched at once are both kept.
func TestTwoConnectionTokensAtOnceAreBothKept(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, store sessions.Store) {
		a, b := signedInConnecting(t, storedIn(store))
		queries := []string{"?of=github", "?of=google-oauth2", "?of=google-oauth2&hint=ada@work.test", "?of=github&hint=ada"}
		tokens := make([]string, len(queries))
		var group sync.WaitGroup
		for i, query := range queries {
			tab := b.twin()
			group.Go(func() { tokens[i] = tab.connectionPage(query).Token })
		}
		group.Go(func() {
			if page := b.tokenPage("?force"); page.Error != "" {
				t.Error(page.Error)
			}
		})
		group.Wait()
		for i, query := range queries {
			if page := b.connection(query); page.Token != tokens[i] || page.Token == "" {
				t.Errorf("%s: another token", query)
			}
		}
		a.wantUses(t, 1, 5)
	})
}

// An answer that the browser never saw has what was fetched, and what was fetched
// before it, whichever instance fetched it.
func TestLostAnswersWithConnectionTokens(t *testing.T) {
	t.Parallel()
	for name, edits := range map[string][]func(*setup){
		"one instance": {secondPath}, "two instances": {locked(newSharedPlace()), secondInstance(t)},
	} {
		a, b := signedInConnecting(t, edits...)
		behind, later := b.twin(), b.twin()
		github := b.connection("?of=github")
		google := b.connectionPageAt("/2/connection?of=google-oauth2")
		access := b.token("?force")
		a.clock.advance(14 * time.Minute)
		if page := behind.connectionPageAt("/2/connection?of=github"); page.Token != github.Token {
			t.Errorf("%s: github: %+v", name, page)
		}
		if page := behind.connection("?of=google-oauth2"); page.Token != google.Token {
			t.Errorf("%s: google: %+v", name, page)
		}
		if page := behind.token(""); page.Token != access.Token {
			t.Errorf("%s: %+v", name, page)
		}
		a.wantUses(t, 1, 3)
		// After 15 minutes nothing is kept; the refresh token was rotated meanwhile.
		a.clock.advance(2 * time.Minute)
		if page := later.connectionPage("?of=github"); !strings.Contains(page.Error, "invalid_grant") || !page.RefreshToken {
			t.Errorf("%s: %+v", name, page)
		}
	}
}

// secondPath serves the paths below /2 with the one instance.
func secondPath(s *setup) {
	routes := s.routes
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		routes(router, auth)
		router.GET("/2/connection", func(c *gin.Context) { showConnection(c, auth) })
	}
}

// An old cookie does not send an old refresh token.
func TestAConnectionTokenIsAskedForWithTheNewestRefreshToken(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInConnecting(t, locked(place), secondInstance(t))
	behind, other := b.twin(), b.twin()
	b.token("?force")
	b.token("?force")
	behind.connection("?of=github")
	other.connectionPageAt("/2/connection?of=google-oauth2")
	// A used refresh token would have revoked them all.
	for _, tab := range []*browser{behind, other, b} {
		tab.token("?force")
	}
	a.wantUses(t, 1, 7)
}

// A connection token that could not be shared does not hide what another instance gets
// for the refresh token later, even if that is earlier by its clock.
func TestARefreshCountsMoreThanAConnectionToken(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInConnecting(t, locked(place), func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			behind, err := ginauth0.NewAt(t.Context(), s.config, func() time.Time { return s.tenant.Now().Add(-10 * time.Second) })
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(behind.Close)
			router.GET("/2/token", func(c *gin.Context) { showToken(c, behind) })
		}
	})
	a.clock.advance(time.Minute)
	other := b.twin()
	a.auth.LockGrace(500*time.Millisecond - 10*time.Second)
	place.set(func() { place.failKeeps = 1 << 30 })
	if page := b.connectionPage("?of=github"); !strings.HasPrefix(page.Error, ginauth0.ErrStore.Error()) {
		t.Errorf("%+v", page)
	}
	place.set(func() { place.failKeeps = 0 })
	a.auth.LockGrace(5 * time.Second)
	if page := other.tokenPageAt("/2/token?force"); page.Error != "" {
		t.Error(page.Error)
	}
	b.token("?force") // with the refresh token of the other instance
	b.connection("?of=google-oauth2")
	a.wantUses(t, 1, 4)
}

// Two people never meet.
func TestConnectionTokensOfTwoPeopleAreNeverSwapped(t *testing.T) {
	t.Parallel()
	a := newApp(t, connecting, func(s *setup) { s.tenant.AutoApprove = "" })
	people := []string{"ada", "grace", "alan"}
	tokens := make([]map[string]bool, len(people))
	var group sync.WaitGroup
	for i, name := range people {
		a.tenant.AddConnectedAccount(name, "github", name, "of:"+name)
		b := a.browser(t)
		b.loginAs(name)
		tokens[i] = map[string]bool{}
		group.Go(func() {
			for range 8 {
				page := b.connectionPage("?of=github&force")
				if !slices.Equal(page.Scopes, []string{"of:" + name}) {
					t.Errorf("%s got a token of %v: %s", name, page.Scopes, page.Error)
				}
				if again := b.connectionPage("?of=github"); again.Token != page.Token {
					t.Errorf("%s got another token", name)
				}
				tokens[i][page.Token] = true
			}
		})
	}
	group.Wait()
	a.wantUses(t, len(people), len(people)*8)
}
