package ginauth0_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestTwoInstancesBehaveAsOne(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	a.clock.advance(time.Hour)
	a.tenant.Break(tokenPath, auth0test.Slow(50*time.Millisecond))
	tokens := make([]string, 20)
	var group sync.WaitGroup
	for i := range tokens {
		tab, path := b.twin(), []string{"/token", "/2/token"}[i%2]
		group.Go(func() { tokens[i] = tab.tokenPageAt(path).Token })
	}
	group.Wait()
	for _, token := range tokens {
		if token == "" || token != tokens[0] {
			t.Fatal("not the same token everywhere")
		}
	}
	a.wantUses(t, 1, 1)
	// Each with what the other got, and the browser far behind.
	behind := b.twin()
	for range 4 {
		b.token("?force")
		b.tokenPageAt("/2/token?force")
	}
	last := b.tokenPageAt("/2/token")
	if page := behind.token(""); page.Token != last.Token || page.Error != "" {
		t.Errorf("behind: %+v", page)
	}
	behind.tokenPageAt("/2/token?force")
	b.token("?force")
	a.wantUses(t, 1, 11)
	for key, result := range place.snapshot() {
		if text := string(result.sealed); strings.ContainsAny(text, `{"`) || strings.Contains(key, "|") {
			t.Errorf("readable: %s %s", key, text)
		}
	}
}

// What one instance keeps opens for nobody else: another secret, another key.
func TestKeptResultsOfOthersAreNone(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	other := a.browser(t)
	other.login("/auth/login")
	behind := other.twin()
	b.token("?force")
	strange := place.snapshot()
	other.token("?force")
	place.set(func() {
		for key := range place.results {
			for name, result := range strange {
				if name != key { // of the other session
					place.results[key] = result
				}
			}
		}
	})
	// It does not open, so nothing is known of the refresh: the worst is a refusal.
	if page := behind.tokenPageAt("/2/token?force"); !strings.Contains(page.Error, "invalid_grant") {
		t.Errorf("%+v", page)
	}
	if page := b.tokenPageAt("/2/token"); page.Error != "" {
		t.Errorf("%+v", page)
	}
}

func TestALockThatFailsSendsNothing(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	place.set(func() { place.failLocks = true })
	if page := b.tokenPage("?force"); !strings.HasPrefix(page.Error, ginauth0.ErrStore.Error()) || !page.RefreshToken {
		t.Errorf("%+v", page)
	}
	a.wantUses(t, 1, 0)
	place.set(func() { place.failLocks, place.failKepts = false, true })
	if page := b.tokenPage("?force"); !strings.HasPrefix(page.Error, ginauth0.ErrStore.Error()) {
		t.Errorf("results cannot be looked up: %+v", page)
	}
	a.wantUses(t, 1, 0)
	place.set(func() { place.failKepts = false })
	b.token("?force")
}

// A place that is away for a moment after the tenant has answered loses nothing.
func TestAKeepThatFailsAtFirst(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	behind := b.twin()
	place.set(func() { place.failKeeps = 4 })
	got := b.token("?force")
	if page := behind.tokenPageAt("/2/token"); page.Token != got.Token {
		t.Errorf("the other instance: %+v", page)
	}
	a.wantUses(t, 1, 1)
	if place.count("Keep") != 5 {
		t.Errorf("%d tries", place.count("Keep"))
	}
}

// The place does not come back: the caller hears of it, but the browser has the new
// refresh token, and so has this process.
func TestAKeepThatFailsForGood(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	a.auth.LockGrace(500*time.Millisecond - 10*time.Second)
	behind := b.twin()
	place.set(func() { place.failKeeps = 1 << 30 })
	if page := b.tokenPage("?force"); !strings.HasPrefix(page.Error, ginauth0.ErrStore.Error()) || page.Token != "" || !page.RefreshToken {
		t.Errorf("%+v", page)
	}
	place.set(func() { place.failKeeps = 0 })
	b.tokenPageAt("/2/token?force")
	if page := behind.token(""); page.Error != "" {
		t.Errorf("in the same process: %+v", page)
	}
	a.wantUses(t, 1, 2)
}

// A logout elsewhere while the tenant is asked: nothing is revived.
func TestASessionLoggedOutDuringItsRefreshStaysLoggedOut(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]*rowStore{"cookies": nil, "rows": newRowStore()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := newSharedPlace()
			a, b := signedInRefreshing(t, func(s *setup) {
				if store != nil {
					s.config.Session.Store = store
				}
			}, secondNode(t, place))
			twin := b.twin()
			a.tenant.Break(tokenPath, auth0test.Hang)
			var page tokenPage
			var group sync.WaitGroup
			group.Go(func() { page = b.tokenPage("?force") })
			for a.tenant.Requests(tokenPath) < 2 {
				time.Sleep(time.Millisecond)
			}
			twin.get("/2/logout")
			a.tenant.Heal(tokenPath)
			group.Wait()
			if store != nil && (page.Error != ginauth0.ErrNoSession.Error() || page.SignedIn || len(store.rows) != 0 || store.tries != 1 || a.auth.KeptResults() != 0) {
				t.Errorf("%+v, %d rows, %d tries to write one, %d results", page, len(store.rows), store.tries, a.auth.KeptResults())
			}
			if b.signedIn() || twin.signedIn() || len(b.sessionCookies()) != 0 {
				t.Error("signed in again")
			}
		})
	}
}

