package ginauth0_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// twin is another tab with the cookies that the browser has now: from then on it
// sees no answer that the other gets.
func (b *browser) twin() *browser {
	b.t.Helper()
	other := b.app.browser(b.t)
	other.setCookies(b.sessionCookies()...)
	return other
}

func TestAnAnswerThatNeverReachedTheBrowser(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	behind, later := b.twin(), b.twin()
	got := b.token("")
	a.clock.advance(14 * time.Minute)
	if page := behind.token(""); page.Token != got.Token || !page.RefreshToken {
		t.Errorf("another token: %+v", page)
	}
	a.wantUses(t, 1, 1)
	// The state is in its cookies now, so the 15 minutes do not matter to it.
	a.clock.advance(time.Hour)
	behind.token("")
	a.wantUses(t, 1, 2)
	// Somebody who comes later than that has a token that was used already.
	page := later.tokenPage("")
	if !strings.Contains(page.Error, "invalid_grant") || !page.SignedIn || page.RefreshToken {
		t.Errorf("after 15 minutes: %+v", page)
	}
}

// Whatever is loaded writes the newest state, and rolling never puts an old one back.
func TestEveryLoadFollowsLostAnswers(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	behind, style := b.twin(), b.twin()
	b.token("?force")
	last := b.token("?force")
	a.clock.advance(10 * time.Minute) // rolling is due
	if r := style.get("/", "Sec-Fetch-Dest: style"); len(r.cookies("_a0_session")) != 0 {
		t.Error("a subresource got a cookie")
	}
	behind.get("/")
	a.clock.advance(10 * time.Minute) // nothing is kept any more
	if page := behind.token(""); page.Token != last.Token {
		t.Error("not the last token")
	}
	behind.token("?force")
	a.wantUses(t, 1, 3)
}

func TestAChainOfLostAnswers(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	behind, other := b.twin(), b.twin()
	const lost = 30
	var last tokenPage
	for range lost {
		last = b.token("?force")
	}
	if page := behind.token(""); page.Token != last.Token {
		t.Error("not the last token")
	}
	// Behind, and wanting something that nobody has got yet.
	other.token("?audience=" + secondAudience)
	a.wantUses(t, 1, lost+1)
	b.token("?force")
}

// A caller that leaves takes nothing away: neither from those who wait for the same
// nor from the session.
func TestTheFirstCallerLeaves(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	a.tenant.Break(tokenPath, auth0test.Hang)
	ctx, leave := context.WithCancel(t.Context())
	first, second := b.twin(), b.twin()
	var group sync.WaitGroup
	group.Go(func() {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/token", nil)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := first.client.Do(request); err == nil {
			response.Body.Close()
			t.Error("an answer")
		}
	})
	for a.tenant.Requests(tokenPath) < 2 {
		time.Sleep(time.Millisecond)
	}
	var page tokenPage
	group.Go(func() { page = second.tokenPage("") })
	for a.auth.WaitingForRefresh() < 2 {
		time.Sleep(time.Millisecond)
	}
	leave()
	for a.auth.WaitingForRefresh() > 1 {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	if page.Error != "" {
		t.Errorf("the second caller: %s", page.Error)
	}
	if got := first.token(""); got.Token != page.Token {
		t.Error("the first one, later: another token")
	}
	a.wantUses(t, 1, 1)
}

func TestATenantThatHangs(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 2 * time.Second }))
	a.clock.advance(time.Hour)
	a.tenant.Break(tokenPath, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		<-r.Context().Done() // unlike auth0test.Hang, whose end lets the request through
		panic(http.ErrAbortHandler)
	})
	if page := b.tokenPage(""); !strings.Contains(page.Error, ginauth0.ErrUpstream.Error()) || !page.RefreshToken {
		t.Errorf("%+v", page)
	}
	a.tenant.Heal(tokenPath)
	b.token("")
}

// Two people never meet, whatever they ask for at the same moment.
func TestTwoPeopleAreNeverSwapped(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, func(s *setup) { s.tenant.AutoApprove = "" })
	people := []string{"ada", "grace", "alan", "edsger"}
	var group sync.WaitGroup
	for _, name := range people {
		b := a.browser(t)
		b.loginAs(name)
		group.Go(func() {
			for range 8 {
				for _, query := range []string{"?force", "?force&audience=" + secondAudience, ""} {
					page := b.tokenPage(query)
					if sub := claimsOfToken(t, page.Token)["sub"]; sub != "auth0|"+name {
						t.Errorf("%s got the token of %v: %s", name, sub, page.Error)
					}
				}
			}
		})
	}
	group.Wait()
	a.wantUses(t, len(people), len(people)*16)
}

// Different wishes of one session stand in a queue, each with the refresh token that
// the one before it brought.
func TestWishesOfOneSessionQueue(t *testing.T) {
	t.Parallel()
	_, b := signedInRefreshing(t)
	queries := []string{
		"?audience=" + secondAudience, "?audience=" + secondAudience + "&scope=read:files", "?audience=" + secondAudience + "&scope=write:files",
		"?scope=openid&nomerge", "?force", "?scope=read:messages&nomerge&force",
	}
	var group sync.WaitGroup
	for _, query := range queries {
		for range 3 {
			tab := b.twin()
			group.Go(func() {
				if page := tab.tokenPage(query); page.Error != "" {
					t.Errorf("%s: %s", query, page.Error)
				}
			})
		}
	}
	group.Wait()
	b.token("?force")
}

// Audience, scopes and force each make another wish.
func TestWishesThatDifferShareNothing(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	a.tenant.Break(tokenPath, auth0test.Hang)
	queries := []string{
		"?nomerge&scope=openid", "?nomerge&scope=openid&force", "?nomerge&scope=openid+profile", "?nomerge&scope=openid&audience=" + secondAudience,
	}
	pages := make([]tokenPage, len(queries))
	var group sync.WaitGroup
	for i, query := range queries {
		tab := b.twin()
		group.Go(func() { pages[i] = tab.tokenPage(query) })
		for a.auth.WaitingForRefresh() < i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	for i, page := range pages {
		for j, other := range pages[:i] {
			if page.Token == other.Token || page.Error != "" {
				t.Errorf("%s and %s: the same token; %s", queries[i], queries[j], page.Error)
			}
		}
	}
	if pages[3].Audience != secondAudience || !audienceOf(t, pages[3].Token, secondAudience) {
		t.Errorf("%+v", pages[3])
	}
	a.wantUses(t, 1, 4)
}
