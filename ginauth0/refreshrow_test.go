package ginauth0_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The run writes the row, once for all who wait for it.
func TestFiftyAtOnceWriteTheRowOnce(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	a.clock.advance(4*time.Minute + 50*time.Second) // not yet due to be rolled
	a.tenant.Break(tokenPath, auth0test.Hang)
	var group sync.WaitGroup
	for range 50 {
		tab := b.twin()
		group.Go(func() {
			if page := tab.tokenPage("?force"); page.Error != "" {
				t.Error(page.Error)
			}
		})
	}
	for a.auth.WaitingForRefresh() < 50 {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	if a.wantUses(t, 1, 1); store.updates != 1 {
		t.Errorf("%d writes", store.updates)
	}
	b.token("?force") // with the cookie of the login
}

// The row can change when the cookie cannot any more.
func TestARowChangesAfterTheResponseStarted(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	var got ginauth0.AccessToken
	var failure error
	a, b := signedInRefreshing(t, func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/late", auth.Session(), func(c *gin.Context) {
				c.Writer.WriteHeaderNow()
				got, failure = auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
			})
		}
	}, storedIn(store))
	b.get("/late")
	if failure != nil || b.token("").Token != string(got.Token) {
		t.Errorf("error %v, or not kept", failure)
	}
	a.wantUses(t, 1, 1)
}

// A caller that has left finds its row written.
func TestARowIsWrittenThoughNobodyWaits(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	leaving := b.twin()
	a.tenant.Break(tokenPath, auth0test.Hang)
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/token?force", nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		if response, err := leaving.client.Do(request); err == nil {
			response.Body.Close()
			t.Error("it waited")
		}
	})
	for a.tenant.Requests(tokenPath) < 2 {
		time.Sleep(time.Millisecond)
	}
	leave()
	for a.auth.WaitingForRefresh() > 0 {
		time.Sleep(time.Millisecond)
	}
	a.tenant.Heal(tokenPath)
	group.Wait()
	a.auth.Close() // waits for the run
	if store.updates != 1 {
		t.Errorf("%d writes", store.updates)
	}
	a.clock.advance(20 * time.Minute) // nothing is kept but the row
	b.token("")
	a.wantUses(t, 1, 1)
}

// A row that cannot be written for a moment is written then.
func TestARowThatFailsAtFirst(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	store.fail = 3
	got := b.token("?force")
	a.clock.advance(20 * time.Minute)
	if page := b.token(""); page.Token != got.Token {
		t.Error("not written")
	}
	a.wantUses(t, 1, 1)
}

// Another request writes the row while the tenant is asked: both changes stay.
func TestARowThatOthersWriteMeanwhile(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	tab := b.twin()
	a.clock.advance(6 * time.Minute)
	a.tenant.Break(tokenPath, auth0test.Hang)
	var group sync.WaitGroup
	group.Go(func() {
		if page := b.tokenPage("?audience=" + secondAudience); page.Error != "" {
			t.Error(page.Error)
		}
	})
	for a.tenant.Requests(tokenPath) < 2 {
		time.Sleep(time.Millisecond)
	}
	a.clock.advance(6 * time.Minute)
	tab.get("/profile") // rolls
	a.tenant.Heal(tokenPath)
	group.Wait()
	b.token("?audience=" + secondAudience)
	b.token("")
	a.wantUses(t, 1, 1)
}

// The cookie in the browser is not renewed by a refresh, so the row lives no longer.
func TestARefreshIsNoActivityOfARow(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	a.clock.advance(4*time.Minute + 50*time.Second)
	b.token("?force")
	a.clock.advance(20 * time.Second) // five minutes since the login
	if r := b.get("/profile"); len(r.cookies("_a0_session")) != 1 {
		t.Error("the session was not rolled")
	}
}

// With the row written nobody needs the result that could not be shared.
func TestAKeepThatFailsBesideARow(t *testing.T) {
	t.Parallel()
	place, store := newSharedPlace(), newRowStore()
	a, b := signedInRefreshing(t, storedIn(store), secondNode(t, place))
	a.auth.LockGrace(500*time.Millisecond - 10*time.Second)
	place.set(func() { place.failKeeps = 1 << 30 })
	got := b.token("?force")
	if page := b.tokenPageAt("/2/token"); page.Token != got.Token {
		t.Errorf("%+v", page)
	}
	a.wantUses(t, 1, 1)
}

func TestABadIDTokenOfARefreshDeletesTheRow(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInRefreshing(t, storedIn(store))
	a.tenant.EditIDToken(auth0test.WrongAudience)
	if page := b.tokenPage("?force"); page.SignedIn || len(store.rows) != 0 || len(b.sessionCookies()) != 0 {
		t.Errorf("%+v, %d rows", page, len(store.rows))
	}
}
