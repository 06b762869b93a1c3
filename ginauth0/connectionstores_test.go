package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Two instances without a lock between them write the same row: what the other one
// wrote meanwhile stays.
func TestARowThatAnotherInstanceWritesMeanwhileKeepsBothConnectionTokens(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessions.Store{"rows": newRowStore(), "somebody else's rows": newStub()} {
		a, b := signedInConnecting(t, storedIn(store), secondInstance(t))
		tab := b.twin()
		requests := &tokenRequests{}
		requests.set(func(form url.Values) (int, map[string]any) {
			requests.set(nil)
			if page := tab.connectionPageAt("/2/connection?of=google-oauth2"); page.Error != "" {
				t.Errorf("%s: %s", name, page.Error)
			}
			return 0, nil
		})
		requests.watch(a)
		b.connection("?of=github")
		if got := b.held().accounts(); len(got) != 2 {
			t.Errorf("%s: the session holds tokens of %v", name, got)
		}
	}
}

func TestARowThatCannotBeWrittenKeepsNoConnectionToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		break_ func(store *rowStore)
		want   error
	}{
		"out of reach":      {func(store *rowStore) { store.fail = 1 << 30 }, ginauth0.ErrStore},
		"written by others": {func(store *rowStore) { store.before = func() { store.touch() } }, ginauth0.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newRowStore()
			var failure error
			a, b := signedInConnecting(t, storedIn(store), connectionErrors(ofGitHub, &failure), config(func(c *ginauth0.Config) { c.HTTPTimeout = 2 * time.Second }))
			a.auth.LockGrace(500*time.Millisecond - 2*time.Second)
			test.break_(store)
			if b.get("/errors"); !errors.Is(failure, test.want) {
				t.Errorf("error %v", failure)
			}
		})
	}
}

// touch changes the version of every row.
func (s *rowStore) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, row := range s.rows {
		row.version++
		s.rows[id] = row
	}
}

// A session that was logged out while the tenant was asked stays so.
func TestALogoutDuringTheExchangeForAConnectionToken(t *testing.T) {
	t.Parallel()
	store := newRowStore()
	a, b := signedInConnecting(t, storedIn(store))
	twin := b.twin()
	a.tenant.Break(tokenPath, auth0test.Hang)
	var page connectionPage
	var group sync.WaitGroup
	group.Go(func() { page = b.connectionPage("?of=github") })
	for a.tenant.Requests(tokenPath) < 2 {
		time.Sleep(time.Millisecond)
	}
	twin.get("/auth/logout")
	a.tenant.Heal(tokenPath)
	group.Wait()
	if page.Error != ginauth0.ErrNoSession.Error() || page.Token != "" || page.SignedIn || len(store.rows) != 0 {
		t.Errorf("%+v, %d rows", page, len(store.rows))
	}
}

// Above the budget connection tokens make room, oldest first, and access tokens only
// after them; the one just obtained never does.
func TestAConnectionTokenAboveTheBudget(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t, small)
	b.token("?audience=" + secondAudience)
	long := func(size int) map[string]any {
		return map[string]any{"access_token": strings.Repeat("x", size), "token_type": "Bearer", "expires_in": 3600}
	}
	requests := answeringConnections(a, http.StatusOK, long(1000))
	b.connection("?of=github")
	if got := b.connection("?of=google-oauth2").accounts(); !slices.Equal(got, []string{"github", "google-oauth2"}) {
		t.Fatalf("the session holds tokens of %v", got)
	}
	requests.set(func(form url.Values) (int, map[string]any) { return http.StatusOK, long(2000) })
	page := b.connection("?of=slack")
	if got := page.accounts(); !slices.Equal(got, []string{"google-oauth2", "slack"}) || len(page.Held) != 4 {
		t.Errorf("the session holds %+v", page.Held)
	}
	requests.set(func(form url.Values) (int, map[string]any) { return http.StatusOK, long(4800) })
	page = b.connection("?of=slack&force")
	if got := page.accounts(); !slices.Equal(got, []string{"slack"}) || len(page.Held) >= 4 {
		t.Errorf("the session holds %+v", page.Held)
	}
}

func TestAConnectionTokenThatDoesNotFit(t *testing.T) {
	t.Parallel()
	var failure error
	a, b := signedInConnecting(t, connectionErrors(ofGitHub, &failure))
	before := b.sessionCookies()
	answeringConnections(a, http.StatusOK, map[string]any{"access_token": strings.Repeat("x", 8000), "token_type": "Bearer", "expires_in": 3600})
	r := b.get("/errors")
	var tooLarge *ginauth0.SessionTooLargeError
	if !errors.As(failure, &tooLarge) || tooLarge.Limit != 8192 || len(tooLarge.Fields) != 3 || tooLarge.Fields[0].Name != "connections" || tooLarge.Fields[0].Bytes < 8000 {
		t.Errorf("error %v", failure)
	}
	if len(r.cookies("_a0_session"))+len(r.cookies("_a0_session.0")) != 0 || len(b.sessionCookies()) != len(before) {
		t.Error("something was written")
	}
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}