// A logout forgets what refreshes brought, also what browsers far behind would find.
func TestALogoutForgetsKeptResults(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	behind := b.twin()
	for range 3 {
		b.token("?force")
	}
	if n := len(place.snapshot()); n != 3 {
		t.Fatalf("%d results", n)
	}
	behind.get("/2/logout")
	for key, result := range place.snapshot() {
		if len(result.sealed) != 0 {
			t.Errorf("%s is kept", key)
		}
		if left := result.ends.Sub(a.clock.Now()); left > time.Second {
			t.Errorf("an empty result is kept for %v", left)
		}
	}
	if a.auth.KeptResults() == 0 {
		t.Error("this process has forgotten what the other one was told")
	}
	b.get("/auth/logout")
	if n := a.auth.KeptResults(); n != 0 {
		t.Errorf("%d results in this process", n)
	}
}

// Where marks and results are in one place they are looked up in one call.
func TestMarksAndResultsInOneLookUp(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	looking := lookingPlace{place}
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.LogoutStore, c.RefreshLock = looking, looking }), secondNode(t, place))
	behind, far := b.twin(), b.twin()
	before := place.count("Marked") + place.count("Kept")
	looks := place.count("Look")
	b.get("/profile")
	if got := place.count("Marked") + place.count("Kept") - before; got != 0 || place.count("Look") != looks+1 {
		t.Errorf("%d single calls, %d together", got, place.count("Look")-looks)
	}
	got := b.token("?force")
	if page := behind.tokenPageAt("/2/token"); page.Token != got.Token {
		t.Errorf("%+v", page)
	}
	last := b.token("?force")
	if page := far.tokenPageAt("/2/token"); page.Token != last.Token {
		t.Errorf("two hops behind: %+v", page)
	}
	a.wantUses(t, 1, 2)
	b.get("/auth/logout")
	if far.signedIn() {
		t.Error("a mark was not seen")
	}
}

// freePlace is a place whose locks have always lapsed.
type freePlace struct{ *sharedPlace }

func (freePlace) Lock(context.Context, string, time.Duration) (func(), error) { return func() {}, nil }

// The lock lapsed, and another instance was faster: what it kept is looked up before
// the refresh token is given up.
func TestInvalidGrantBecauseAnotherInstanceWasFaster(t *testing.T) {
	t.Parallel()
	for query, uses := range map[string]int{"": 1, "?force": 2} {
		place := newSharedPlace()
		a, b := signedInRefreshing(t, secondNode(t, place, func(c *ginauth0.Config) { c.RefreshLock = freePlace{place} }))
		a.clock.advance(time.Hour)
		faster := b.twin()
		var once sync.Once
		requests := tokenRequests{}
		requests.answer = func(url.Values) (status int, body map[string]any) {
			once.Do(func() {
				requests.set(nil)
				if page := faster.tokenPageAt("/2/token"); page.Error != "" {
					t.Errorf("the other instance: %s", page.Error)
				}
				body = map[string]any{"error": "invalid_grant"}
			})
			return http.StatusBadRequest, body
		}
		requests.watch(a)
		if page := b.tokenPage(query); page.Error != "" || !page.RefreshToken {
			t.Errorf("%q: %+v", query, page)
		}
		if got := a.tenant.Requests(tokenPath) - 2; got != uses {
			t.Errorf("%q: %d uses that the tenant accepted, want %d", query, got, uses)
		}
	}
}

// A refresh token that stays is used by both instances in turn: the later result
// counts, wherever it is.
func TestTwoInstancesWithARefreshTokenThatStays(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	uses := 0
	requests := tokenRequests{answer: func(form url.Values) (int, map[string]any) {
		uses++
		return http.StatusOK, map[string]any{"access_token": fmt.Sprint(uses, form.Get("scope")), "token_type": "Bearer", "expires_in": 3600}
	}}
	requests.watch(a)
	behind, far := b.twin(), b.twin()
	read, write := "token?audience="+secondAudience+"&scope=read:files", "token?audience="+secondAudience+"&scope=write:files"
	first := b.tokenPageAt("/" + read)
	second := b.tokenPageAt("/2/" + write)
	for _, tab := range []*browser{behind, far} {
		if page := tab.tokenPageAt("/" + write); page.Token != second.Token {
			t.Errorf("%+v, want %s", page, second.Token)
		}
		if page := tab.tokenPageAt("/2/" + read); page.Token != first.Token {
			t.Errorf("%+v, want %s", page, first.Token)
		}
	}
	if uses != 2 {
		t.Errorf("%d uses", uses)
	}
}

// A store that was slow under the lock may be too slow to keep what the tenant
// answers, before the lock lapses: then the refresh token is not used at all.
func TestARefreshThatCouldOutliveItsLockDoesNotBegin(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, secondNode(t, newSharedPlace()))
	a.auth.SlowLook(0)
	if page := b.tokenPage("?force"); !strings.Contains(page.Error, "session store not available") {
		t.Errorf("%+v", page)
	}
	a.wantUses(t, 1, 0)
	a.auth.SlowLook(time.Minute)
	b.token("?force")
	a.wantUses(t, 1, 1)
}

// Somebody who waited finds what is wanted, and locks nothing.
func TestAWishThatTheRunBeforeFulfilled(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInRefreshing(t, secondNode(t, place))
	a.tenant.Break(tokenPath, auth0test.Hang)
	var wide, narrow tokenPage
	var group sync.WaitGroup
	first, second := b.twin(), b.twin()
	group.Go(func() { wide = first.tokenPage("?audience=" + secondAudience + "&scope=read:files+write:files") })
	for a.auth.WaitingForRefresh() < 1 {
		time.Sleep(time.Millisecond)
	}
	group.Go(func() { narrow = second.tokenPage("?audience=" + secondAudience + "&scope=read:files") })
	for a.auth.WaitingForRefresh() < 2 {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	if narrow.Token != wide.Token || narrow.Error != "" || place.count("Lock") != 1 {
		t.Errorf("%+v, %d locks", narrow, place.count("Lock"))
	}
	a.wantUses(t, 1, 1)
}
