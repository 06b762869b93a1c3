package ginauth0_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// secondInstance adds another instance of the application to the paths below /2,
// with what both keep in common.
func secondInstance(t testing.TB) func(*setup) {
	return func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			second, err := ginauth0.NewAt(t.Context(), s.config, s.tenant.Now)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(second.Close)
			router.GET("/2/connection", func(c *gin.Context) { showConnection(c, second) })
			router.GET("/2/token", func(c *gin.Context) { showToken(c, second) })
		}
	}
}

// locked gives the instances a place for locks and results.
func locked(place *sharedPlace) func(*setup) {
	return func(s *setup) {
		place.now = s.tenant.Now
		s.config.LogoutStore, s.config.RefreshLock = place, place
	}
}

func TestTwoInstancesAskForAConnectionTokenOnce(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, store sessions.Store) {
		place := newSharedPlace()
		a, b := signedInConnecting(t, storedIn(store), locked(place), secondInstance(t))
		tokens := make([]string, 20)
		var group sync.WaitGroup
		for i := range tokens {
			tab, path := b.twin(), []string{"", "/2"}[i%2]
			group.Go(func() { tokens[i] = tab.connectionPageAt(path + "/connection?of=github").Token })
		}
		group.Wait()
		if slices.ContainsFunc(tokens, func(token string) bool { return token != tokens[0] || token == "" }) {
			t.Error("not the same for all")
		}
		a.wantUses(t, 1, 1)
		for key, result := range place.snapshot() {
			if text := string(result.sealed); strings.Contains(text, tokens[0]) || strings.ContainsAny(text, `{"`) {
				t.Errorf("readable: %s %s", key, text)
			}
		}
	})
}

// The lock lapsed, and another instance rotated the refresh token meanwhile.
func TestAConnectionTokenIsAskedForAgainWhenAnotherInstanceWasFaster(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInConnecting(t, locked(place), secondInstance(t), config(func(c *ginauth0.Config) { c.RefreshLock = freePlace{place} }))
	faster := b.twin()
	var once sync.Once
	requests := &tokenRequests{}
	requests.answer = func(url.Values) (status int, body map[string]any) {
		once.Do(func() {
			requests.set(nil)
			faster.tokenPageAt("/2/token?force")
			body = map[string]any{"error": "invalid_grant"}
		})
		return http.StatusBadRequest, body
	}
	requests.watch(a)
	b.connection("?of=github")
	if sent := requests.forms; len(sent) != 3 || sent[0].Get("subject_token") == sent[2].Get("subject_token") {
		t.Errorf("%d requests", len(sent))
	}
	b.token("?force")
}

func TestALockThatFailsSendsNoConnectionGrant(t *testing.T) {
	t.Parallel()
	place := newSharedPlace()
	a, b := signedInConnecting(t, locked(place))
	for _, fail := range []func(bool){
		func(now bool) { place.failLocks = now }, func(now bool) { place.failKepts = now },
	} {
		place.set(func() { fail(true) })
		if page := b.connectionPage("?of=github"); !strings.HasPrefix(page.Error, ginauth0.ErrStore.Error()) {
			t.Errorf("%+v", page)
		}
		if r := b.get("/fail", asJSON); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, `"error":"store_unavailable"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
		place.set(func() { fail(false) })
	}
	a.wantUses(t, 1, 0)
	b.connection("?of=github")
}
